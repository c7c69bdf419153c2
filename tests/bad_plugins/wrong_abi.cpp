#include "toy.hpp"

using Glue = mfg::detail::PluginGlue<Toy>;

extern "C" MFG_API const mfg::PluginInfo mfg_plugin_v1;
extern "C" const mfg::PluginInfo mfg_plugin_v1 = {sizeof(mfg::PluginInfo),
                                                  MFG_PLUGIN_API,
                                                  "api=1;cxxabi=999;real=float",
                                                  "problem",
                                                  "wrong_abi",
                                                  "built with another compiler",
                                                  &Glue::declare,
                                                  &Glue::create,
                                                  &Glue::destroy};
