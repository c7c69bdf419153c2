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
    const Matrix difference = measured - expected;
    const Real error = largest(difference), scale = largest(expected) + floor;
    std::size_t worst = 0;
    while (worst + 1 < difference.size() && std::abs(difference.data()[worst]) < error) ++worst;
    const std::size_t columns = difference.shape(1);
    std::string place = where;
    const auto append = [&](const char* what, std::size_t number) {
        place += (place.empty() ? "" : ", ") + std::string(what) + std::to_string(number + 1);
    };
    if (difference.shape(0) > 1) append("sample ", worst / columns);
    if (columns > 1) append("entry ", worst % columns);
    add(error, scale, place);
}

CheckResult WorstError::below(const std::string& what, Real tolerance) const
{
    if (count_ == 0) return {what, false, "nothing was measured"};
    return {what, value_ <= tolerance,
            "largest error " + short_text(value_) + " (at most " + short_text(tolerance) + "): " + where_};
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
