#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/random/monte_carlo.hpp>
#include <mfg/testing/density_contract.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/worst_error.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

constexpr int sample_size = 8192;

/// log rho, its gradient and Laplacian at points, one a row.
Matrix log_density_jets(const Density& density, const Matrix& points)
{
    const int d = density.dimension();
    return map_points(points, d + 2, [&](Tape&, const Variable& x) {
        const Jet w = density.log_density(Jet::coordinates(x, JetShape::of(2, d, false)));
        return vconcat({w.value(), w.gradient(), w.laplacian()});
    });
}

CheckResult check_stream(const Density& density, const Matrix& x, const std::string& name)
{
    const Index d = density.dimension();
    std::string broken;
    if (rows(x) != sample_size || columns(x) != d) broken = "the array has the wrong shape";
    if (!std::isfinite(largest(x))) broken = "a point is not finite";
    if (broken.empty() && x != density.sample(RandomStream(13, name), sample_size))
        broken = "the same stream gives others";
    if (broken.empty() && x == density.sample(RandomStream(14, name), sample_size))
        broken = "another stream gives the same";
    return {name + ": samples follow from the stream", broken.empty(),
            broken.empty() ? std::to_string(sample_size) + " points, twice the same" : broken};
}

CheckResult check_no_density(const Density& density, const Matrix& x, const std::string& name)
{
    const std::string what = name + ": a singular law says that it has no density";
    try {
        log_density_at(density, x);
    } catch (const Error& error) {
        return {what, true, error.what()};
    }
    return {what, false, "log_density gives numbers; throw an Error, or let singular() be false"};
}

CheckResult check_derivatives(const Density& density, const Matrix& x, const Matrix& jets, const std::string& name)
{
    constexpr std::size_t points = 8;
    const Index d = density.dimension();
    Matrix some = make_matrix(points, d), gradient = make_matrix(points, 1), laplacian = make_matrix(points, 1);
    for (std::size_t i = 0; i < points; ++i) {
        for (Index k = 0; k < d; ++k) some(i, k) = x(i, k);
        laplacian(i, 0) = jets(i, d + 1);
    }
    const PointFunction value = [&](const Matrix& p) {
        return map_points(p, 1, [&](Tape&, const Variable& in) { return density.log_density(Jet(in)).value(); });
    };
    WorstError worst;
    for (Index k = 0; k < d; ++k) {
        for (std::size_t i = 0; i < points; ++i) gradient(i, 0) = jets(i, 1 + k);
        worst.compare(gradient, first_difference(value, some, k), 1, "coordinate " + std::to_string(k + 1));
    }
    worst.compare(laplacian, difference_laplacian(value, some, d), 1, "the Laplacian");
    return worst.below(name + ": derivatives of log rho (finite differences)", 1e-5);
}

/// Control features have expectation zero.
CheckResult check_features(const Matrix& features, const std::string& name)
{
    WorstError worst;
    for (std::size_t k = 0; k < features.shape(1); ++k) {
        MonteCarloMean mean;
        for (std::size_t i = 0; i < features.shape(0); ++i) mean.add(features(i, k));
        worst.add(mean.mean(), mean.standard_error(), "feature " + std::to_string(k + 1));
    }
    return worst.below(name + ": expectations of control features are 0 (in standard errors)", 5.5);
}

/// Samples lie in [0,1)^d, and log rho has period 1 in each coordinate.
CheckResult check_period(const Density& density, const Matrix& x, const std::string& name)
{
    WorstError worst;
    for (const Real v : x)
        if (!(v >= 0 && v < 1)) worst.add(1, 1, "a sample outside of [0,1)");
    const auto log_density = [&](const Matrix& points) {
        Matrix column = make_matrix(points.shape(0), 1);
        const Vector w = log_density_at(density, points);
        std::copy(w.begin(), w.end(), column.begin());
        return column;
    };
    const Matrix before = log_density(x);
    for (std::size_t k = 0; k < x.shape(1); ++k) {
        Matrix moved = x;
        for (std::size_t i = 0; i < x.shape(0); ++i) moved(i, k) += 1;
        worst.compare(log_density(moved), before, 1, "coordinate " + std::to_string(k + 1));
    }
    return worst.below(name + ": period 1 in each coordinate", 1e-11);
}

/// The integral over a box that the samples fill with a margin, or over the torus.
CheckResult check_integral(const Density& density, const Matrix& x, const std::string& name, bool periodic)
{
    const Index d = columns(x), cells = d == 1 ? 4000 : 250;
    Vector low = make_vector(d), width = make_vector(d);
    Real volume = 1;
    for (Index k = 0; k < d; ++k) {
        Real least = x(0, k), most = x(0, k);
        for (std::size_t i = 0; i < x.shape(0); ++i) {
            least = std::min(least, x(i, k));
            most = std::max(most, x(i, k));
        }
        low(k) = least - Real(0.2) * (most - least);
        width(k) = Real(1.4) * (most - least) / static_cast<Real>(cells);
        if (periodic) {
            low(k) = 0;
            width(k) = 1 / static_cast<Real>(cells);
        }
        volume *= width(k);
    }
    const Index count = d == 1 ? cells : cells * cells;
    Matrix points = make_matrix(count, d);
    for (Index i = 0; i < count; ++i) {
        points(i, 0) = low(0) + width(0) * (static_cast<Real>(i % cells) + Real(0.5));
        if (d == 2) points(i, 1) = low(1) + width(1) * (static_cast<Real>(i / cells) + Real(0.5));
    }
    Real integral = 0;
    for (const Real w : log_density_at(density, points)) integral += std::exp(w) * volume;
    return {name + ": the integral is 1", std::abs(integral - 1) < 1e-3, short_text(integral) + " over a box"};
}

}  // namespace

/// E d_k log rho = 0 and E (|grad log rho|^2 + Lap log rho) = 0 hold for samples of rho only, as E f d_k log rho + d_k
/// f = 0 does: f = x_k in R^d, waves in x_k and x_k - x_{k+1} on the torus.
CheckResult check_law(const Matrix& x, const Matrix& jets, const std::string& name, bool periodic)
{
    const Index d = columns(x), n = rows(x);
    WorstError worst;
    MonteCarloMean fisher;
    for (Index i = 0; i < n; ++i) {
        Real sum = jets(i, d + 1);
        for (Index k = 0; k < d; ++k) sum += jets(i, 1 + k) * jets(i, 1 + k);
        fisher.add(sum);
    }
    worst.add(fisher.mean(), fisher.standard_error(), "E(|grad log rho|^2 + Lap log rho)");
    for (Index k = 0; k < d; ++k) {
        const std::string coordinate = " in coordinate " + std::to_string(k + 1);
        const auto compare = [&](const std::string& what, const auto& number) {
            MonteCarloMean mean;
            for (Index i = 0; i < n; ++i) mean.add(number(i, jets(i, 1 + k)));
            worst.add(mean.mean(), mean.standard_error(), "E " + what + coordinate);
        };
        compare("grad log rho", [](Index, Real slope) { return slope; });
        if (!periodic) {
            compare("x grad log rho + 1", [&](Index i, Real slope) { return x(i, k) * slope + 1; });
            continue;
        }
        for (const bool neighbour : {false, true}) {
            const auto angle = [&, neighbour](Index i) {
                return two_pi * (x(i, k) - (neighbour ? x(i, (k + 1) % d) : 0));
            };
            if (neighbour && d == 1) continue;
            const std::string where = neighbour ? " of x_i - x_{i+1}" : "";
            compare("sin (log rho)' + sin'" + where, [&](Index i, Real slope) {
                return std::sin(angle(i)) * slope + two_pi * std::cos(angle(i));
            });
            compare("cos (log rho)' + cos'" + where, [&](Index i, Real slope) {
                return std::cos(angle(i)) * slope - two_pi * std::sin(angle(i));
            });
        }
    }
    return worst.below(name + ": samples have the law rho (errors in standard errors)", 5.5);
}

CheckResults check_density(const Density& density, const std::string& name, bool periodic)
{
    const Matrix x = density.sample(RandomStream(13, name), sample_size);
    CheckResults results{check_stream(density, x, name)};
    if (!results.front().passed) return results;
    if (density.singular()) {
        results.push_back(check_no_density(density, x, name));
        return results;
    }
    const Matrix jets = log_density_jets(density, x);
    results.push_back({name + ": log rho is finite at samples", std::isfinite(largest(jets)),
                       "largest value or derivative " + short_text(largest(jets))});
    results.push_back(check_derivatives(density, x, jets, name));
    results.push_back(check_law(x, jets, name, periodic));
    if (const Matrix features = density.control_variates(x, sample_size); features.shape(1) > 0)
        results.push_back(check_features(features, name));
    if (density.dimension() <= 2) results.push_back(check_integral(density, x, name, periodic));
    if (periodic) results.push_back(check_period(density, x, name));
    return results;
}

}  // namespace mfg
