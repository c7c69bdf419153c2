#pragma once
#include <mfg/fields.hpp>
#include <mfg/problem.hpp>

namespace mfg {

/// Second derivatives of unknown functions beyond the Laplacian (docs/equations.md, "Hamiltonians"). What equations
/// need of them follows from the Hamiltonian and the noise: with isotropic ones nothing, else second derivatives along
/// a few directions at each point: the axes; the gradient; or all that make up the Hessian.

/// Which directions.
enum class Directions { none, axes, gradient, hessian };
MFG_API Directions directions_of(HamiltonianForm form);
/// For the value function and the density of a problem.
MFG_API Directions value_directions(const Problem& problem);
MFG_API Directions density_directions(const Problem& problem);
/// How many second derivatives a point has.
MFG_API Index count_of(Directions directions, Index dimension);

/// Points `[coordinates x n]`, once for each direction, as a jet along them, `[coordinates x count n]`: the Laplacian
/// of a function of it goes into `curvature_from`. `gradient` is that of the function, d features, and needed for
/// directions of that kind; derivatives flow to it. A zero jet where there are no directions.
MFG_API Jet points_along(Directions directions, const Variable& points, Index dimension, const Jet& gradient);
/// FieldValues::curvature, `[count x n]`, from a function of such points.
MFG_API Jet curvature_from(const Jet& function, Index samples);

/// Adds the curvature to what is known of a function at points, which is evaluated once more where there are
/// directions: `function` takes a jet of points to one of the function.
template <class Function>
void add_curvature(FieldValues& known, Directions directions, const Variable& points, Index dimension,
                   const Function& function)
{
    const Jet along = points_along(directions, points, dimension, known.gradient);
    if (!along.is_zero()) known.curvature = curvature_from(function(along), points.columns());
}

/// M e for e of d features: M is a symmetric matrix at each point, made of the second derivatives that are at hand, and
/// the trace of H_pp M is that of H_pp times the Hessian of phi for all H_pp of a form that needs no others.
MFG_API Jet curvature_product(Directions known, const FieldValues& phi, const Jet& e);

/// nu of a coordinate.
MFG_API Real viscosity_of(const Problem& problem, Index coordinate);
/// nu grad u, or nu_k d_k u in each coordinate.
MFG_API Jet noise_times(const Problem& problem, const Jet& gradient);
/// nu Lap u, or sum_k nu_k d_kk u where coordinates differ.
MFG_API Jet diffusion(const Problem& problem, const FieldValues& u);
/// nu |grad u|^2, or sum_k nu_k (d_k u)^2.
MFG_API Jet diffusion_of_logarithm(const Problem& problem, const Jet& gradient);

}  // namespace mfg
