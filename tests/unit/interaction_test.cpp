#include <mfg/base/error.hpp>
#include <mfg/game/interaction.hpp>
#include <mfg/random/random.hpp>

#include "catch.hpp"
#include "finite_differences.hpp"

using namespace mfg;

namespace {

using Kernel = Interaction::Kernel;

Real square_distance(const Variable& x, int i, const Variable& y, int j, int coordinates)
{
    Real sum = 0;
    for (int k = 0; k < coordinates; ++k) sum += (x(k, i) - y(k, j)) * (x(k, i) - y(k, j));
    return sum;
}

/// A pair's cost, one agent's for itself among them.
Real pair_cost(const Interaction& settings, Real square)
{
    const Real r = square / (settings.width * settings.width);
    return settings.weight * (settings.kernel == Kernel::gaussian ? std::exp(-r / 2) : 1 / (1 + r));
}

/// What the others of its group of `agents` columns mean to agent i, by plain loops.
Real from_others(const Interaction& settings, const Variable& x, int agents, int i)
{
    const int d = settings.coordinates == 0 ? x.rows() : settings.coordinates, first = i / agents * agents;
    if (settings.pairwise()) {
        Real sum = 0;
        for (int j = first; j < first + agents; ++j)
            if (j != i) sum += pair_cost(settings, square_distance(x, i, x, j, d)) / (agents - 1);
        return sum;
    }
    Real square = 0, variance = 0;
    for (int k = 0; k < d; ++k) {
        Real sum = 0;
        for (int j = first; j < first + agents; ++j) sum += x(k, j);
        const Real off = x(k, i) - (sum - x(k, i)) / (agents - 1);
        square += off * off;
        for (int j = first; j < first + agents; ++j)
            variance += (x(k, j) - sum / agents) * (x(k, j) - sum / agents) / (agents - 1);
    }
    return settings.weight / 2 * (square - variance / (agents - 1));
}

}  // namespace

TEST_CASE("interactions are means of their kernels", "[interaction]")
{
    const Real weight = 1.7, width = 0.6;
    for (const int coordinates : {0, 2}) {
        Tape tape;
        tape.begin(false);
        const std::vector<LeafValues> leaves{random_leaf(3, 4, 1), random_leaf(3, 5, 2)};
        const Variables variables = tape_leaves(tape, leaves);
        const Variable &x = variables[0], &y = variables[1];
        const int count = coordinates == 0 ? 3 : coordinates;
        for (const Kernel kernel : {Kernel::gaussian, Kernel::rational}) {
            const Interaction pairs{weight, width, coordinates, kernel};
            const Variable cost = interaction_cost(pairs, x, y), coupling = interaction_coupling(pairs, x, y);
            for (int i = 0; i < 4; ++i) {
                Real mean = 0;
                for (int j = 0; j < 5; ++j) mean += pair_cost(pairs, square_distance(x, i, y, j, count)) / 5;
                CHECK_THAT(coupling(0, i), WithinAbs(mean, 1e-13));
                CHECK_THAT(cost(0, i), WithinAbs(mean / 2, 1e-13));
            }
        }
        const Interaction attracted{weight, width, coordinates, Kernel::mean};
        const Variable mean = sum_columns(y, 0.2), repeated = tape.constant(3, 4);
        for (int k = 0; k < 3; ++k) std::fill_n(repeated.write_row(k), 4, mean(k, 0));
        for (const Variable& found : {interaction_cost(attracted, x, y), interaction_coupling(attracted, x, y),
                                      attraction(attracted, x, mean), attraction(attracted, x, repeated)})
            for (int i = 0; i < 4; ++i)
                CHECK_THAT(found(0, i), WithinAbs(weight / 2 * square_distance(x, i, mean, 0, count), 1e-13));
    }
}

TEST_CASE("interactions have derivatives in all agents", "[interaction]")
{
    for (const Kernel kernel : {Kernel::gaussian, Kernel::rational, Kernel::mean}) {
        const Interaction settings{0.8, 0.7, 2, kernel};
        const std::vector<LeafValues> leaves{random_leaf(3, 4, 3), random_leaf(3, 5, 4)};
        CHECK(gradient_error([&](Tape&, const Variables& v) { return interaction_coupling(settings, v[0], v[1]); },
                             leaves) < 1e-8);
        CHECK(gradient_error([&](Tape&, const Variables& v) { return interaction_cost(settings, v[0], v[1]); },
                             leaves) < 1e-8);
    }
    const Interaction attracted{0.8, 1, 0, Kernel::mean};
    CHECK(gradient_error([&](Tape&, const Variables& v) { return attraction(attracted, v[0], v[1]); },
                         {random_leaf(3, 4, 5), random_leaf(3, 4, 6)}) < 1e-8);
}

TEST_CASE("couplings are variational derivatives of the common cost", "[interaction]")
{
    // Of n agents that are the population themselves, n times the derivative of the common cost in the place of one of
    // them is the slope of what that one decides by.
    for (const Kernel kernel : {Kernel::gaussian, Kernel::rational, Kernel::mean}) {
        const Interaction settings{1.3, 0.9, 0, kernel};
        constexpr int d = 2, n = 6;
        const LeafValues agents = random_leaf(d, n, 7);
        const auto slopes = [&](bool common) {
            Tape tape;
            tape.begin(true);
            std::vector<Real> gradient(agents.numbers.size(), 0);
            const Variable x = tape.leaf(agents.numbers.data(), gradient.data(), d, n);
            const Variable others = tape.constant_view(agents.numbers.data(), d, n);
            const Variable paid = common ? interaction_cost(settings, x, x) : interaction_coupling(settings, x, others);
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
    for (const Kernel kernel : {Kernel::gaussian, Kernel::rational, Kernel::mean})
        for (const int coordinates : {0, 2})
            for (const int agents : {2, 3, 12}) {
                INFO("kernel " << static_cast<int>(kernel) << ", " << coordinates << " coordinates, groups of "
                               << agents);
                const Interaction settings{1.7, 0.6, coordinates, kernel};
                const std::vector<LeafValues> leaves{random_leaf(3, 12, 11)};
                Tape tape;
                tape.begin(false);
                const Variable x = tape_leaves(tape, leaves)[0], found = interaction_in_groups(settings, x, agents);
                REQUIRE(found.rows() == 1);
                REQUIRE(found.columns() == 12);
                for (int i = 0; i < 12; ++i)
                    CHECK_THAT(found(0, i), WithinAbs(from_others(settings, x, agents, i), 1e-13));
                // Also of positions that are part of a larger array, as in samples.
                CHECK(gradient_error(
                          [&](Tape&, const Variables& v) { return interaction_in_groups(settings, v[0], agents); },
                          leaves) < 1e-8);
                CHECK(gradient_error(
                          [&](Tape&, const Variables& v) {
                              return interaction_in_groups(settings, v[0].rows(1, 3).columns(1, 12), agents);
                          },
                          {random_leaf(5, 14, 12)}) < 1e-8);
            }
    Tape tape;
    tape.begin(false);
    for (const Kernel kernel : {Kernel::gaussian, Kernel::mean})
        CHECK_THAT(message_of<Error>([&] {
                       interaction_in_groups({1, 1, 0, kernel}, tape.constant(2, 4, 0), 1);
                   }),
                   ContainsSubstring("a group of one agent has no others"));
}

TEST_CASE("means over groups have no bias, however small these are", "[interaction]")
{
    constexpr int groups = 4000;
    constexpr Real weight = 1.3, width = 0.8, deviation = 0.7, shift = 2;
    for (const int agents : {2, 4})
        for (const Kernel kernel : {Kernel::gaussian, Kernel::rational, Kernel::mean}) {
            INFO("kernel " << static_cast<int>(kernel) << ", groups of " << agents);
            const Interaction settings{weight, width, kernel == Kernel::rational ? 1 : 2, kernel};
            Tape tape;
            tape.begin(false);
            const Variable x = tape.constant(2, groups * agents);
            for (int i = 0; i < x.columns(); ++i) {
                Real normal[2];
                RandomStream(3, "agents").normal(static_cast<std::uint64_t>(i), 2, normal);
                for (int k = 0; k < 2; ++k) x.write_row(k)[i] = shift + deviation * normal[k];
            }
            const Variable coupling = interaction_in_groups(settings, x, agents);
            Real mean = 0, square = 0;
            for (int k = 0; k < groups; ++k) {
                Real paid = 0;
                for (int i = 0; i < agents; ++i) paid += settings.cost_share() * coupling(0, k * agents + i) / agents;
                mean += paid / groups;
                square += paid * paid / groups;
            }
            const Real standard_error = std::sqrt((square - mean * mean) / groups);
            // x - y is normal with variance 2 deviation^2 in each coordinate.
            const Real c = 2 * deviation * deviation / (width * width);
            const Real law = kernel == Kernel::gaussian   ? weight / 2 / (1 + c)
                             : kernel == Kernel::rational ? weight / 2 * std::sqrt(std::acos(Real(-1)) / (2 * c)) *
                                                                std::exp(1 / (2 * c)) * std::erfc(1 / std::sqrt(2 * c))
                                                          : weight / 2 * 2 * deviation * deviation;
            CHECK(std::abs(mean - law) < 4 * standard_error);
            // An agent that counts for itself, or a mean of the whole group, would be seen.
            const Real biased =
                kernel == Kernel::mean ? law * (agents - 1) / agents : law + (weight / 2 - law) / agents;
            CHECK(std::abs(biased - law) > 8 * standard_error);
        }
}
