/// The driver: one subcommand a file, found in the table below.
#include "commands/commands.hpp"
#include "sources/build_plugin.hpp"
#include "text.hpp"

#include <mfg/plugin/guarded.hpp>
#include <mfg/plugin/registry.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>

namespace {

std::string overview()
{
    std::string text = "mfg solves mean field games with neural networks.\n\n  mfg COMMAND [arguments]\n\n";
    for (const Command& command : commands())
        if (!command.summary.empty()) text += fmt::format("  {:<12}{}\n", command.name, command.summary);
    return text +
           "\nmfg help COMMAND shows its arguments; mfg --version shows the version.\n"
           "Exit codes: 0 done; 1 bad input, plugin or numerics; 2 usage; 128 + N signal N.\n";
}

const Command& find_command(const std::string& name)
{
    std::vector<std::string> names;
    for (const Command& command : commands()) {
        if (name == command.name) return command;
        if (!command.summary.empty()) names.push_back(command.name);
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
        std::cout << (words.size() == 1 ? overview() : help(find_command(words[1])));
        return 0;
    }
    const Command& command = find_command(words[0]);
    const Arguments arguments(words.begin() + 1, words.end());
    if (std::any_of(arguments.begin(), std::find(arguments.begin(), arguments.end(), "--"), is_help)) {
        std::cout << help(command);
        return 0;
    }
    return command.run(arguments);
}

/// Standard input, output and error must not be numbers that files get: what is shown would land in a file of the run.
void open_standard_descriptors()
{
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(descriptor, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != descriptor) std::abort();
}

bool ended = false;  // by a way of its own

int fail(int code, const std::string& message)
{
    print_message(message);
    return code;
}

/// The last words of a program that is ended by somebody else, who is named as far as that is known.
[[noreturn]] void end_with(const std::string& why)
{
    std::cout.flush();
    std::fflush(stdout);
    const std::string owner = mfg::AtWork::now();
    std::_Exit(fail(1, owner.empty() ? why : owner + ": " + why));
}

void on_exit()
{
    if (!ended) end_with("has called exit(), and there is no result; a plugin throws an exception instead");
}

void on_terminate()
{
    std::string what = "std::terminate() was called";
    try {
        if (std::current_exception()) throw;
    } catch (const std::exception& uncaught) {
        what = uncaught.what();
    } catch (...) {
        what = "an exception that is not a std::exception";
    }
    end_with("threw where nothing can be caught, as in a thread, a destructor or a global object: " + what);
}

int run_command(int count, char** words)
{
    try {
        const int code = run(Arguments(words + 1, words + count));
        if (!std::cout.flush() || std::fflush(stdout) != 0 || std::ferror(stdout))
            return fail(1, "cannot write to standard output");
        return code;
    } catch (const mfg::UsageError& failure) {
        return fail(2, failure.what());
    } catch (const std::bad_alloc&) {
        return fail(1, "out of memory; use fewer samples or a smaller network");
    } catch (const std::filesystem::filesystem_error& failure) {
        return fail(1, fmt::format("cannot use '{}': {}", failure.path1().string(), failure.code().message()));
    } catch (const std::exception& failure) {
        return fail(1, failure.what());
    } catch (...) {
        return fail(1, "stopped with an unknown exception");
    }
}

}  // namespace

const std::vector<Command>& commands()
{
    static const std::vector<Command> table{solve_command(),    resume_command(),    evaluate_command(),
                                            validate_command(), list_command(),      describe_command(),
                                            check_command(),    report_command(),    compare_command(),
                                            new_command(),      benchmark_command(), complete_command()};
    return table;
}

int main(int count, char** words)
{
    open_standard_descriptors();
    // A file that would become too large for a limit is an error like a full disk.
    std::signal(SIGXFSZ, SIG_IGN);
    std::atexit(on_exit);
    std::set_terminate(on_terminate);
    mfg::Registry::build_sources_with(build_plugin);
    const int code = run_command(count, words);
    ended = true;
    return code;
}
