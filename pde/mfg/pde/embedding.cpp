#include <mfg/base/constants.hpp>
#include <mfg/pde/embedding.hpp>

#include <algorithm>

namespace mfg {
namespace {

/// Some of the coordinates, in runs of neighbours.
Jet chosen(const Jet& x, const std::vector<Index>& coordinates)
{
    if (length(coordinates) == x.features()) return x;
    Jet all;
    for (Index first = 0, next = 0; first < length(coordinates); first = next) {
        for (next = first + 1; next < length(coordinates) && coordinates[next] == coordinates[next - 1] + 1;) ++next;
        const Jet run = x.features(coordinates[first], next - first);
        all = first == 0 ? run : vconcat(all, run);
    }
    return all;
}

/// rate (x - start), feature by feature.
Jet scaled(const Jet& x, const Vector& start, const Vector& rate)
{
    const bool moved = std::any_of(start.begin(), start.end(), [](Real v) { return v != 0; });
    const bool stretched = std::any_of(rate.begin(), rate.end(), [](Real v) { return v != 1; });
    const Jet from = moved ? x - start : x;
    return stretched ? rate * from : from;
}

void append(Jet& all, const Jet& more)
{
    all = all.is_zero() ? more : vconcat(all, more);
}

Vector as_vector(const std::vector<Real>& numbers)
{
    Vector v = make_vector(length(numbers));
    std::copy(numbers.begin(), numbers.end(), v.begin());
    return v;
}

}  // namespace

Embedding::Embedding(const Box& box, bool even, int harmonics) : harmonics_(harmonics)
{
    std::vector<Real> start, rate, even_start, even_rate;
    for (Index k = 0; k < box.dimension(); ++k) {
        const bool low = box.low_face(k) == Face::reflecting, high = box.high_face(k) == Face::reflecting;
        if (box.low_face(k) == Face::periodic) {
            periodic_.push_back(k);
            start.push_back(box.low(k));
            rate.push_back(1 / box.width(k));
        } else if (even && (low || high)) {
            even_.push_back(k);
            even_start.push_back(low ? box.low(k) : box.high(k));
            even_rate.push_back((low && high ? pi : pi / 2) / box.width(k));
        } else {
            plain_.push_back(k);
        }
    }
    start_ = as_vector(start);
    rate_ = as_vector(rate);
    even_start_ = as_vector(even_start);
    even_rate_ = as_vector(even_rate);
}

int Embedding::features() const
{
    return static_cast<int>(harmonics_ * (2 * length(periodic_) + length(even_)) + length(plain_));
}

Jet Embedding::operator()(const Jet& x) const
{
    Jet all;
    if (!periodic_.empty()) append(all, periodic_embedding(scaled(chosen(x, periodic_), start_, rate_), harmonics_));
    if (!even_.empty()) {
        const Jet angle = scaled(chosen(x, even_), even_start_, even_rate_);
        for (int k = 1; k <= harmonics_; ++k) append(all, cos(k == 1 ? angle : Real(k) * angle));
    }
    if (!plain_.empty()) append(all, chosen(x, plain_));
    return all;
}

}  // namespace mfg
