#include <mfg/base/error.hpp>
#include <mfg/game/interaction.hpp>
#include <mfg/network.hpp>

namespace mfg {
namespace {

Variable coordinates_of(const Interaction& kernel, const Variable& x)
{
    return kernel.coordinates == 0 ? x : x.rows(0, kernel.coordinates);
}

/// The kernel for arrays that have no other coordinates.
Interaction all_coordinates(Interaction kernel)
{
    kernel.coordinates = 0;
    return kernel;
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
    const Variable left = vconcat({q, tape.constant(1, y.columns(), 1), dot_rows(q, q, Real(-0.5) * scale)});
    const Variable right =
        vconcat({combine({{scale, p}}), dot_rows(p, p, Real(-0.5) * scale), tape.constant(1, x.columns(), 1)});
    const Jet pairs(matmul(left, right, true));
    return sum_rows((gaussian ? exp(pairs) : reciprocal(1 + pairs)).value(), kernel.weight / y.columns());
}

Variable interaction_in_groups(const Interaction& kernel, const Variable& x, int agents)
{
    const int n = x.columns(), groups = n / agents;
    const Real g = agents;
    if (agents < 2) throw Error("interaction: a group of one agent has no others");
    const Variable p = combine({{1, coordinates_of(kernel, x)}});
    if (kernel.pairwise()) {
        // The mean over the group has an agent's cost for itself in it, k(x, x) = weight.
        VariableList parts(x.tape(), groups);
        for (int k = 0; k < groups; ++k) {
            const Variable group = p.columns(k * agents, agents);
            parts[k] = interaction_coupling(all_coordinates(kernel), group, group);
        }
        return add_number(combine({{g / (g - 1), hconcat(&parts[0], groups)}}), -kernel.weight / (g - 1));
    }
    // The distance from the mean of the others, less what the variance of that mean adds to it.
    const Variable by_group = p.reshape(p.rows() * groups, agents);
    const Variable off = add_column(by_group, sum_columns(by_group, -1 / g)).reshape(p.rows(), n);
    const Variable squares = dot_rows(off, off, kernel.weight / 2).reshape(groups, agents);
    const Variable variance = sum_columns(squares, 1 / (g - 1));
    return add_column(combine({{g * g / ((g - 1) * (g - 1)), squares}}), combine({{-1 / (g - 1), variance}}))
        .reshape(1, n);
}

Variable attraction(const Interaction& kernel, const Variable& x, const Variable& mean)
{
    const Variable p = coordinates_of(kernel, x), q = coordinates_of(kernel, mean);
    const Variable off = q.columns() == 1 ? add_column(p, combine({{-1, q}})) : combine({{1, p}, {-1, q}});
    return dot_rows(off, off, kernel.weight / 2);
}

}  // namespace mfg
