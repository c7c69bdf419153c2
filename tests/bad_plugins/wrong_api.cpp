#include "toy.hpp"

using Glue = mfg::detail::PluginGlue<Toy>;

extern "C" MFG_API const mfg::PluginInfo mfg_plugin_v1;
extern "C" const mfg::PluginInfo mfg_plugin_v1 = {
    sizeof(mfg::PluginInfo),       MFG_PLUGIN_API + 1, MFG_ABI_TAG,   "problem",     "wrong_api",
    "built for a later interface", &Glue::declare,     &Glue::create, &Glue::destroy};
