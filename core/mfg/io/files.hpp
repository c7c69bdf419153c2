#pragma once
#include <mfg/export.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace mfg {

/// Replaces the file at `path` by one that holds `bytes`, on disk when this returns. Whenever the process is killed,
/// the file is the old one or the new one.
MFG_API void write_file_atomically(const std::string& path, std::string_view bytes);

/// All bytes of the file. A file of more than `limit` bytes is an error.
MFG_API std::string read_file(const std::string& path, std::size_t limit = std::size_t(64) << 20);

/// Creates the directory and its parents. One that is there already is kept as it is.
MFG_API void create_directories(const std::string& path);

}  // namespace mfg
