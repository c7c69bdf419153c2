#pragma once
#include <string>
#include <vector>

/// Another program, started without a shell.
struct ChildProcess {
    std::string program;  ///< its file
    std::vector<std::string> arguments;
    std::string log;                                 ///< the file that gets what it prints
    std::string directory = ".";                     ///< where it works
    std::vector<std::string> hidden_variables = {};  ///< of the environment
};

/// The file of a program that is named by a path or on the PATH; empty if there is none.
std::string find_program(const std::string& name);

/// Runs it to its end, and returns its exit code. Throws Interrupted if a signal comes first, an Error if it cannot be
/// started.
int run_to_end(const ChildProcess& process);
