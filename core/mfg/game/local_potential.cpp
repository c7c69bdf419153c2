#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/game/local_potential.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace mfg {
namespace {

/// The rule for functions that are linear in log s: exact, since the mean of log s is -1.
UnitIntervalRule logarithmic_rule()
{
    return {make_vector(1, -1), make_vector(1, 1)};
}

/// C by a rule; `of_sizes`: the integral of |c|.
Variable integral(const MeanFieldGame& game, CostPart part, const UnitIntervalRule& rule, const Variable& x,
                  const Jet& t, const Variable& w, bool of_sizes = false)
{
    Variable sum;
    for (Index k = 0; k < length(rule.weights); ++k) {
        const Variable c = cost_formula(game, part, {Jet(x), t, Jet(add_number(w, rule.log_nodes(k)))}).value();
        sum = combine({{1, sum}, {rule.weights(k), of_sizes ? absolute(c) : c}});
    }
    return sum;
}

/// States at which rules are compared: points of the initial law at some times, and a range of densities for each.
struct Probes {
    explicit Probes(const MeanFieldGame& game)
    {
        constexpr int points = 4, times = 2, densities = 7;
        constexpr Real widest = 12;
        const Density& law = game.initial_density();
        const Matrix starts = law.sample(RandomStream(1, "potential"), points);
        const Vector initial = law.singular() ? make_vector(points) : log_density_at(law, starts);
        x = make_matrix(game.dimension(), points * times * densities);
        t = make_matrix(1, columns(x));
        w = t;
        for (Index i = 0; i < columns(x); ++i) {
            const Index point = i % points, time = i / points % times, density = i / (points * times);
            for (Index k = 0; k < rows(x); ++k) x(k, i) = starts(point, k);
            t(0, i) = game.horizon() * static_cast<Real>(time + 1) / times;
            w(0, i) = initial(point) + widest * (2 * static_cast<Real>(density) / (densities - 1) - 1);
        }
    }
    Matrix x, t, w;
};

/// The smallest rule that is accurate for a cost.
UnitIntervalRule accurate_rule(const MeanFieldGame& game, CostPart part)
{
    constexpr Real accuracy = 1e-11;
    constexpr int fewest = 8, most = 128;
    const Probes probes(game);
    const auto values = [&](const UnitIntervalRule& rule, bool of_sizes = false) {
        const KeptTape kept;
        Tape& tape = *kept;
        tape.begin(false);
        const Index n = columns(probes.x);
        const Variable x = tape.constant_view(probes.x.data(), rows(probes.x), n);
        const Jet t = game.stationary() ? Jet{} : Jet(tape.constant_view(probes.t.data(), 1, n));
        const Variable c = integral(game, part, rule, x, t, tape.constant_view(probes.w.data(), 1, n), of_sizes);
        Vector found = make_vector(n);
        std::copy_n(c.data(), n, found.begin());
        return found;
    };
    static const UnitIntervalRule finest = graded_rule(2 * most), coarsest = graded_rule(fewest);
    const Vector exact = values(finest), sizes = values(coarsest, true);
    const auto is_accurate = [&](const UnitIntervalRule& rule) {
        const Vector found = values(rule);
        for (Index i = 0; i < length(found); ++i)
            if (!(std::abs(found(i) - exact(i)) <= accuracy * sizes(i))) return false;
        return true;
    };
    UnitIntervalRule rule = logarithmic_rule();
    if (is_accurate(rule)) return rule;
    for (int count = fewest; count <= most; count *= 2)
        if (is_accurate(rule = graded_rule(count))) return rule;
    throw UnsupportedProblem(
        std::string("game: the integral of the ") + (part == CostPart::running ? "running" : "terminal") +
        " cost over densities from 0 on, which is its potential, cannot be computed to 11 digits: as a function of the "
        "density the cost is too steep or has no integral; take a method that solves the equations of the game");
}

}  // namespace

UnitIntervalRule graded_rule(int count)
{
    if (count < 2 || count > 512) throw Error("quadrature: a rule here has between 2 and 512 nodes");
    // Golub and Welsch (1969): the nodes are the eigenvalues of the matrix of the recurrence between the orthonormal
    // polynomials, and the first components of the eigenvectors are the square roots of the weights.
    Matrix recurrence = make_matrix(count, count);
    for (int k = 1; k < count; ++k) recurrence(k, k - 1) = k / std::sqrt(4 * Real(k) * k - 1);
    const auto [values, vectors] = linalg::eigh(recurrence);
    UnitIntervalRule rule{make_vector(count), make_vector(count)};
    for (int k = 0; k < count; ++k) {
        const Real root = (1 + values(k)) / 2;  // of fourth order: s = root^4
        rule.log_nodes(k) = 4 * std::log(root);
        rule.weights(k) = 4 * root * root * root * vectors(0, k) * vectors(0, k);
    }
    return rule;
}

LocalPotential::LocalPotential(const MeanFieldGame& game, Coupling coupling, CostPart part)
    : game_(game), coupling_(coupling), part_(part), rule_{make_vector(0), make_vector(0)}
{
    if (coupling == Coupling::game && depends_on_density(game, part)) rule_ = accurate_rule(game, part);
}

CostAndCoupling LocalPotential::costs(const Variable& x, const Jet& t, const Variable& w) const
{
    CostAndCoupling found = local_cost(game_, coupling_, part_, x, t, w);
    if (!is_the_cost()) found.cost = integrand(x, t, w);
    return found;
}

Variable LocalPotential::integrand(const Variable& x, const Jet& t, const Variable& w) const
{
    if (!is_the_cost()) return integral(game_, part_, rule_, x, t, w);
    const Jet c = cost_formula(game_, part_, {Jet(x), t, Jet(w)});
    return c.is_zero() ? Variable{} : c.value();
}

LocalPotential::Derivatives LocalPotential::derivatives(const Variable& x, const Jet& t, const Variable& w) const
{
    const Jet c = cost_formula(game_, part_, {Jet(x), t, Jet::coordinates(w, JetShape{2, 1, 1})});
    if (c.is_zero()) return {};
    const Variable zero = w.tape().constant(1, w.columns(), 0);
    const bool depends = c.shape().order > 0;
    const Variable first = depends ? c.derivative(0) : zero, second = depends ? c.laplacian() : zero;
    if (coupling_ == Coupling::game) return {c.value(), c.value(), first};
    return {c.value(), combine({{1, c.value()}, {1, first}}), combine({{1, first}, {1, second}})};
}

}  // namespace mfg
