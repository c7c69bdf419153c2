#include <mfg/run/experiments.hpp>
#include "commands/commands.hpp"
#include "text.hpp"

#include <mfg/plugin/registry.hpp>
#include <mfg/run/files.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace fs = std::filesystem;

namespace {

void check_name(const std::string& name)
{
    if (!mfg::is_name(name))
        throw mfg::UsageError(fmt::format(
            "'{}' is not a name of a plugin: lower case letters, digits and _, a letter first", mfg::printable(name)));
}

void check_directory(const fs::path& directory)
{
    std::error_code failed;
    const fs::file_status status = fs::status(directory, failed);
    if (!fs::exists(status)) return;
    if (fs::is_directory(status) && fs::is_empty(directory, failed) && !failed) return;
    throw mfg::Error(fmt::format("{} exists and is not empty; remove it, or choose another directory with --output",
                                 mfg::printable(directory.string())));
}

/// `my_game` as the name of a class, MyGame.
std::string camel_case(const std::string& name)
{
    std::string result;
    for (const std::string& word : split(name, '_')) result += capitalised(word);
    return result;
}

/// The worked example of a kind, with the name of the new plugin.
std::string source_of(const std::string& kind, const std::string& name)
{
    std::string text = mfg::read_file((fs::path(mfg::share_directory()) / "templates" / (kind + ".cpp")).string());
    const std::string template_name = "my_" + kind, template_class = camel_case(template_name);
    std::string class_name = camel_case(name);
    // A class Jet would hide the type.
    while (class_name != template_class && text.find(class_name) != std::string::npos) class_name += camel_case(kind);
    return replaced(replaced(text, template_class, class_name), template_name, name);
}

std::string project_of(const std::string& kind, const std::string& name)
{
    return fmt::format(
        "# CMake finds mfg where the program is on the PATH. Elsewhere: -DCMAKE_PREFIX_PATH=DIR, DIR/bin/mfg is the "
        "program.\n"
        "cmake_minimum_required(VERSION 3.20)\n"
        "project({1} LANGUAGES CXX)\n"
        "find_package(mfg REQUIRED)\n"
        "mfg_add_plugin({0} {1} {1}.cpp)\n",
        kind, name);
}

/// The command line in a source's manual that solves something with it, without the program's name.
std::string solve_arguments(const std::string& source)
{
    const std::string before = "///     mfg ";
    const std::size_t line = source.find(before);
    if (line == std::string::npos) throw mfg::Error("the template has no command line; install mfg again");
    const std::size_t begin = line + before.size();
    return source.substr(begin, source.find('\n', begin) - begin);
}

/// The same command for a plugin that is named by its file.
std::string with_file(const std::string& arguments, const std::string& kind, const std::string& name,
                      const std::string& file)
{
    const std::string option = "--" + kind + " ";
    return replaced(arguments, option + name, kind == "problem" ? file : option + file);
}

struct Settings {
    std::string output;
    bool single_file = false;
};

void declare(CommandOptions& o, Settings& s)
{
    o.path(Value::directory, "output", "DIR", s.output,
           "directory of the project (NAME); it must be empty or not exist; with --single-file that of the file (.)");
    mfg::Assignments found;
    o.settings({"single-file", Value::flag, "", "write NAME.cpp alone, which mfg compiles when it is used"}, found);
    s.single_file = !found.empty();
}

/// The top folder of the installation.
fs::path root()
{
    return fs::path(mfg::share_directory()).parent_path().parent_path();
}

/// This program, for a shell.
std::string program()
{
    return shell_word((root() / "bin" / "mfg").string());
}

int new_file(const std::string& kind, const std::string& name, const std::string& output)
{
    const std::string file = (fs::path(output) / (name + ".cpp")).string();
    if (fs::exists(file))
        throw mfg::Error(fmt::format("'{}' exists; remove it, or choose another name or --output", file));
    const std::string source = source_of(kind, name), arguments = solve_arguments(source);
    if (!output.empty()) mfg::create_directories(output);
    mfg::write_file_atomically(file, replaced(source, arguments, with_file(arguments, kind, name, name + ".cpp")));
    const std::string word = shell_word(file);
    std::cout << fmt::format("{0} is written. To check and run it:\n\n  {1} check {2} {3}\n  {1} {4}\n", file,
                             program(), kind, word, with_file(arguments, kind, name, word));
    return 0;
}

int new_plugin(const Arguments& words, const Settings& settings)
{
    const std::string &kind = words[0], &name = words[1];
    require_kind(kind);
    check_name(name);
    if (settings.single_file) return new_file(kind, name, settings.output);
    const fs::path directory = settings.output.empty() ? name : settings.output;
    check_directory(directory);

    const std::string source = source_of(kind, name);
    mfg::create_directories(directory.string());
    const fs::path source_file = directory / (name + ".cpp"), project_file = directory / "CMakeLists.txt";
    mfg::write_file_atomically(source_file.string(), source);
    mfg::write_file_atomically(project_file.string(), project_of(kind, name));

    const fs::path build = directory / "build";
    const fs::path plugins = fs::absolute(build).lexically_normal() / "lib" / "mfg" / "plugins";
    const char* others = std::getenv("MFG_PLUGIN_PATH");
    std::cout << fmt::format(
        "{} and {} are written. To build, check and run the plugin:\n\n"
        "  cmake -G Ninja -S {} -B {} -DCMAKE_PREFIX_PATH={}\n"
        "  cmake --build {}\n"
        "  export MFG_PLUGIN_PATH={}{}\n"
        "  {} check {} {}\n"
        "  {} {}\n",
        source_file.string(), project_file.string(), shell_word(directory.string()), shell_word(build.string()),
        shell_word(root().string()), shell_word(build.string()), shell_word(plugins.string()),
        others && *others ? ":$MFG_PLUGIN_PATH" : "", program(), kind, name, program(), solve_arguments(source));
    return 0;
}

}  // namespace

Command new_command()
{
    return with_options<Settings>(
        {"new",
         "write a project for a new plugin",
         {{Value::kind, "KIND"}, {Value::text, "NAME"}},
         R"(Writes a project for a new plugin, ready to build: NAME.cpp, a worked example to change, and
CMakeLists.txt. Then it prints the commands that build, check and run the plugin. KIND is problem,
network, integrator, optimizer or method; NAME has lower case letters, digits and _.

The project needs an installation of mfg (cmake --install build --prefix DIR) or its build
directory; -DCMAKE_PREFIX_PATH=DIR tells CMake which. mfg finds the plugin through MFG_PLUGIN_PATH
or --plugin-path, or after cmake --install of the project with the --prefix of mfg.

With --single-file it writes NAME.cpp alone. mfg compiles such a file when a command names it, and
keeps the result in the folder mfg of $XDG_CACHE_HOME or ~/.cache.
)"},
        declare, new_plugin);
}
