#include "toy.hpp"

using Glue = mfg::detail::PluginGlue<Toy>;

extern "C" MFG_API const mfg::PluginInfo mfg_plugin_v1;
extern "C" const mfg::PluginInfo mfg_plugin_v1 = {sizeof(mfg::PluginInfo),
                                                  MFG_PLUGIN_API,
                                                  MFG_ABI_TAG,
                                                  "optimizer",
                                                  "wrong_kind",
                                                  "an optimizer in a problem's file",
                                                  &Glue::declare,
                                                  &Glue::create,
                                                  &Glue::destroy};
