#include <mfg/plugin/guarded.hpp>
#include <mfg/plugin/library_file.hpp>
#include <mfg/plugin/registry.hpp>

// The one source that includes Boost.DLL: it is heavy, and its macros must be the same everywhere.
#define BOOST_DLL_USE_STD_FS
#include <boost/dll/runtime_symbol_info.hpp>
#include <boost/dll/shared_library.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>

namespace fs = std::filesystem;

namespace mfg {
namespace {

constexpr const char* symbol = "mfg_plugin_v1";

Registry::Builder& builder()
{
    static auto& function = *new Registry::Builder;
    return function;
}

BuiltPlugin build(const std::string& kind, const std::string& source)
{
    std::error_code failed;
    if (!fs::is_regular_file(source, failed))
        throw Error(fmt::format("no {} plugin in file '{}': there is no such file", kind, printable(source)));
    if (!builder())
        throw Error(fmt::format("'{}' is a source, and nothing is compiled here; name a library", printable(source)));
    return builder()(kind, source);
}

/// `<executable>/../lib/mfg/plugins`, or nothing where the executable cannot be located.
fs::path standard_directory()
{
    std::error_code failed;
    const fs::path executable = boost::dll::program_location(failed);
    return failed ? fs::path() : executable.parent_path().parent_path() / "lib" / "mfg" / "plugins";
}

/// Opens a library, or returns the one that is open. It stays open until the process ends: objects, exceptions and
/// thread-local data of a plugin may outlive every handle that we could count.
boost::dll::shared_library& open_library(const fs::path& file)
{
    static std::mutex mutex;
    static auto& libraries = *new std::map<fs::path, boost::dll::shared_library>;
    const std::lock_guard lock(mutex);
    if (const auto found = libraries.find(file); found != libraries.end()) return found->second;
    require_whole_library(file);
    using boost::dll::load_mode::rtld_local;
    using boost::dll::load_mode::rtld_now;
    // rtld_now names missing symbols here and not in the middle of a run; rtld_local keeps plugins apart.
    return libraries.try_emplace(file, file, rtld_now | rtld_local).first->second;
}

/// The loader's own words about a file, without those that Boost puts around them.
std::string reason(const std::exception& failure, const fs::path& file)
{
    std::string text = one_line(failure.what());
    for (const std::string& before : {std::string("dlerror system message: "), file.string() + ": "}) {
        if (const auto begin = text.find(before); begin != std::string::npos) text.erase(0, begin + before.size());
    }
    return text.substr(0, text.rfind("): "));
}

constexpr const char* standard_remedy = "Rebuild the plugin against this installation.";

/// The description in a file, after everything was checked that can be checked without running a function of the
/// plugin. `remedy` is what helps where it was built for another installation.
const PluginInfo& load(const fs::path& file, const std::string& kind, const char* remedy = standard_remedy)
{
    const auto refuse = [&](const std::string& why) -> Error {
        return Error(fmt::format("{} plugin {}: {}", kind, file.string(), why));
    };
    boost::dll::shared_library* library = nullptr;
    try {
        const AtWork at_work(fmt::format("{} plugin {}", kind, file.string()));
        library = &open_library(file);
    } catch (const std::exception& failure) {
        throw refuse("cannot be loaded: " + reason(failure, file));
    }
    if (!library->has(symbol))
        throw refuse(fmt::format("is not a plugin of mfg (no symbol {}); end its source with MFG_PLUGIN", symbol));
    const PluginInfo& info = library->get<const PluginInfo>(symbol);
    if (info.size != sizeof(PluginInfo))
        throw refuse(fmt::format("its description has {} bytes, not {}. {}", info.size, sizeof(PluginInfo), remedy));
    if (std::strcmp(info.abi, MFG_ABI_TAG) != 0)
        throw refuse(fmt::format("was built for '{}', but this is '{}'. {}", info.abi, MFG_ABI_TAG, remedy));
    if (info.api != MFG_PLUGIN_API)
        throw refuse(fmt::format("was built for interface {}, but this is {}. {}", info.api, MFG_PLUGIN_API, remedy));
    if (info.kind != kind) throw refuse(fmt::format("it is of kind '{}', not '{}'", info.kind, kind));
    return info;
}

/// The same for a file that is found by its name, `<kind>_<name>.so`.
const PluginInfo& load_named(const fs::path& file, const std::string& kind)
{
    const PluginInfo& info = load(file, kind);
    const std::string expected = fmt::format("{}_{}.so", info.kind, info.name);
    if (file.filename() != expected)
        throw Error(fmt::format("{} plugin {}: it calls itself '{}'; name the file {} or change MFG_PLUGIN", kind,
                                file.string(), info.name, expected));
    return info;
}

/// The same for the library of a source, which is what it calls itself.
const PluginInfo& load_built(const std::string& kind, const std::string& source)
{
    const PluginInfo& info = load(build(kind, source).library, kind, "Use the compiler of this installation.");
    if (!is_name(info.name))
        throw Error(
            fmt::format("'{}' calls itself '{}' in MFG_PLUGIN; a name has lower-case letters, digits and _, a "
                        "letter first",
                        printable(source), printable(info.name)));
    return info;
}

std::string owner_of(const PluginInfo& info)
{
    return fmt::format("{} '{}'", info.kind, info.name);
}

/// Runs a function of a plugin. An Error that it throws names the plugin, too.
template <class Function>
void call(const std::string& owner, const Function& function)
{
    try {
        guarded(owner, function);
    } catch (const Error& failure) {
        const std::string text = one_line(failure.what());
        // Options put the owner in front already.
        throw Error(starts_with(text, owner) ? text : owner + ": " + text);
    }
}

/// What a plugin declares must be fit for the command line and for config.ini.
void require_declarable(const std::vector<OptionRecord>& records)
{
    std::set<std::string> names;
    for (const OptionRecord& option : records) {
        const std::string name = "option '" + printable(option.name) + "'";
        if (!is_name(option.name))
            throw Error(name + " needs another name: lower-case letters, digits and _, a letter first");
        if (!names.insert(option.name).second) throw Error(name + " is declared twice");
        if (!is_line(option.text)) throw Error(name + " is declared with a text that is not one line");
    }
}

/// The options that a plugin declares.
std::vector<OptionRecord> declared(const PluginInfo& info)
{
    Options options(owner_of(info), {});
    call(options.owner(), [&] {
        info.declare(options);
        require_declarable(options.records());
    });
    return options.records();
}

/// The name that a plugin has now, from the file that stands under its former one; empty without such a file.
std::string current_name(const std::string& alias)
{
    std::string name;
    std::ifstream(alias) >> name;
    return name;
}

/// Says once that a plugin was called by its former name.
void note_renamed(const std::string& kind, const std::string& former, const std::string& current)
{
    static std::mutex mutex;
    static auto& said = *new std::set<std::string>;
    const std::lock_guard lock(mutex);
    if (said.insert(kind + former).second)
        fmt::print(stderr, "mfg: the {} '{}' is now called '{}'\n", kind, former, current);
}

void check_kind(const std::string& kind)
{
    if (contains(plugin_kinds, kind)) return;
    throw Error(fmt::format("unknown plugin kind '{}'; known: {}", printable(kind), joined(plugin_kinds)));
}

/// Name and file of all libraries that could be plugins of the kind, in the order of the directories.
std::vector<std::pair<std::string, fs::path>> files(const std::vector<std::string>& directories,
                                                    const std::string& kind)
{
    std::vector<std::pair<std::string, fs::path>> found;
    for (const std::string& directory : directories) {
        std::error_code failed;
        for (const fs::directory_entry& entry : fs::directory_iterator(directory, failed)) {
            const std::string stem = entry.path().stem().string();
            if (entry.path().extension() == ".so" && starts_with(stem, kind + "_") && entry.is_regular_file(failed))
                found.emplace_back(stem.substr(kind.size() + 1), entry.path());
        }
    }
    return found;
}

}  // namespace

Registry::Registry(const std::vector<std::string>& directories)
{
    const auto add = [&](const fs::path& directory) {
        std::error_code failed;
        const std::string path = fs::canonical(directory, failed).string();
        if (failed || !fs::is_directory(path, failed)) return;
        if (!contains(directories_, path)) directories_.push_back(path);
    };
    for (const std::string& directory : directories) {
        std::error_code failed;
        if (!fs::is_directory(directory, failed))
            throw Error(fmt::format("plugin path '{}' is not a directory", printable(directory)));
        add(directory);
    }
    if (const char* variable = std::getenv("MFG_PLUGIN_PATH"))
        for (const std::string& directory : split(variable, ':'))
            if (!directory.empty()) add(directory);
    add(standard_directory());
}

std::string Registry::path(const std::string& kind, const std::string& name)
{
    check_kind(kind);
    std::error_code failed;
    if (is_source(name)) return build(kind, name).library;
    if (is_file(name)) {
        if (!fs::is_regular_file(name, failed))
            throw Error(fmt::format("no {} plugin in file '{}': there is no such file", kind, printable(name)));
        return fs::absolute(name).lexically_normal().string();
    }
    for (const std::string& directory : directories_) {
        const fs::path file = fs::path(directory) / fmt::format("{}_{}", kind, name);
        if (fs::is_regular_file(file.string() + ".so", failed)) return file.string() + ".so";
        if (const std::string current = current_name(file.string() + ".alias"); !current.empty() && current != name) {
            note_renamed(kind, name, current);
            return path(kind, current);
        }
    }
    const std::vector<std::string> available = names(kind);
    const std::string nearest = nearest_name(name, available);
    throw Error(fmt::format("no {} '{}'; {}vailable: {}; looked in: {}", kind, printable(name),
                            nearest.empty() ? "a" : fmt::format("did you mean '{}'? A", nearest),
                            available.empty() ? "none" : joined(available),
                            directories_.empty() ? "no directory" : joined(directories_)));
}

bool Registry::is_file(const std::string& name)
{
    return name.find('/') != std::string::npos || is_source(name);
}

bool Registry::is_source(const std::string& name)
{
    return ends_with(name, ".cpp") || ends_with(name, ".ini");
}

void Registry::build_sources_with(Builder function)
{
    builder() = std::move(function);
}

std::string Registry::source(const std::string& kind, const std::string& name)
{
    return build(kind, name).source;
}

bool Registry::is_installed(const std::string& path)
{
    std::error_code failed;
    return fs::equivalent(fs::path(path).parent_path(), standard_directory(), failed);
}

const PluginInfo& Registry::find(const std::string& kind, const std::string& name)
{
    check_kind(kind);
    return is_source(name) ? load_built(kind, name) : load_named(path(kind, name), kind);
}

std::vector<OptionRecord> Registry::options(const std::string& kind, const std::string& name)
{
    return declared(find(kind, name));
}

std::pair<void*, void (*)(void*)> Registry::create_object(const char* kind, const std::string& name,
                                                          const Options::Given& given,
                                                          std::vector<OptionRecord>* effective)
{
    const PluginInfo& info = find(kind, name);
    declared(info);
    Options options(owner_of(info), given);
    void* object = nullptr;
    call(options.owner(), [&] { object = info.create(options); });
    if (effective) *effective = options.records();
    return {object, info.destroy};
}

std::vector<PluginEntry> Registry::list(const std::string& kind)
{
    check_kind(kind);
    std::vector<PluginEntry> entries;
    std::map<std::string, std::string> first;
    for (const auto& [name, file] : files(directories_, kind)) {
        PluginEntry entry{kind, name, "", file.string(), ""};
        const auto [earlier, is_first] = first.emplace(name, file.string());
        try {
            entry.summary = load_named(file, kind).summary;
            if (!is_first) entry.failure = "hidden by " + earlier->second;
        } catch (const Error& failure) {
            entry.failure = failure.what();
        }
        entries.push_back(std::move(entry));
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const PluginEntry& a, const PluginEntry& b) { return a.name < b.name; });
    return entries;
}

std::vector<std::string> Registry::names(const std::string& kind)
{
    std::vector<std::string> usable;
    for (const PluginEntry& entry : list(kind)) {
        if (entry.failure.empty()) usable.push_back(entry.name);
    }
    return usable;
}

}  // namespace mfg
