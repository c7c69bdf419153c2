#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/views.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/problem_checks.hpp>

#include <fmt/format.h>

#include <algorithm>
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

CheckResult check_derivatives(const Density& density, const Matrix& x, const std::string& name,
                              const std::optional<Box>& space)
{
    constexpr Index points = 8;
    const Index d = density.dimension();
    Matrix some = xt::view(x, xt::range(0, points), xt::all());
    // At exits, where there are no agents, a density need not be smooth.
    for (Index k = 0; k < d && space; ++k)
        if (space->low_face(k) != Face::periodic)
            xt::col(some, k) = (space->low(k) + space->high(k)) / 4 + xt::col(some, k) / 2;
    const Matrix known = log_density_jets(density, some);
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

/// Samples lie in the space; between periodic faces the density is periodic.
CheckResult check_faces(const Density& density, const Matrix& x, const std::string& name, const Box& space)
{
    WorstError worst;
    const auto log_density = [&](const Matrix& points) -> Matrix {
        return xt::view(log_density_at(density, points), xt::all(), xt::newaxis());
    };
    const Matrix before = log_density(x);
    bool periodic = false;
    for (Index k = 0; k < columns(x); ++k) {
        const std::string coordinate = "coordinate " + std::to_string(k + 1);
        const Vector here = xt::col(x, k);
        const Real outside = std::max(space.low(k) - xt::amin(here)(), xt::amax(here)() - space.high(k));
        worst.add(std::max<Real>(0, outside), space.width(k), coordinate + ", a sample outside of the space");
        if (space.low_face(k) != Face::periodic) continue;
        periodic = true;
        worst.compare(log_density(moved(x, k, space.width(k))), before, 1, coordinate);
    }
    return worst.below(name + (periodic ? ": in the space, and with its period" : ": in the space"), 1e-11);
}

/// The integral over the space or, in R^d, over a box that the samples fill with a margin.
CheckResult check_integral(const Density& density, const Matrix& x, const std::string& name,
                           const std::optional<Box>& space)
{
    const Index d = columns(x), cells = d == 1 ? 4000 : 250;
    const Vector least = xt::amin(x, {0}), most = xt::amax(x, {0}), margin = Real(0.2) * (most - least);
    const Box box = space ? *space : Box{least - margin, most + margin};
    Matrix points = make_matrix(d == 1 ? cells : cells * cells, d);
    for (Index i = 0; i < rows(points); ++i) {
        points(i, 0) = (static_cast<Real>(i % cells) + Real(0.5)) / static_cast<Real>(cells);
        if (d == 2) points(i, 1) = (static_cast<Real>(i / cells) + Real(0.5)) / static_cast<Real>(cells);
    }
    box.from_unit(points);
    const Real integral =
        xt::sum(xt::exp(log_density_at(density, points)))() * box.volume() / static_cast<Real>(rows(points));
    return {name + ": the integral is 1", std::abs(integral - 1) < 1e-3, fmt::format("{:.4g} over a box", integral)};
}

}  // namespace

/// E f d_k log rho + d_k f = 0 holds for samples of rho only, if f rho is the same at both ends: f = 1 and x_k in R^d,
/// waves in x_k and x_k - x_{k+1} between periodic faces, waves that vanish at others. So does E (|grad log rho|^2 +
/// Lap log rho) = 0 in R^d and on the torus.
CheckResult check_law(const Matrix& x, const Matrix& jets, const std::string& name, const std::optional<Box>& space)
{
    const Index d = columns(x);
    const Matrix gradient = columns_of(jets, 1, d);
    const auto is_periodic = [&](Index k) { return space && space->low_face(k) == Face::periodic; };
    WorstError worst;
    if (!space || !(space->has_walls() || space->has(Face::open)))
        worst.add_mean(xt::col(jets, d + 1) + xt::sum(gradient * gradient, {1}), "E(|grad log rho|^2 + Lap log rho)");
    for (Index k = 0; k < d; ++k) {
        const std::string coordinate = " in coordinate " + std::to_string(k + 1);
        const Vector slope = xt::col(gradient, k), here = xt::col(x, k);
        if (!space || is_periodic(k)) worst.add_mean(slope, "E grad log rho" + coordinate);
        if (!space) {
            worst.add_mean(here * slope + 1, "E x grad log rho + 1" + coordinate);
            continue;
        }
        const auto waves = [&](const Vector& place, Real frequency, const std::string& where) {
            const Vector sine = xt::sin(frequency * place), cosine = xt::cos(frequency * place);
            worst.add_mean(sine * slope + frequency * cosine, "E sin (log rho)' + sin'" + where + coordinate);
            if (is_periodic(k))
                worst.add_mean(cosine * slope - frequency * sine, "E cos (log rho)' + cos'" + where + coordinate);
        };
        const Real period = two_pi / space->width(k);
        const Vector inside = here - space->low(k);
        waves(inside, period, "");
        if (!is_periodic(k)) waves(inside, period / 2, ", half a wave,");
        const Index next = (k + 1) % d;
        if (d > 1 && is_periodic(k) && is_periodic(next) && space->width(k) == space->width(next))
            waves(here - xt::col(x, next), period, " of x_i - x_{i+1}");
    }
    return worst.below(name + ": samples have the law rho (errors in standard errors)", 5.5);
}

CheckResults check_density(const Density& density, const std::string& name, const std::optional<Box>& space)
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
    results.push_back(check_derivatives(density, x, name, space));
    results.push_back(check_law(x, jets, name, space));
    if (const Matrix features = density.control_variates(x, sample_size); features.size() > 0)
        results.push_back(check_features(features, name));
    if (density.dimension() <= 2) results.push_back(check_integral(density, x, name, space));
    if (space) results.push_back(check_faces(density, x, name, *space));
    return results;
}

}  // namespace mfg
