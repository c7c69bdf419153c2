#include <mfg/testing/worst_error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace mfg {

void WorstError::add(Real error, Real scale, const std::string& where)
{
    Real relative = std::abs(error) / scale;
    if (error == 0) relative = 0;
    if (!std::isfinite(relative)) relative = std::numeric_limits<Real>::infinity();
    if (count_++ == 0 || relative > value_) {
        value_ = relative;
        where_ = where;
    }
}

void WorstError::compare(const Matrix& measured, const Matrix& expected, Real floor, const std::string& where)
{
    if (measured.shape(0) != expected.shape(0) || measured.shape(1) != expected.shape(1)) {
        add(std::numeric_limits<Real>::infinity(), 1, where + " (other shape)");
        return;
    }
    Matrix difference = measured - expected;
    add(largest(difference), largest(expected) + floor, where);
}

CheckResult WorstError::below(const std::string& what, Real tolerance) const
{
    if (count_ == 0) return {what, false, "nothing was measured"};
    return {what, value_ <= tolerance, "largest error " + short_text(value_) + " at " + where_};
}

Real largest(const Matrix& values)
{
    Real most = 0;
    for (const Real v : values) {
        if (!std::isfinite(v)) return std::numeric_limits<Real>::infinity();
        most = std::max(most, std::abs(v));
    }
    return most;
}

std::string short_text(Real number)
{
    std::ostringstream out;
    out.precision(4);
    out << number;
    return out.str();
}

}  // namespace mfg
