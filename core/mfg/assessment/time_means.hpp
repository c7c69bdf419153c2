#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

namespace mfg {

/// The mean over x at the time of each row of `values` `[n x 1]`, which are those of a function of x and t at sample
/// points; `times`, n numbers in any order, are empty where there is no time. It is estimated by straight lines in t,
/// one for each group of points that are neighbours in time: at most 64 groups, of at least 32 points.
MFG_API Matrix time_means(const Matrix& values, const Vector& times);

/// The same values without these means.
MFG_API Matrix without_time_means(const Matrix& values, const Vector& times);

}  // namespace mfg
