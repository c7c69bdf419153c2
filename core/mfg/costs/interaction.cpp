#include <mfg/costs/interaction.hpp>

namespace mfg {
namespace {

Variable coordinates_of(const Interaction& kernel, const Variable& x)
{
    return kernel.coordinates == 0 ? x : x.rows(0, kernel.coordinates);
}

}  // namespace

Variable interaction_cost(const Interaction& kernel, const Variable& x, const Variable& y)
{
    return combine({{kernel.cost_share(), interaction_coupling(kernel, x, y)}});
}

Variable interaction_coupling(const Interaction& kernel, const Variable& x, const Variable& y)
{
    if (!kernel.pairwise()) return attraction(kernel, x, sum_columns(y, Real(1) / y.columns()));
    Tape& tape = x.tape();
    const bool gaussian = kernel.kernel == Interaction::Kernel::gaussian;
    const Real scale = (gaussian ? 1 : -2) / (kernel.width * kernel.width);
    const Variable p = coordinates_of(kernel, x), q = coordinates_of(kernel, y);
    // -|p - q|^2 / (2 width^2), or |p - q|^2 / width^2, for all pairs is one product.
    const Variable left = stack({q, tape.constant(1, y.columns(), 1), dot_rows(q, q, Real(-0.5) * scale)});
    const Variable right =
        stack({combine({{scale, p}}), dot_rows(p, p, Real(-0.5) * scale), tape.constant(1, x.columns(), 1)});
    const Jet pairs(matmul(left, right, true));
    return sum_rows((gaussian ? exp(pairs) : reciprocal(1 + pairs)).value(), kernel.weight / y.columns());
}

Variable attraction(const Interaction& kernel, const Variable& x, const Variable& mean)
{
    const Variable p = coordinates_of(kernel, x), q = coordinates_of(kernel, mean);
    const Variable off = q.columns() == 1 ? add_column(p, combine({{-1, q}})) : combine({{1, p}, {-1, q}});
    return dot_rows(off, off, kernel.weight / 2);
}

}  // namespace mfg
