#include <mfg/base/export.hpp>

#include <cstdint>

/// A description that ends after its first number: nothing behind it may be read.
extern "C" MFG_API const std::uint32_t mfg_plugin_v1;
extern "C" const std::uint32_t mfg_plugin_v1 = sizeof(std::uint32_t);
