/// The driver: one subcommand a file, found in the table below.
#include "commands/commands.hpp"

#include <mfg/plugin/options.hpp>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <new>

namespace {

const std::vector<Command> table{
    {"solve", "train networks on a problem and write a run directory", solve, solve_help},
    {"resume", "go on with a run that was interrupted", resume, resume_help},
    {"evaluate", "evaluate the fields of a run at points of your own", evaluate, evaluate_help},
    {"validate", "measure a run anew, and against a solution on a grid", validate, validate_help},
    {"list", "list plugins and experiments", list, list_help},
    {"describe", "show what a plugin does and its options", describe, describe_help},
    {"check", "run the contract tests on a plugin", check, check_help},
    {"report", "make pictures and a web page of a run", report, report_help},
    {"compare", "show runs side by side", compare, compare_help},
    {"new", "write the project of a plugin of your own", new_plugin, new_plugin_help},
    {"benchmark", "time one objective and one gradient", benchmark, benchmark_help},
    {"complete", nullptr, complete, complete_help},
};

std::string overview()
{
    std::string text = "mfg solves mean field games with neural networks.\n\n  mfg COMMAND [arguments]\n\n";
    for (const Command& command : table) {
        if (!command.summary) continue;
        text += "  " + std::string(command.name) + std::string(12 - std::string(command.name).size(), ' ') +
                command.summary + "\n";
    }
    return text +
           "\nmfg help COMMAND shows its arguments; mfg --version shows the version.\n"
           "Exit codes: 0 done; 1 bad input, plugin or numerics; 2 usage.\n";
}

const Command& find_command(const std::string& name)
{
    std::vector<std::string> names;
    for (const Command& command : table) {
        if (name == command.name) return command;
        if (command.summary) names.emplace_back(command.name);
    }
    const std::string nearest = mfg::nearest_name(name, names);
    throw mfg::UsageError("unknown command '" + mfg::printable(name) + "'; " +
                          (nearest.empty() ? "see 'mfg --help'" : "did you mean '" + nearest + "'?"));
}

int run(const Arguments& words)
{
    const auto is_help = [](const std::string& word) { return word == "--help" || word == "-h"; };
    if (words.empty()) throw mfg::UsageError("no command is given; see 'mfg --help'");
    if (words[0] == "--version") {
        std::cout << "mfg " MFG_VERSION "\n";
        return 0;
    }
    if (is_help(words[0]) || words[0] == "help") {
        std::cout << (words.size() == 1 ? overview() : find_command(words[1]).help);
        return 0;
    }
    const Command& command = find_command(words[0]);
    const Arguments arguments(words.begin() + 1, words.end());
    if (std::any_of(arguments.begin(), std::find(arguments.begin(), arguments.end(), "--"), is_help)) {
        std::cout << command.help;
        return 0;
    }
    return command.run(arguments);
}

int fail(int code, std::string message)
{
    std::replace(message.begin(), message.end(), '\n', ' ');
    // A path in it may be as long as the system takes an argument.
    constexpr std::size_t half = 2000;
    if (message.size() > 2 * half) message.replace(half, message.size() - 2 * half, " ... ");
    std::cerr << "mfg: " << message << std::endl;
    return code;
}

}  // namespace

const std::vector<Command>& commands()
{
    return table;
}

int main(int count, char** words)
{
    // A file that would become too large for a limit is an error like a full disk.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        const int code = run(Arguments(words + 1, words + count));
        if (!std::cout.flush()) return fail(1, "cannot write to standard output");
        return code;
    } catch (const mfg::UsageError& failure) {
        return fail(2, failure.what());
    } catch (const std::bad_alloc&) {
        return fail(1, "out of memory; use fewer samples or a smaller network");
    } catch (const std::exception& failure) {
        return fail(1, failure.what());
    } catch (...) {
        return fail(1, "stopped with an unknown exception");
    }
}
