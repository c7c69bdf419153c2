#pragma once
#include <mfg/base/array.hpp>

/// A map `[ny x nx]` with `factor` times as many cells each way: linear between the centres of the cells.
mfg::Matrix refined(const mfg::Matrix& map, std::size_t factor);
