#pragma once
#include <string>
#include <vector>

/// The words after `mfg SUBCOMMAND`.
using Arguments = std::vector<std::string>;

/// The subcommands; each returns the exit code, and throws mfg::Error (1) or mfg::UsageError (2).
int solve(const Arguments& arguments);
int resume(const Arguments& arguments);
int list(const Arguments& arguments);
int describe(const Arguments& arguments);
int evaluate(const Arguments& arguments);
int validate(const Arguments& arguments);
int report(const Arguments& arguments);
int compare(const Arguments& arguments);
int check(const Arguments& arguments);
int new_plugin(const Arguments& arguments);
int benchmark(const Arguments& arguments);
int complete(const Arguments& arguments);

/// What `mfg help COMMAND` shows, beside each subcommand: usage, what it does, options with one of them a line.
extern const char* const solve_help;
extern const char* const resume_help;
extern const char* const list_help;
extern const char* const describe_help;
extern const char* const evaluate_help;
extern const char* const validate_help;
extern const char* const report_help;
extern const char* const compare_help;
extern const char* const check_help;
extern const char* const new_plugin_help;
extern const char* const benchmark_help;
extern const char* const complete_help;

struct Command {
    const char* name;
    const char* summary;  ///< one line; null for what is not for people
    int (*run)(const Arguments&);
    const char* help;
};
/// All subcommands.
const std::vector<Command>& commands();
