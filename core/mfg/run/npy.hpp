#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

#include <string>
#include <string_view>

namespace mfg {

/// Bytes that a NumPy file may have.
constexpr std::size_t largest_npy = std::size_t(8) << 30;

/// The array that the bytes of a NumPy file hold: little-endian float64, float32 or int64 of this rank (1, 2 or 3), in
/// C or Fortran order. Values are taken as they are, NaN included.
template <std::size_t Rank>
MFG_API Array<Rank> parse_npy(std::string_view bytes);

/// The array in such a file.
template <std::size_t Rank>
MFG_API Array<Rank> read_npy(const std::string& path);

/// Writes the array as a NumPy file, atomically.
template <std::size_t Rank>
MFG_API void write_npy(const std::string& path, const Array<Rank>& array);

}  // namespace mfg
