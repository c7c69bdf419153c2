#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/base/views.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/densities/uniform_box.hpp>
#include <mfg/game/density_fit.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace mfg {
namespace {

/// log of I_0(k) e^-k, where I_0 is the modified Bessel function.
Real log_scaled_bessel(Real k)
{
    if (k < 100) return std::log(std::cyl_bessel_i(0, k)) - k;
    return std::log1p(1 / (8 * k) + 9 / (128 * k * k)) - std::log(two_pi * k) / 2;
}

Vector mean_of(const Matrix& points)
{
    Vector mean = make_vector(points.shape(1));
    for (Index i = 0; i < rows(points); ++i)
        for (Index k = 0; k < columns(points); ++k) mean(k) += points(i, k) / static_cast<Real>(rows(points));
    return mean;
}

/// Points and how many there are of each.
struct Weighted {
    Matrix points;
    Vector counts;
};

/// One point, their mean, for all that lie in one cell of a lattice.
Weighted binned(const Matrix& points, Real cell)
{
    const Index d = columns(points);
    std::map<std::vector<std::int64_t>, std::pair<Vector, Real>> cells;
    std::vector<std::int64_t> key(d);
    for (Index i = 0; i < rows(points); ++i) {
        for (Index k = 0; k < d; ++k) key[k] = static_cast<std::int64_t>(std::floor(points(i, k) / cell));
        auto& [sum, count] = cells.try_emplace(key, make_vector(d), 0).first->second;
        for (Index k = 0; k < d; ++k) sum(k) += points(i, k);
        ++count;
    }
    Weighted result{make_matrix(cells.size(), d), make_vector(cells.size())};
    Index row = 0;
    for (const auto& [place, content] : cells) {
        for (Index k = 0; k < d; ++k) result.points(row, k) = content.first(k) / content.second;
        result.counts(row++) = content.second;
    }
    return result;
}

/// Factors for which the sum of all squared distances, or on the torus of the cosines, plus a number of each centre is
/// one product for all pairs.
struct PairFeatures {
    bool periodic;

    Matrix of_centres(const Matrix& c, const Vector& numbers) const
    {
        const Index m = rows(c), d = columns(c);
        Matrix features = make_matrix(periodic ? 2 * d + 1 : d + 2, m);
        for (Index i = 0; i < m; ++i) {
            Real square = 0;
            for (Index k = 0; k < d; ++k) {
                square += c(i, k) * c(i, k);
                features(k, i) = periodic ? std::cos(two_pi * c(i, k)) : c(i, k);
                if (periodic) features(d + k, i) = std::sin(two_pi * c(i, k));
            }
            if (!periodic) features(d, i) = 1;
            features(rows(features) - 1, i) = periodic ? numbers(i) : square + numbers(i);
        }
        return features;
    }

    Variable of_points(Tape& tape, const Variable& x) const
    {
        const Variable one = tape.constant(1, x.columns(), 1);
        if (!periodic) return vconcat({combine({{-2, x}}), dot_rows(x, x), one});
        const Jet angle = two_pi * Jet(x);
        return vconcat({cos(angle).value(), sin(angle).value(), one});
    }
};

}  // namespace

FittedDensity uniform_density(Index d)
{
    return {
        [](Tape& tape, const Variable& x) { return tape.constant(1, x.columns(), 0); },
        [d](const RandomStream& stream, Index count) { return UniformBox(static_cast<int>(d)).sample(stream, count); }};
}

FittedDensity gaussian_fit(const Matrix& points, bool full)
{
    const Vector mean = mean_of(points);
    const Index n = rows(points), d = columns(points);
    Matrix covariance = make_matrix(d, d);
    for (Index j = 0; j < d; ++j)
        for (Index k = full ? 0 : j; k <= j; ++k) {
            Real sum = 0;
            for (Index i = 0; i < n; ++i) sum += (points(i, j) - mean(j)) * (points(i, k) - mean(k));
            covariance(j, k) = covariance(k, j) = sum / static_cast<Real>(n);
        }
    // Agents may all be at one place.
    constexpr Real least = 1e-12;
    Vector variances = make_vector(d);
    for (Index j = 0; j < d; ++j) variances(j) = covariance(j, j) = std::max(covariance(j, j), least);
    const auto law = std::make_shared<Gaussian>(full ? Gaussian(mean, covariance) : Gaussian(mean, variances));
    return {[law](Tape&, const Variable& x) { return law->log_density(Jet(x)).value(); },
            [law](const RandomStream& stream, Index count) { return law->sample(stream, count); }};
}

FittedDensity kernel_density(const Matrix& centres, Real variance, bool periodic)
{
    const Real d = columns(centres), m = rows(centres);
    const PairFeatures pairs{periodic};
    // Of the sum of the cosines, or of the squared distance.
    const Real factor = periodic ? 1 / (two_pi * two_pi * variance) : -1 / (2 * variance);
    const Real log_peak = periodic ? -d * log_scaled_bessel(factor) : -d / 2 * std::log(two_pi * variance);
    const Real shift = periodic ? -d * factor : 0;
    // Centres much nearer to each other than a kernel is wide are as good as one.
    const Weighted all = binned(centres, std::sqrt(variance) / 2);
    const auto features = std::make_shared<const Matrix>(pairs.of_centres(all.points, xt::log(all.counts) / factor));
    const auto log_density = [=](Tape& tape, const Variable& x) {
        const Variable left = tape.constant_view(features->data(), rows(*features), columns(*features));
        const Variable exponents = matmul(left, pairs.of_points(tape, x), true);
        const Jet sum = log_sum_exp(factor * Jet(exponents));
        return add_number(sum.value(), shift + log_peak - std::log(m));
    };
    const auto sample = [centres, variance](const RandomStream& stream, Index count) {
        const Index dimension = columns(centres);
        Matrix x = make_matrix(count, dimension);
        for (Index i = 0; i < count; ++i) {
            stream.normal(i, dimension, &x(i, 0));
            for (Index k = 0; k < dimension; ++k)
                x(i, k) = centres(i % rows(centres), k) + std::sqrt(variance) * x(i, k);
        }
        return x;
    };
    return {log_density, sample};
}

FittedDensity mixture(const FittedDensity& main, const FittedDensity& other, Real share)
{
    const auto log_density = [=](Tape& tape, const Variable& x) {
        const Variable parts = vconcat({add_number(main.log_density(tape, x), std::log(1 - share)),
                                        add_number(other.log_density(tape, x), std::log(share))});
        return log_sum_exp(Jet(parts)).value();
    };
    const auto sample = [=](const RandomStream& stream, Index count) {
        const Index from_other = static_cast<Index>(std::round(share * count));
        Matrix x = main.sample(stream.part("main"), count);
        const Matrix others = other.sample(stream.part("other"), std::max<Index>(from_other, 1));
        std::copy_n(others.data(), static_cast<std::size_t>(from_other) * columns(x), x.data());
        return x;
    };
    return {log_density, sample};
}

FittedDensity independent_kernels(const Matrix& centres)
{
    const Real width = silverman_width(rows(centres), 1);
    std::vector<FittedDensity> coordinates;
    for (Index k = 0; k < columns(centres); ++k) {
        // The circular variance; at most that of the uniform law on the circle.
        Real cosine = 0, sine = 0;
        for (Index i = 0; i < rows(centres); ++i) {
            cosine += std::cos(two_pi * centres(i, k)) / rows(centres);
            sine += std::sin(two_pi * centres(i, k)) / rows(centres);
        }
        const Real length = std::max(std::hypot(cosine, sine), Real(1e-3));
        const Real variance = std::clamp(-2 * std::log(length) / (two_pi * two_pi), Real(1e-8), Real(1) / 12);
        coordinates.push_back(kernel_density(columns_of(centres, k, 1), width * width * variance, true));
    }
    const auto log_density = [coordinates](Tape& tape, const Variable& x) {
        Variable sum;
        for (std::size_t k = 0; k < coordinates.size(); ++k)
            sum = combine({{1, sum}, {1, coordinates[k].log_density(tape, x.rows(static_cast<Index>(k), 1))}});
        return sum;
    };
    const auto sample = [coordinates](const RandomStream& stream, Index count) {
        Matrix x = make_matrix(count, coordinates.size());
        for (std::size_t k = 0; k < coordinates.size(); ++k) {
            // Each coordinate comes from another centre.
            std::vector<std::pair<Real, Index>> order(count);
            for (Index i = 0; i < count; ++i) {
                order[i].second = i;
                stream.part("order").part(k).uniform(i, 1, &order[i].first);
            }
            std::sort(order.begin(), order.end());
            const Matrix column = coordinates[k].sample(stream.part(k), count);
            for (Index i = 0; i < count; ++i) x(i, k) = column(order[i].second, 0);
        }
        return x;
    };
    return {log_density, sample};
}

LogDensity corrected_by(const FittedDensity& base, const LogDensity& other, const Matrix& points,
                        const RandomStream& stream)
{
    const LogDensity from = base.log_density;
    const auto offsets = [&](const Matrix& x) -> Vector { return log_density_at(other, x) - log_density_at(from, x); };
    const Vector here = offsets(points), there = offsets(base.sample(stream, rows(points)));
    Real centre = 0;
    for (const Real r : here) centre += r / static_cast<Real>(here.size());
    // Newton's method for the convex logistic loss of a + b (r - centre), with a little weight on b.
    Real a = 0, b = 0;
    constexpr int steps = 30;
    for (int step = 0; step < steps; ++step) {
        constexpr Real ridge = 1e-6;
        Real ga = 0, gb = ridge * b, haa = 1e-12, hab = 0, hbb = ridge;
        const auto add = [&](const Vector& r, Real label) {
            for (const Real value : r) {
                const Real u = std::clamp(value - centre, Real(-50), Real(50)), p = 1 / (1 + std::exp(-a - b * u));
                const Real n = r.size(), weight = p * (1 - p) / n;
                ga += (p - label) / n;
                gb += (p - label) * u / n;
                haa += weight;
                hab += weight * u;
                hbb += weight * u * u;
            }
        };
        add(here, 1);
        add(there, 0);
        const Real determinant = haa * hbb - hab * hab;
        if (!(determinant > 0)) break;
        // Far from the solution whole steps may be too long.
        const Real da = (hbb * ga - hab * gb) / determinant, db = (haa * gb - hab * ga) / determinant;
        const Real shorter = std::min(Real(1), 2 / std::max({std::abs(da), std::abs(db), Real(1e-12)}));
        a -= shorter * da;
        b -= shorter * db;
        if (std::abs(da) + std::abs(db) < 1e-10) break;
    }
    if (!std::isfinite(a) || !std::isfinite(b)) a = b = 0;
    const Real constant = a - b * centre;
    return [=](Tape& tape, const Variable& x) {
        return add_number(combine({{1 - b, from(tape, x)}, {b, other(tape, x)}}), constant);
    };
}

Vector log_density_at(const LogDensity& density, const Matrix& x)
{
    const Matrix w = map_points(x, 1, [&](Tape& tape, const Variable& in) { return density(tape, in); });
    return xt::col(w, 0);
}

Real silverman_width(Index n, Index d)
{
    return std::pow(4 / (static_cast<Real>(n) * (d + 2)), 1 / static_cast<Real>(d + 4));
}

}  // namespace mfg
