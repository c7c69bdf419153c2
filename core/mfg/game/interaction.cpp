#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/game/interaction.hpp>
#include <mfg/network.hpp>

namespace mfg {
namespace {

Variable coordinates_of(const Interaction& interaction, const Variable& x)
{
    return interaction.coordinates == 0 ? x : x.rows(0, interaction.coordinates);
}

/// k of all pairs of columns of q `[d x m]` and p `[d x n]`, `[m x n]`.
Jet kernel_of_pairs(const Interaction& interaction, const Variable& q, const Variable& p)
{
    Tape& tape = p.tape();
    // |p - q|^2 for all pairs is one product.
    const Variable left = vconcat({q, tape.constant(1, q.columns(), 1), dot_rows(q, q)});
    const Variable right = vconcat({combine({{-2, p}}), dot_rows(p, p), tape.constant(1, p.columns(), 1)});
    return interaction.kernel(Jet(matmul(left, right, true)));
}

Variable attraction_of(const Interaction& interaction, const Variable& offset)
{
    const Jet cost = interaction.attraction(Jet(offset));
    if (cost.is_zero()) return offset.tape().constant(1, offset.columns(), 0);
    if (cost.features() != 1) throw Error("problem: the attraction to the mean must be one number for each agent");
    return cost.value();
}

}  // namespace

Variable population_for(const Interaction& interaction, const Variable& sample)
{
    return interaction.pairwise() ? sample : sum_columns(sample, Real(1) / sample.columns());
}

Matrix population_for(const Interaction& interaction, const Matrix& points)
{
    if (interaction.pairwise()) return linalg::transpose(points);
    Matrix mean = make_matrix(columns(points), 1);
    for (Index i = 0; i < rows(points); ++i)
        for (Index k = 0; k < columns(points); ++k) mean(k, 0) += points(i, k) / static_cast<Real>(rows(points));
    return mean;
}

Variable interaction_coupling(const Interaction& interaction, const Variable& x, const Variable& y)
{
    const Variable p = coordinates_of(interaction, x), q = coordinates_of(interaction, y);
    if (interaction.pairwise()) return sum_rows(kernel_of_pairs(interaction, q, p).value(), Real(1) / y.columns());
    const bool one_mean = q.columns() == 1;
    return attraction_of(interaction, one_mean ? add_column(p, combine({{-1, q}})) : combine({{1, p}, {-1, q}}));
}

Variable interaction_in_groups(const Interaction& interaction, const Variable& x, int agents)
{
    if (agents < 2) throw Error("interaction: a group of one agent has no others");
    const int n = x.columns(), groups = n / agents;
    if (groups * agents != n)
        throw Error("interaction: " + std::to_string(n) + " agents are not whole groups of " + std::to_string(agents));
    Tape& tape = x.tape();
    const Real g = agents;
    const Variable p = combine({{1, coordinates_of(interaction, x)}});
    if (interaction.pairwise()) {
        // The mean over the group has an agent's cost for itself in it, k(0).
        VariableList parts(tape, groups);
        for (int k = 0; k < groups; ++k) {
            const Variable group = p.columns(k * agents, agents);
            parts[k] = sum_rows(kernel_of_pairs(interaction, group, group).value(), 1 / g);
        }
        const Real own = interaction.kernel(Jet(tape.constant(1, 1, 0))).value()(0, 0);
        return add_number(combine({{g / (g - 1), hconcat(&parts[0], groups)}}), -own / (g - 1));
    }
    // The cost of the offset from the mean of the others, less what the variance of that mean adds to a quadratic form.
    const Variable by_group = p.reshape(p.rows() * groups, agents);
    const Variable offset = add_column(by_group, sum_columns(by_group, -1 / g)).reshape(p.rows(), n);
    const Variable costs = attraction_of(interaction, offset).reshape(groups, agents);
    const Variable variance = sum_columns(costs, 1 / (g - 1));
    return add_column(combine({{g * g / ((g - 1) * (g - 1)), costs}}), combine({{-1 / (g - 1), variance}}))
        .reshape(1, n);
}

}  // namespace mfg
