#include "sources/build_plugin.hpp"

#include "formulas/formula_file.hpp"
#include "sources/compiler.hpp"
#include "text.hpp"

#include <mfg/base/error.hpp>
#include <mfg/problem.hpp>
#include <mfg/run/files.hpp>

#include <fmt/format.h>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <fcntl.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>

namespace fs = std::filesystem;

namespace {

/// $XDG_CACHE_HOME/mfg/plugins, or ~/.cache/mfg/plugins.
fs::path cache_directory()
{
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return fs::path(value ? value : "");
    };
    // The specification of these folders has relative ones ignored.
    if (const fs::path cache = variable("XDG_CACHE_HOME"); cache.is_absolute()) return cache / "mfg" / "plugins";
    if (const fs::path home = variable("HOME"); home.is_absolute()) return home / ".cache" / "mfg" / "plugins";
    throw mfg::Error("there is no place for compiled plugins; set the variable XDG_CACHE_HOME or HOME to a folder");
}

/// The lines with /// on top of a source: mfg_add_plugin takes them from the sources of projects.
std::string manual_in(const std::string& text)
{
    std::string manual;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line) && starts_with(line, "///");)
        manual += line.substr(starts_with(line, "/// ") ? 4 : 3) + '\n';
    return manual;
}

/// The C++ text of a source.
std::string cpp_text(const std::string& kind, const std::string& source)
{
    constexpr std::size_t largest = 1 << 20;
    if (ends_with(source, ".cpp")) return mfg::read_file(source, largest);
    if (kind != mfg::Problem::kind)
        throw mfg::Error(fmt::format("'{}': formulas define a problem, and no {}", mfg::printable(source), kind));
    return source_of_formulas(source);
}

/// The files of a plugin in the cache, laid out like a project's build folder.
struct Entry {
    fs::path root;
    std::string stem;  ///< of the source
    std::string name;  ///< of the library

    std::string library() const { return (root / "lib" / "mfg" / "plugins" / (name + ".so")).string(); }
    std::string manual() const { return (root / "share" / "mfg" / "manuals" / (name + ".md")).string(); }
    std::string source() const { return (root / (stem + ".cpp")).string(); }
    bool exists() const { return fs::exists(library()) && fs::exists(source()); }
};

/// The first error in what the compiler says: `my_game.cpp:12:9: error: ...`.
std::string first_error(const std::string& log)
{
    std::string first;
    for (const std::string& line : split(log, '\n')) {
        if (line.find("error: ") != line.npos || line.find("undefined reference") != line.npos) return line;
        if (first.empty()) first = line;
    }
    return first.empty() ? "the compiler gives no reason" : first;
}

void compile(const Compiler& compiler, const std::string& text, const std::string& shown, const Entry& entry)
{
    print_message(fmt::format("compiling '{}'", shown));
    for (const std::string& file : {entry.library(), entry.manual()})
        mfg::create_directories(fs::path(file).parent_path().string());
    mfg::write_file_atomically(entry.source(), text);
    mfg::write_file_atomically(entry.manual(), manual_in(text));
    // A copy: what is compiled is the text whose check sum was taken, and no other file beside it. Messages are about
    // the user's file.
    const std::string numbered = (entry.root / "numbered.cpp").string(), log = (entry.root / "log").string();
    mfg::write_file_atomically(numbered, fmt::format("#line 1 {}\n{}", cpp_string(shown), text));
    const int code = compiler.make_library(numbered, entry.library(), log);
    const std::string messages = mfg::read_file(log);
    std::cerr << printable_lines(messages);
    if (code != 0) throw mfg::Error(fmt::format("cannot compile '{}': {}", shown, first_error(messages)));
    for (const std::string& file : {numbered, log}) fs::remove(file);
    mfg::File(::open(entry.library().c_str(), O_RDONLY | O_CLOEXEC), "cannot write '" + entry.library() + "'").sync();
}

Entry made(const std::string& kind, const std::string& source)
{
    const std::string text = cpp_text(kind, source), stem = fs::path(source).stem().string();
    const Compiler compiler("'" + source + "' must be compiled");
    const fs::path cache = cache_directory();
    const std::string key = joined({kind, stem, compiler.fingerprint(), text}, "\n");
    Entry entry{cache / to_string(boost::uuids::name_generator_sha1(boost::uuids::ns::oid())(key)), stem,
                kind + "_" + stem};
    if (entry.exists()) return entry;

    mfg::create_directories(cache.string());
    mfg::remove_unfinished_files(cache.string());
    const mfg::ScratchDirectory scratch(cache.string());
    compile(compiler, text, source, {scratch.path(), entry.stem, entry.name});
    std::error_code failed;
    // Somebody may have removed a part of it.
    if (!entry.exists()) fs::remove_all(entry.root, failed);
    fs::rename(scratch.path(), entry.root, failed);
    // Another process may have been faster.
    if (failed && !entry.exists())
        throw mfg::Error(fmt::format("cannot write '{}': {}", entry.root.string(), failed.message()));
    return entry;
}

}  // namespace

mfg::BuiltPlugin build_plugin(const std::string& kind, const std::string& source)
{
    static std::mutex mutex;
    static std::map<std::string, mfg::BuiltPlugin> plugins;
    const std::lock_guard lock(mutex);
    // A process stays with what it has made, though the file may change.
    const std::string key = kind + " " + fs::absolute(source).lexically_normal().string();
    if (const auto known = plugins.find(key); known != plugins.end()) return known->second;
    const Entry entry = made(kind, source);
    return plugins[key] = {entry.library(), entry.source()};
}
