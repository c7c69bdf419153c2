#pragma once
#include <mfg/plugin/plugin.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mfg {

/// The plugin kinds, in the order in which a run composes them.
inline const std::vector<std::string> plugin_kinds{"problem", "method", "network", "integrator", "optimizer"};

/// A plugin that was found, or a library that claims to be one.
struct PluginEntry {
    std::string kind, name, summary, path;
    std::string failure;  ///< why it cannot be used; empty when it can
};

/// A library that was made of a source.
struct BuiltPlugin {
    std::string library;  ///< its file
    std::string source;   ///< the file with the C++ text that it was made of
};

/// Finds plugins by name and makes their objects.
///
/// Search order: a name that contains a `/`, or is that of a source, is a file; then the given directories; then
/// MFG_PLUGIN_PATH (separated by
/// `:`); then `<executable>/../lib/mfg/plugins`. A file KIND_FORMER.alias there holds the name that a renamed plugin
/// has now. Libraries stay open until the process ends.
class MFG_API Registry {
public:
    explicit Registry(const std::vector<std::string>& directories = {});

    /// Whether a name is that of a file.
    static bool is_file(const std::string& name);
    /// Whether a name is that of a file of which a library is made first: C++ in a `.cpp`, formulas in an `.ini`.
    static bool is_source(const std::string& name);
    /// Makes the library of a source that holds a plugin of a kind. It may be asked for the same one several times.
    using Builder = std::function<BuiltPlugin(const std::string& kind, const std::string& source)>;
    /// Lets the process use sources, before there is a registry; without a builder they are refused.
    static void build_sources_with(Builder builder);

    /// The description of a plugin; throws an Error that says why when there is none or when it cannot be used.
    const PluginInfo& find(const std::string& kind, const std::string& name);

    /// The file of a plugin, which need not be usable; throws an Error when there is none.
    std::string path(const std::string& kind, const std::string& name);
    /// The file with the C++ text of a plugin that is named by its source.
    static std::string source(const std::string& kind, const std::string& name);
    /// Whether the file of a plugin is one of this installation.
    static bool is_installed(const std::string& path);
    /// The options that a plugin declares. An Error if one has a name that is none or is declared twice, or a text of
    /// several lines.
    std::vector<OptionRecord> options(const std::string& kind, const std::string& name);

    template <class Interface>
    using Object = std::unique_ptr<Interface, std::function<void(Interface*)>>;

    /// A new object of the plugin with the given options; `effective`, if given, receives all options with their
    /// values.
    template <class Interface>
    Object<Interface> create(const std::string& name, const Options::Given& given = {},
                             std::vector<OptionRecord>* effective = nullptr)
    {
        auto [object, destroy] = create_object(Interface::kind, name, given, effective);
        return Object<Interface>(static_cast<Interface*>(object), [d = destroy](Interface* p) { d(p); });
    }

    /// All plugins of a kind on the search path, sorted by name, broken ones with the reason.
    std::vector<PluginEntry> list(const std::string& kind);
    /// Names of the usable plugins of a kind.
    std::vector<std::string> names(const std::string& kind);

private:
    std::pair<void*, void (*)(void*)> create_object(const char* kind, const std::string& name,
                                                    const Options::Given& given, std::vector<OptionRecord>* effective);

    std::vector<std::string> directories_;
};

}  // namespace mfg
