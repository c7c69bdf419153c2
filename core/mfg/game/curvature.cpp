#include <mfg/base/error.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/network.hpp>

#include <cmath>

namespace mfg {
namespace {

/// Keeps directions along a gradient finite where that vanishes.
constexpr Real tiny = 1e-30;

/// nu of each coordinate of a game, where they differ; else empty.
const Vector& viscosities_of(const Problem& problem)
{
    static const Vector none = make_vector(0);
    const MeanFieldGame* game = problem.mean_field_game();
    return game ? game->hamiltonian_traits().viscosities : none;
}

bool noise_differs(const Problem& problem)
{
    return viscosities_of(problem).size() > 0;
}

/// Column j of the Hessian from its second derivatives along e_i, i = 1..d, and then e_i + e_k, i < k: a matrix by
/// which these are multiplied.
Variable hessian_column(Tape& tape, Index j, Index d)
{
    const Variable matrix = tape.constant(d, count_of(Directions::hessian, d), 0);
    const auto column = [&](Index row, Index entry) -> Real& { return matrix.write_row(row)[entry]; };
    column(j, j) = 1;
    Index pair = d;
    for (Index i = 0; i < d; ++i)
        for (Index k = i + 1; k < d; ++k, ++pair) {
            if (i != j && k != j) continue;
            const Index row = i == j ? k : i;
            column(row, pair) = 0.5;
            column(row, i) = column(row, k) = -0.5;
        }
    return matrix;
}

}  // namespace

Directions directions_of(HamiltonianForm form)
{
    switch (form) {
        case HamiltonianForm::diagonal:
            return Directions::axes;
        case HamiltonianForm::radial:
            return Directions::gradient;
        case HamiltonianForm::general:
            return Directions::hessian;
        default:
            return Directions::none;
    }
}

Directions value_directions(const Problem& problem)
{
    const MeanFieldGame* game = problem.mean_field_game();
    const Directions own = game ? directions_of(game->hamiltonian_traits().form) : Directions::none;
    if (!noise_differs(problem)) return own;
    return own == Directions::none || own == Directions::axes ? Directions::axes : Directions::hessian;
}

Directions density_directions(const Problem& problem)
{
    return noise_differs(problem) ? Directions::axes : Directions::none;
}

Index count_of(Directions directions, Index dimension)
{
    switch (directions) {
        case Directions::axes:
            return dimension;
        case Directions::gradient:
            return 1;
        case Directions::hessian:
            return dimension * (dimension + 1) / 2;
        default:
            return 0;
    }
}

Jet points_along(Directions directions, const Variable& points, Index dimension, const Jet& gradient)
{
    const Index d = dimension, n = points.columns(), count = count_of(directions, d);
    if (count == 0) return {};
    Tape& tape = points.tape();
    const Variable rest = tape.constant(points.rows(), n * count, 0);
    VariableList copies(tape, count);
    for (Index c = 0; c < count; ++c) copies[c] = points;
    const Variable repeated = count == 1 ? points : hconcat(&copies[0], count);
    Variable along = rest;
    if (directions == Directions::gradient) {
        const Jet length = sqrt(norm_squared(gradient) + tiny);
        const Variable unit = (gradient * reciprocal(length)).value();
        along = points.rows() == d ? unit : vconcat({unit, tape.constant(points.rows() - d, n, 0)});
    } else {
        along = tape.constant(points.rows(), n * count, 0);
        const auto set = [&](Index k, Index copy) { std::fill_n(along.write_row(k) + copy * n, n, Real(1)); };
        Index pair = d;
        for (Index i = 0; i < d; ++i) {
            set(i, i);
            for (Index k = i + 1; directions == Directions::hessian && k < d; ++k, ++pair) {
                set(i, pair);
                set(k, pair);
            }
        }
    }
    const Variable parts[] = {repeated, along, rest};
    return Jet::from_components(hconcat(parts, 3), {2, 1, 1});
}

Jet curvature_from(const Jet& function, Index samples)
{
    const Index count = function.samples() / samples;
    if (function.shape().order < 2) return Jet(function.tape().constant(count, samples, 0));
    return Jet(function.laplacian().reshape(count, samples));
}

Jet curvature_product(Directions known, const FieldValues& phi, const Jet& e)
{
    const Index d = e.features();
    switch (known) {
        case Directions::axes:
            return phi.curvature * e;
        case Directions::gradient: {
            // M = a + b pp' has the trace of the Hessian, and its second derivative along p.
            const Jet &p = phi.gradient, square = norm_squared(p) + tiny;
            const Real others = std::max<Index>(d - 1, 1);
            const Jet a = (phi.laplacian - phi.curvature) / others;
            return a * e + p * ((phi.curvature - a) / square * dot(p, e));
        }
        case Directions::hessian: {
            Jet product;
            for (Index j = 0; j < d; ++j)
                product = product + affine(hessian_column(e.tape(), j, d), phi.curvature) * e[j];
            return product;
        }
        default:
            return phi.laplacian / static_cast<Real>(d) * e;
    }
}

Real viscosity_of(const Problem& problem, Index coordinate)
{
    return noise_differs(problem) ? viscosities_of(problem)(coordinate) : problem.viscosity();
}

Jet noise_times(const Problem& problem, const Jet& gradient)
{
    return noise_differs(problem) ? viscosities_of(problem) * gradient : problem.viscosity() * gradient;
}

Jet diffusion(const Problem& problem, const FieldValues& u)
{
    if (!noise_differs(problem)) return problem.viscosity() * u.laplacian;
    if (u.curvature.is_zero()) throw Error("diffusion: second derivatives in each coordinate are not at hand");
    return sum(viscosities_of(problem) * u.curvature.features(0, problem.dimension()));
}

Jet diffusion_of_logarithm(const Problem& problem, const Jet& gradient)
{
    if (!noise_differs(problem)) return problem.viscosity() * norm_squared(gradient);
    return sum(viscosities_of(problem) * square(gradient));
}

}  // namespace mfg
