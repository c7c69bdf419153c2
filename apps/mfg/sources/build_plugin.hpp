#pragma once
#include <mfg/plugin/registry.hpp>

/// Makes the library of a plugin that is a single source: C++ in NAME.cpp, or formulas in NAME.ini, which are written
/// as C++ first. The libraries are kept in the user's cache folder, each under the check sum of all that it follows
/// from. An Error says where the source is wrong; what the compiler says about it is shown on stderr.
mfg::BuiltPlugin build_plugin(const std::string& kind, const std::string& source);
