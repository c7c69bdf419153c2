#pragma once
#include <mfg/array.hpp>
#include <mfg/export.hpp>

#include <string>

namespace mfg {

/// Writes the array as a NumPy file, atomically.
MFG_API void write_npy(const std::string& path, const Vector& array);
MFG_API void write_npy(const std::string& path, const Matrix& array);
MFG_API void write_npy(const std::string& path, const Cube& array);

/// Reads a NumPy file of this rank: little-endian float64, float32 or int64, in C or Fortran order. Values are taken as
/// they are, NaN included.
MFG_API Vector read_npy_vector(const std::string& path);
MFG_API Matrix read_npy_matrix(const std::string& path);
MFG_API Cube read_npy_cube(const std::string& path);

}  // namespace mfg
