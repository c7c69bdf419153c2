#pragma once
/// What a plugin's source includes besides the interface that it implements: the MFG_PLUGIN macro.

#include <mfg/base/array.hpp>
#include <mfg/plugin/options.hpp>

#include <cstdint>
#include <type_traits>

/// Counts changes of the interfaces; a plugin that was built for another number is refused.
#define MFG_PLUGIN_API 7

#define MFG_STRINGIFY_(x) #x
#define MFG_STRINGIFY(x) MFG_STRINGIFY_(x)
#ifdef _GLIBCXX_DEBUG
#define MFG_ABI_DEBUG_ "+debug"
#else
#define MFG_ABI_DEBUG_ ""
#endif
// With fast mathematics nothing is ever "not finite", and the plugin changes how the whole process rounds.
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#define MFG_ABI_MATH_ ";math=fast"
#else
#define MFG_ABI_MATH_ ""
#endif
/// Everything that changes the layout of a type that crosses the boundary, as the plugin's own compilation sees it, and
/// what its numbers mean.
#define MFG_ABI_TAG                                                                                              \
    "api=" MFG_STRINGIFY(MFG_PLUGIN_API) ";cxxabi=" MFG_STRINGIFY(__GXX_ABI_VERSION) ";cxx11abi=" MFG_STRINGIFY( \
        _GLIBCXX_USE_CXX11_ABI) MFG_ABI_DEBUG_                                                                   \
        ";xtensor=" MFG_STRINGIFY(XTENSOR_VERSION_MAJOR) "." MFG_STRINGIFY(                                      \
            XTENSOR_VERSION_MINOR) ";real=double" MFG_ABI_MATH_

namespace mfg {

/// The one symbol that a plugin exports: plain constant data, read before any function of the plugin is called.
struct PluginInfo {
    std::uint32_t size;         ///< sizeof(PluginInfo) when the plugin was built
    std::uint32_t api;          ///< MFG_PLUGIN_API when the plugin was built
    const char* abi;            ///< MFG_ABI_TAG when the plugin was built
    const char* kind;           ///< problem, network, integrator, optimizer, method
    const char* name;           ///< what users type; part of the file's name
    const char* summary;        ///< one line
    void (*declare)(Options&);  ///< lists the options
    void* (*create)(Options&);  ///< an object of the kind's interface, made with the given options
    void (*destroy)(void*);     ///< deletes what `create` made
};

namespace detail {

// No macro of the compiler tells -fshort-enums, so that the tag cannot.
enum PlainEnum { only };
static_assert(sizeof(PlainEnum) == sizeof(int), "plugins of mfg are built without -fshort-enums");

template <class Type>
struct PluginGlue {
    using Interface = typename Type::Interface;
    static_assert(std::is_base_of_v<Interface, Type>, "a plugin's class derives from the interface of its kind");

    static void declare(Options& options)
    {
        typename Type::Settings settings;
        Type::options(options, settings);
    }
    static void* create(Options& options)
    {
        typename Type::Settings settings;
        Type::options(options, settings);
        options.finish();
        return static_cast<Interface*>(new Type(settings));
    }
    static void destroy(void* object) { delete static_cast<Interface*>(object); }
};

}  // namespace detail
}  // namespace mfg

/// Makes the class `Type` loadable as `Name`. Type has `struct Settings`, `static void options(Options&, Settings&)`
/// and a constructor from `const Settings&`.
#define MFG_PLUGIN(Type, Name, Summary)                                                            \
    extern "C" MFG_API const ::mfg::PluginInfo mfg_plugin_v1;                                      \
    extern "C" const ::mfg::PluginInfo mfg_plugin_v1 = {sizeof(::mfg::PluginInfo),                 \
                                                        MFG_PLUGIN_API,                            \
                                                        MFG_ABI_TAG,                               \
                                                        Type::Interface::kind,                     \
                                                        Name,                                      \
                                                        Summary,                                   \
                                                        &::mfg::detail::PluginGlue<Type>::declare, \
                                                        &::mfg::detail::PluginGlue<Type>::create,  \
                                                        &::mfg::detail::PluginGlue<Type>::destroy}
