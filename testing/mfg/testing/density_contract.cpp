#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/views.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/problem_checks.hpp>

#include <fmt/format.h>

#include <cmath>

namespace mfg {
namespace {

constexpr Index sample_size = 8192;

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
    std::string broken;
    if (rows(x) != sample_size || columns(x) != density.dimension()) broken = "the array has the wrong shape";
    if (!all_finite(x)) broken = "a point is not finite";
    if (broken.empty() && x != density.sample(RandomStream(13, name), sample_size))
        broken = "the same stream gives others";
    if (broken.empty() && x == density.sample(RandomStream(14, name), sample_size))
        broken = "another stream gives the same";
    return kept_unless(broken, name + ": samples follow from the stream",
                       std::to_string(sample_size) + " points, twice the same");
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
    constexpr Index points = 8;
    const Index d = density.dimension();
    const Matrix some = xt::view(x, xt::range(0, points), xt::all());
    const Matrix known = xt::view(jets, xt::range(0, points), xt::all());
    const PointFunction value = [&](const Matrix& p) {
        return map_points(p, 1, [&](Tape&, const Variable& in) { return density.log_density(Jet(in)).value(); });
    };
    WorstError worst;
    for (Index k = 0; k < d; ++k)
        worst.compare(columns_of(known, 1 + k, 1), first_difference(value, some, k), 1,
                      "coordinate " + std::to_string(k + 1));
    worst.compare(columns_of(known, d + 1, 1), difference_laplacian(value, some, d), 1, "the Laplacian");
    return worst.below(name + ": derivatives of log rho (finite differences)", 1e-5);
}

CheckResult check_features(const Matrix& features, const std::string& name)
{
    WorstError worst;
    for (Index k = 0; k < columns(features); ++k)
        worst.add_mean(xt::col(features, k), "feature " + std::to_string(k + 1));
    return worst.below(name + ": expectations of control features are 0 (in standard errors)", 5.5);
}

CheckResult check_period(const Density& density, const Matrix& x, const std::string& name)
{
    WorstError worst;
    for (const Real v : x)
        if (!(v >= 0 && v < 1)) worst.add(1, 1, "a sample outside of [0,1)");
    const auto log_density = [&](const Matrix& points) -> Matrix {
        return xt::view(log_density_at(density, points), xt::all(), xt::newaxis());
    };
    const Matrix before = log_density(x);
    for (Index k = 0; k < columns(x); ++k)
        worst.compare(log_density(moved(x, k, 1)), before, 1, "coordinate " + std::to_string(k + 1));
    return worst.below(name + ": period 1 in each coordinate", 1e-11);
}

/// The integral over a box that the samples fill with a margin, or over the torus.
CheckResult check_integral(const Density& density, const Matrix& x, const std::string& name, bool periodic)
{
    const Index d = columns(x), cells = d == 1 ? 4000 : 250;
    Vector low = make_vector(d), high = make_vector(d, 1);
    if (!periodic) {
        const Vector least = xt::amin(x, {0}), most = xt::amax(x, {0}), margin = Real(0.2) * (most - least);
        low = least - margin;
        high = most + margin;
    }
    const Vector width = (high - low) / static_cast<Real>(cells);
    Matrix points = make_matrix(d == 1 ? cells : cells * cells, d);
    for (Index i = 0; i < rows(points); ++i) {
        points(i, 0) = low(0) + width(0) * (static_cast<Real>(i % cells) + Real(0.5));
        if (d == 2) points(i, 1) = low(1) + width(1) * (static_cast<Real>(i / cells) + Real(0.5));
    }
    const Real integral = xt::sum(xt::exp(log_density_at(density, points)))() * xt::prod(width)();
    return {name + ": the integral is 1", std::abs(integral - 1) < 1e-3, fmt::format("{:.4g} over a box", integral)};
}

}  // namespace

/// E d_k log rho = 0 and E (|grad log rho|^2 + Lap log rho) = 0 hold for samples of rho only, as E f d_k log rho + d_k
/// f = 0 does: f = x_k in R^d, waves in x_k and x_k - x_{k+1} on the torus.
CheckResult check_law(const Matrix& x, const Matrix& jets, const std::string& name, bool periodic)
{
    const Index d = columns(x);
    const Matrix gradient = columns_of(jets, 1, d);
    WorstError worst;
    worst.add_mean(xt::col(jets, d + 1) + xt::sum(gradient * gradient, {1}), "E(|grad log rho|^2 + Lap log rho)");
    for (Index k = 0; k < d; ++k) {
        const std::string coordinate = " in coordinate " + std::to_string(k + 1);
        const Vector slope = xt::col(gradient, k), here = xt::col(x, k);
        worst.add_mean(slope, "E grad log rho" + coordinate);
        if (!periodic) {
            worst.add_mean(here * slope + 1, "E x grad log rho + 1" + coordinate);
            continue;
        }
        const auto waves = [&](const Vector& place, const std::string& where) {
            const Vector sine = xt::sin(two_pi * place), cosine = xt::cos(two_pi * place);
            worst.add_mean(sine * slope + two_pi * cosine, "E sin (log rho)' + sin'" + where + coordinate);
            worst.add_mean(cosine * slope - two_pi * sine, "E cos (log rho)' + cos'" + where + coordinate);
        };
        waves(here, "");
        if (d > 1) waves(here - xt::col(x, (k + 1) % d), " of x_i - x_{i+1}");
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
    results.push_back({name + ": log rho is finite at samples", all_finite(jets),
                       fmt::format("largest value or derivative {:.4g}", largest(jets))});
    results.push_back(check_derivatives(density, x, jets, name));
    results.push_back(check_law(x, jets, name, periodic));
    if (const Matrix features = density.control_variates(x, sample_size); features.size() > 0)
        results.push_back(check_features(features, name));
    if (density.dimension() <= 2) results.push_back(check_integral(density, x, name, periodic));
    if (periodic) results.push_back(check_period(density, x, name));
    return results;
}

}  // namespace mfg
