#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>
#include <mfg/testing/check.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

namespace mfg {

/// The largest of many relative errors, and where it was met.
class MFG_API WorstError {
public:
    /// `error` counts in units of `scale`; what is not a number counts as infinite.
    void add(Real error, Real scale, const std::string& where);
    /// The largest entry of `measured - expected`, in units of the largest expected one plus `floor`. Rows are samples.
    void compare(const Matrix& measured, const Matrix& expected, Real floor, const std::string& where);

    Real value() const { return value_; }
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
/// A number as it stands in a report.
MFG_API std::string short_text(Real number);

}  // namespace mfg
