#pragma once
#include <string>
#include <vector>

/// The C++ compiler, called as for the plugins of this installation.
class Compiler {
public:
    /// $CXX where that is set, else the compiler of the build or `c++`; an Error if there is none. `task` is what needs
    /// it, for the message.
    explicit Compiler(const std::string& task);

    /// Everything that a library follows from besides its source: two libraries of one source are the same if this is.
    std::string fingerprint() const;

    /// Makes a library of a source; `log` gets what the compiler says. Returns the exit code.
    int make_library(const std::string& source, const std::string& library, const std::string& log) const;

private:
    std::vector<std::string> command_;    // a program, and the arguments that $CXX may have
    std::vector<std::string> arguments_;  // for the source
    std::vector<std::string> headers_;    // folders with headers of mfg
    std::vector<std::string> libraries_;  // arguments that follow the source
};
