#include <mfg/base/error.hpp>
#include <mfg/game/interaction.hpp>
#include <mfg/random/random.hpp>

#include "catch.hpp"
#include "finite_differences.hpp"

using namespace mfg;

namespace {

constexpr Real weight = 1.7, width = 0.6;

/// An interaction, and the same as a function of the offset between two agents, or from the mean.
struct Case {
    std::string name;
    Interaction interaction;
    std::function<Real(const std::vector<Real>& offset)> cost;
};

Real square_norm(const std::vector<Real>& u)
{
    Real sum = 0;
    for (const Real v : u) sum += v * v;
    return sum;
}

/// Kernels and attractions, as problems have them and others, of so many coordinates (0: all).
std::vector<Case> cases(int coordinates)
{
    const auto pairs = [coordinates](std::string name, std::function<Jet(const Jet&)> kernel,
                                     std::function<Real(Real)> of_square) {
        return Case{std::move(name), Interaction::of_pairs(std::move(kernel), coordinates),
                    [of_square](const std::vector<Real>& u) { return of_square(square_norm(u)); }};
    };
    return {pairs(
                "gaussian", [](const Jet& s) { return weight * exp(-1 / (2 * width * width) * s); },
                [](Real s) { return weight * std::exp(-s / (2 * width * width)); }),
            pairs(
                "rational", [](const Jet& s) { return weight / (1 + 1 / (width * width) * s); },
                [](Real s) { return weight / (1 + s / (width * width)); }),
            pairs(
                "logarithmic", [](const Jet& s) { return log(s + 0.3) - tanh(s); },
                [](Real s) { return std::log(s + 0.3) - std::tanh(s); }),
            {"mean", Interaction::with_mean([](const Jet& u) { return weight / 2 * norm_squared(u); }, coordinates),
             [](const std::vector<Real>& u) { return weight / 2 * square_norm(u); }},
            {"quadratic form",
             Interaction::with_mean([](const Jet& u) { return square(u[0]) - 0.5 * u[0] * u[1] + 2 * square(u[1]); },
                                    coordinates),
             [](const std::vector<Real>& u) { return u[0] * u[0] - 0.5 * u[0] * u[1] + 2 * u[1] * u[1]; }}};
}

/// The coordinates that count of x_i - y_j.
std::vector<Real> offset(const Interaction& interaction, const Variable& x, int i, const Variable& y, int j)
{
    std::vector<Real> u;
    const int count = interaction.coordinates == 0 ? x.rows() : interaction.coordinates;
    for (int k = 0; k < count; ++k) u.push_back(x(k, i) - y(k, j));
    return u;
}

/// What the agents `y` mean for those at `x`, and the integrand of the cost.
Variable coupling_of(const Interaction& interaction, const Variable& x, const Variable& y)
{
    return interaction_coupling(interaction, x, population_for(interaction, y));
}
Variable cost_of(const Interaction& interaction, const Variable& x, const Variable& y)
{
    return combine({{interaction.cost_share(), coupling_of(interaction, x, y)}});
}

/// What the others of its group of `agents` columns mean to agent i, by plain loops.
Real from_others(const Case& c, const Variable& x, int agents, int i)
{
    const int first = i / agents * agents;
    Real sum = 0;
    if (c.interaction.pairwise()) {
        for (int j = first; j < first + agents; ++j)
            if (j != i) sum += c.cost(offset(c.interaction, x, i, x, j)) / (agents - 1);
        return sum;
    }
    std::vector<Real> from_mean_of_others(offset(c.interaction, x, i, x, i).size());
    for (int j = first; j < first + agents; ++j) {
        const std::vector<Real> u = offset(c.interaction, x, i, x, j);
        for (std::size_t k = 0; k < u.size(); ++k) from_mean_of_others[k] += u[k] / (agents - 1);
    }
    // The form of differences of all pairs has twice the variance.
    for (int j = first; j < first + agents; ++j)
        for (int l = first; l < j; ++l)
            sum += c.cost(offset(c.interaction, x, j, x, l)) / (agents * (agents - 1.0) * (agents - 1.0));
    return c.cost(from_mean_of_others) - sum;
}

}  // namespace

TEST_CASE("interactions are means of their kernels, or functions of the offset from the mean", "[interaction]")
{
    for (const int coordinates : {0, 2})
        for (const Case& c : cases(coordinates)) {
            INFO(c.name << ", " << coordinates << " coordinates");
            Tape tape;
            tape.begin(false);
            const std::vector<LeafValues> leaves{random_leaf(3, 4, 1), random_leaf(3, 5, 2)};
            const Variables v = tape_leaves(tape, leaves);
            const Variable &x = v[0], &y = v[1], mean = sum_columns(y, 0.2);
            const Variable coupling = coupling_of(c.interaction, x, y), cost = cost_of(c.interaction, x, y);
            for (int i = 0; i < 4; ++i) {
                Real expected = 0;
                for (int j = 0; j < 5; ++j) expected += c.cost(offset(c.interaction, x, i, y, j)) / 5;
                if (!c.interaction.pairwise()) expected = c.cost(offset(c.interaction, x, i, mean, 0));
                CHECK_THAT(coupling(0, i), WithinAbs(expected, 1e-13));
                CHECK_THAT(cost(0, i), WithinAbs(c.interaction.pairwise() ? expected / 2 : expected, 1e-13));
            }
            if (c.interaction.pairwise()) continue;
            // One mean for each agent.
            const Variable repeated = tape.constant(3, 4);
            for (int k = 0; k < 3; ++k) std::fill_n(repeated.write_row(k), 4, mean(k, 0));
            const Variable each = interaction_coupling(c.interaction, x, repeated);
            for (int i = 0; i < 4; ++i) CHECK_THAT(each(0, i), WithinAbs(coupling(0, i), 1e-13));
        }
}

TEST_CASE("an attraction may be zero, and must be one number", "[interaction]")
{
    Tape tape;
    tape.begin(false);
    const Variable x = tape.constant(2, 3, 1), mean = tape.constant(2, 1, 0);
    const Variable none = interaction_coupling(Interaction::with_mean([](const Jet&) { return Jet{}; }), x, mean);
    for (int i = 0; i < 3; ++i) CHECK(none(0, i) == 0);
    CHECK_THAT(message_of<Error>(
                   [&] { interaction_coupling(Interaction::with_mean([](const Jet& u) { return u; }), x, mean); }),
               ContainsSubstring("one number for each agent"));
}

TEST_CASE("interactions have derivatives in all agents", "[interaction]")
{
    for (const Case& c : cases(2)) {
        INFO(c.name);
        const std::vector<LeafValues> leaves{random_leaf(3, 4, 3), random_leaf(3, 5, 4)};
        CHECK(gradient_error([&](Tape&, const Variables& v) { return coupling_of(c.interaction, v[0], v[1]); },
                             leaves) < 1e-8);
        if (c.interaction.pairwise()) continue;
        CHECK(gradient_error([&](Tape&, const Variables& v) { return interaction_coupling(c.interaction, v[0], v[1]); },
                             {random_leaf(3, 4, 5), random_leaf(3, 4, 6)}) < 1e-8);
    }
}

TEST_CASE("couplings are variational derivatives of the common cost", "[interaction]")
{
    // Of n agents that are the population themselves, n times the derivative of the common cost in the place of one of
    // them is the slope of what that one decides by.
    for (const Case& c : cases(0)) {
        INFO(c.name);
        constexpr int d = 2, n = 6;
        const LeafValues agents = random_leaf(d, n, 7);
        const auto slopes = [&](bool common) {
            Tape tape;
            tape.begin(true);
            std::vector<Real> gradient(agents.numbers.size(), 0);
            const Variable x = tape.leaf(agents.numbers.data(), gradient.data(), d, n);
            const Variable others = tape.constant_view(agents.numbers.data(), d, n);
            const Variable paid = common ? cost_of(c.interaction, x, x) : coupling_of(c.interaction, x, others);
            std::fill_n(tape.adjoint(paid), n, 1);
            tape.reverse();
            return gradient;
        };
        const std::vector<Real> common = slopes(true), own = slopes(false);
        for (std::size_t i = 0; i < common.size(); ++i) CHECK_THAT(common[i], WithinAbs(own[i], 1e-12));
    }
}

TEST_CASE("in groups agents feel the others alone", "[interaction]")
{
    for (const int coordinates : {0, 2})
        for (const Case& c : cases(coordinates))
            for (const int agents : {2, 3, 12}) {
                INFO(c.name << ", " << coordinates << " coordinates, groups of " << agents);
                const Interaction& interaction = c.interaction;
                const std::vector<LeafValues> leaves{random_leaf(3, 12, 11)};
                Tape tape;
                tape.begin(false);
                const Variable x = tape_leaves(tape, leaves)[0], found = interaction_in_groups(interaction, x, agents);
                REQUIRE(found.rows() == 1);
                REQUIRE(found.columns() == 12);
                for (int i = 0; i < 12; ++i) CHECK_THAT(found(0, i), WithinAbs(from_others(c, x, agents, i), 1e-13));
                // Also of positions that are part of a larger array, as in samples.
                CHECK(gradient_error(
                          [&](Tape&, const Variables& v) { return interaction_in_groups(interaction, v[0], agents); },
                          leaves) < 1e-8);
                CHECK(gradient_error(
                          [&](Tape&, const Variables& v) {
                              return interaction_in_groups(interaction, v[0].rows(1, 3).columns(1, 12), agents);
                          },
                          {random_leaf(5, 14, 12)}) < 1e-8);
            }
    Tape tape;
    tape.begin(false);
    for (const Case& c : cases(0)) {
        CHECK_THAT(message_of<Error>([&] { interaction_in_groups(c.interaction, tape.constant(2, 4, 0), 1); }),
                   ContainsSubstring("a group of one agent has no others"));
        CHECK_THAT(message_of<Error>([&] { interaction_in_groups(c.interaction, tape.constant(2, 4, 0), 3); }),
                   ContainsSubstring("not whole groups of 3"));
    }
}

TEST_CASE("means over groups have no bias, however small these are", "[interaction]")
{
    constexpr int groups = 4000;
    constexpr Real deviation = 0.7, shift = 2;
    // x - y is normal with variance 2 deviation^2 in each coordinate.
    constexpr Real c = 2 * deviation * deviation / (width * width);
    const Real rational =
        weight / 2 * std::sqrt(std::acos(Real(-1)) / (2 * c)) * std::exp(1 / (2 * c)) * std::erfc(1 / std::sqrt(2 * c));
    const std::pair<Case, Real> laws[] = {{cases(2)[0], weight / 2 / (1 + c)},
                                          {cases(1)[1], rational},
                                          {cases(2)[3], weight / 2 * 2 * deviation * deviation},
                                          {cases(2)[4], 3 * deviation * deviation}};
    for (const int agents : {2, 4})
        for (const auto& [setting, law] : laws) {
            INFO(setting.name << ", groups of " << agents);
            const Interaction& interaction = setting.interaction;
            Tape tape;
            tape.begin(false);
            const Variable x = tape.constant(2, groups * agents);
            for (int i = 0; i < x.columns(); ++i) {
                Real normal[2];
                RandomStream(3, "agents").normal(static_cast<std::uint64_t>(i), 2, normal);
                for (int k = 0; k < 2; ++k) x.write_row(k)[i] = shift + deviation * normal[k];
            }
            const Variable coupling = interaction_in_groups(interaction, x, agents);
            Real mean = 0, square = 0;
            for (int k = 0; k < groups; ++k) {
                Real paid = 0;
                for (int i = 0; i < agents; ++i)
                    paid += interaction.cost_share() * coupling(0, k * agents + i) / agents;
                mean += paid / groups;
                square += paid * paid / groups;
            }
            const Real standard_error = std::sqrt((square - mean * mean) / groups);
            CHECK(std::abs(mean - law) < 4 * standard_error);
            // An agent that counts for itself, or a mean of the whole group, would be seen.
            const Real biased =
                interaction.pairwise() ? law + (weight / 2 - law) / agents : law * (agents - 1) / agents;
            CHECK(std::abs(biased - law) > 8 * standard_error);
        }
}
