#pragma once
#include <mfg/base/archive.hpp>
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace mfg {

/// The outcome of one contract check, for the test suite and for `mfg check`.
struct CheckResult {
    std::string what;          ///< the promise that was checked
    bool passed;               ///< whether it was kept
    std::string measured;      ///< the number or the place that decided
    std::string setting = {};  ///< where it was checked, if there are several places: "dimension 10"
};

using CheckResults = std::vector<CheckResult>;

/// Passed unless it says how the promise was `broken`.
MFG_API CheckResult kept_unless(const std::string& broken, const std::string& what, const std::string& measured);

/// Appends the results of `checks`, with a setting if they have one. What these throw is one failed check, called
/// `what`.
MFG_API void append_checks(CheckResults& results, const std::string& what, const std::function<CheckResults()>& checks,
                           const std::string& setting = "");
/// The same for one check; a result without a name is called `what`, too.
MFG_API void append_check(CheckResults& results, const std::string& what, const std::function<CheckResult()>& check);

/// Whether `load` refuses a state of so many parameters as soon as an entry has another size: a checkpoint may come
/// from anywhere.
MFG_API CheckResult check_sizes_of_state(const Archive& saved, Index parameters,
                                         const std::function<void(Archive&)>& load);

/// The largest of many relative errors, and where it was met.
class MFG_API WorstError {
public:
    /// `error` counts in units of `scale`; what is not a number counts as infinite.
    void add(Real error, Real scale, const std::string& where);
    /// The mean of independent numbers whose expectation is zero, in standard errors.
    void add_mean(const Vector& numbers, const std::string& where);
    /// The largest entry of `measured - expected`, in units of the largest expected one plus `floor`. Rows are samples.
    void compare(const Matrix& measured, const Matrix& expected, Real floor, const std::string& where);

    /// Passed if something was added and nothing exceeded the tolerance.
    CheckResult below(const std::string& what, Real tolerance) const;

private:
    Real value_ = 0;
    int count_ = 0;
    std::string where_;
};

template <class Array>
bool same_bits(const Array& a, const Array& b)
{
    return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Real)) == 0;
}
template <class Array>
bool all_finite(const Array& values)
{
    return std::all_of(values.begin(), values.end(), [](Real v) { return std::isfinite(v); });
}
/// The largest absolute entry; infinite where one is not a number.
MFG_API Real largest(const Matrix& values);

}  // namespace mfg
