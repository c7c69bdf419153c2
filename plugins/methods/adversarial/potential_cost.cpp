#include "potential_cost.hpp"
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>

#include <algorithm>

namespace mfg {
namespace {

/// The columns of `a`, `nodes` times.
Variable repeated(const Variable& a, int nodes)
{
    const int n = a.columns();
    const Variable all = a.tape().constant(a.rows(), nodes * n);
    for (int i = 0; i < a.rows(); ++i)
        for (int k = 0; k < nodes; ++k) std::copy_n(a.row(i), n, all.write_row(i) + Index{k} * n);
    return all;
}

}  // namespace

GaussLaguerre gauss_laguerre(int count)
{
    if (count < 1 || count > 32) throw Error("quadrature: a Gauss-Laguerre rule here has between 1 and 32 nodes");
    // Golub and Welsch (1969): the nodes are the eigenvalues of the matrix of the recurrence between the orthonormal
    // polynomials, and the first components of the eigenvectors are the square roots of the weights.
    Matrix recurrence = make_matrix(count, count);
    for (int k = 0; k < count; ++k) {
        recurrence(k, k) = 2 * k + 1;
        if (k > 0) recurrence(k, k - 1) = k;
    }
    const auto [values, vectors] = linalg::eigh(recurrence);
    GaussLaguerre rule{values, make_vector(count)};
    for (int k = 0; k < count; ++k) rule.weights(k) = vectors(0, k) * vectors(0, k);
    return rule;
}

Variable PotentialCost::integrand(const Variable& x, const Jet& t, const Variable& w) const
{
    Tape& tape = w.tape();
    const int n = w.columns();
    if (weight_ == 0) return {};
    const Jet here = cost_formula(game_, part_, {Jet(x), t, Jet::coordinates(w, JetShape{1, 1, 1})});
    if (here.is_zero()) return {};
    // A cost that does not see the density is its own potential.
    if (coupling_ == Coupling::potential || here.shape().order == 0)
        return multiply(here.value(), tape.constant(1, 1, weight_));
    const Variable below = tape.constant(nodes, 1), weights = tape.constant(nodes, 1);
    for (int k = 0; k < nodes; ++k) {
        below.write()[k] = -rule_.nodes(k);
        weights.write()[k] = weight_ * rule_.weights(k);
    }
    const Variable lower = add_column(matmul(tape.constant(nodes, 1, 1), w), below).reshape(1, nodes * n);
    const Jet times = t.is_zero() ? Jet{} : Jet(repeated(t.value(), nodes));
    const Variable f = cost_formula(game_, part_, {Jet(repeated(x, nodes)), times, Jet(lower)}).value();
    return matmul(weights, f.reshape(nodes, n), true);
}

PotentialCost::Derivatives PotentialCost::derivatives(const Variable& x, const Jet& t, const Variable& w) const
{
    if (weight_ == 0) return {};
    const Jet c = cost_formula(game_, part_, {Jet(x), t, Jet::coordinates(w, JetShape{2, 1, 1})});
    if (c.is_zero()) return {};
    const Variable zero = w.tape().constant(1, w.columns(), 0);
    const bool depends = c.shape().order > 0;
    const Variable first = depends ? c.derivative(0) : zero, second = depends ? c.laplacian() : zero;
    if (coupling_ == Coupling::game) return {combine({{weight_, c.value()}}), combine({{weight_, first}})};
    return {combine({{weight_, c.value()}, {weight_, first}}), combine({{weight_, first}, {weight_, second}})};
}

}  // namespace mfg
