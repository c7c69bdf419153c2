#include "gnuplot_process.hpp"

#include <mfg/base/error.hpp>
#include <mfg/run/files.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <sstream>

namespace fs = std::filesystem;

namespace {

constexpr const char* viridis =
    "'#440154','#482475','#414487','#355f8d','#2a788e','#21918c','#22a884','#44bf70','#7ad151','#bddf26','#fde725'";
// Blue, white, red with even steps of lightness.
constexpr const char* blue_white_red =
    "'#053061','#2166ac','#4393c3','#92c5de','#d1e5f0','#f7f7f7','#fddbc7','#f4a582','#d6604d','#b2182b','#67001f'";

/// The line of gnuplot's output that says what is wrong: `"figure.gp" line 3: ...`, after a copy of the statement.
std::string first_error(const std::string& output)
{
    std::istringstream stream(output);
    std::string first;
    for (std::string line; std::getline(stream, line);) {
        if (line.find(" line ") != line.npos && line.find("warning") == line.npos) return line;
        if (first.empty() && line.find_first_not_of(" \t^") != line.npos) first = line;
    }
    return first.empty() ? "no message" : first;
}

}  // namespace

GnuplotProcess::GnuplotProcess(const std::string& directory)
    : directory_(directory), scratch_(directory + "/.gnuplot-XXXXXX")
{
    if (!::mkdtemp(scratch_.data()))
        throw mfg::Error("cannot create a directory in '" + directory + "': " + std::generic_category().message(errno));
}

GnuplotProcess::~GnuplotProcess()
{
    std::error_code ignored;
    fs::remove_all(scratch_, ignored);
}

void GnuplotProcess::write(const std::string& name, std::string_view bytes) const
{
    mfg::write_file_atomically(scratch_ + '/' + name, bytes);
}

std::string GnuplotProcess::add_data(std::string_view bytes)
{
    const std::string name = fmt::format("data{}", files_++);
    write(name, bytes);
    return name;
}

std::string GnuplotProcess::read(const std::string& name) const
{
    return mfg::read_file(scratch_ + '/' + name);
}

void GnuplotProcess::take(const std::string& name, const std::string& as) const
{
    std::error_code error;
    fs::rename(scratch_ + '/' + name, directory_ + '/' + as, error);
    if (error) throw mfg::Error("cannot write '" + directory_ + '/' + as + "': " + error.message());
}

void GnuplotProcess::run(const std::string& figure) const
{
    const std::string log = scratch_ + "/log";
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
    ::posix_spawn_file_actions_addchdir_np(&actions, scratch_.c_str());
    // Without the user's start-up file, which could change what is drawn.
    std::string program = "gnuplot", standard = "--default-settings", script = "main.gp";
    char* arguments[] = {program.data(), standard.data(), script.data(), nullptr};
    pid_t child = 0;
    const int error = ::posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error == ENOENT)
        throw mfg::Error("gnuplot is not installed, and draws the figures; install gnuplot-nox or gnuplot");
    if (error != 0) throw mfg::Error("cannot start gnuplot: " + std::generic_category().message(error));

    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw mfg::Error("gnuplot cannot draw the figure '" + figure + "': " + first_error(mfg::read_file(log)) +
                         "; install gnuplot-nox 5.4 or newer");
}

std::string quote(const std::string& text)
{
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'') result += '\'';
        result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return result + '\'';
}

std::string set_palette(bool diverging)
{
    std::string result;
    std::istringstream stream(diverging ? blue_white_red : viridis);
    std::size_t i = 0;
    for (std::string colour; std::getline(stream, colour, ','); ++i)
        result += fmt::format("{}{} {}", i == 0 ? "" : ", ", i, colour);
    return "set palette defined (" + result + ")\n";
}
