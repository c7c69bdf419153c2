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
