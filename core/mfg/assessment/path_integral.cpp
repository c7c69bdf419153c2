#include <mfg/assessment/path_integral.hpp>
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/game/simulation.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace mfg {

PathIntegral::PathIntegral(const Solution& solution, const AgentCosts& first, const AgentCosts& second, int steps,
                           int paths, const RandomStream& stream)
    : solution_(solution),
      first_(first),
      second_(second),
      first_others_(solution, steps, stream.part("first")),
      second_others_(solution, steps, stream.part("second")),
      steps_(steps),
      paths_(paths)
{
}

ResponseCostsOfBoth PathIntegral::operator()(const Vector& parameters, const Matrix& starts,
                                             const RandomStream& noise) const
{
    const MeanFieldGame& game = *solution_.problem().mean_field_game();
    const Index n = rows(starts) * static_cast<Index>(paths_), d = columns(starts);
    const bool time = !game.stationary();
    const Real h = playing_time(game) / steps_;
    Vector spreads = make_vector(d);
    for (Index k = 0; k < d; ++k) spreads(k) = std::sqrt(2 * viscosity_of(game, k) * h);
    const Real temperature = 2 * game.viscosity() * game.weights().transport;
    const bool transformed = is_standard(game) && game.viscosities().size() == 0;
    const bool sees = game.hamiltonian_traits().depends_on_density;
    Matrix x = make_matrix(n, d);
    for (Index i = 0; i < n; ++i) std::copy_n(&starts(i / paths_, 0), d, &x(i, 0));

    // Velocity, phi, and f - R or, at the end, g - phi, with both laws.
    const auto rates = [&](int k, bool end) {
        return map_points(with_time(game, x, h * k), d + 3, [&](Tape& tape, const Variable& in) {
            const auto fields = [&](const Solution& solution, const Vector& of, int order) {
                return solution.evaluate(tape, solution.layout().variables(tape, of.data(), nullptr), in, order,
                                         order == 0 ? Solution::Part::values : solution.control_part());
            };
            const Fields f = fields(solution_, parameters, end ? 0 : 2);
            const FieldValues& phi = f.unknowns[0].values;
            const Variable value = phi.value.value();
            if (end) {
                const Variable nothing = tape.constant(d, in.columns());
                if (time)
                    return vconcat({nothing, value, combine({{1, first_.terminal(tape, in)}, {-1, value}}),
                                    combine({{1, second_.terminal(tape, in)}, {-1, value}})});
                const Variable left = fields(solution_, solution_.parameters(), 0).unknowns[0].values.value.value();
                const Variable due = combine({{1, left}, {-1, value}});
                return vconcat({nothing, value, due, due});
            }
            if (!sees) {
                const Hamiltonian hamiltonian(game, f, {});
                const Variable residual = hamilton_jacobi(game, hamiltonian, phi).value();
                return vconcat({hamiltonian.velocity(phi.gradient).value(), value,
                                combine({{1, first_.running(tape, in, first_others_, k)}, {-1, residual}}),
                                combine({{1, second_.running(tape, in, second_others_, k)}, {-1, residual}})});
            }
            const Jet velocity = solution_.velocity(f);
            const auto rate = [&](const AgentCosts& costs, const PopulationSample& others) {
                const Hamiltonian hamiltonian = costs.hamiltonian(in);
                return combine({{1, costs.running(tape, in, others, k)},
                                {-1, hamilton_jacobi(game, hamiltonian, phi).value()},
                                {1, hamiltonian.excess_cost(velocity, phi.gradient).value()}});
            };
            return vconcat({velocity.value(), value, rate(first_, first_others_), rate(second_, second_others_)});
        });
    };
    std::array<Vector, 2> sums{make_vector(n), make_vector(n)};
    const auto add = [&](const Matrix& of, Real weight) {
        for (Index c = 0; c < 2; ++c) sums[c] += weight * xt::col(of, d + 1 + c);
    };
    Vector z = make_vector(d);
    for (int k = 0; k < steps_; ++k) {
        const Matrix at = rates(k, false);
        if (k == 0) sums[0] = sums[1] = xt::col(at, d);
        add(at, k == 0 ? h / 2 : h);
        for (Index i = 0; i < n; ++i) {
            noise.normal(static_cast<std::uint64_t>(k) * n + i, d, z.data());
            for (Index j = 0; j < d; ++j) x(i, j) += h * at(i, j) + spreads(j) * z(j);
        }
    }
    add(rates(steps_, false), h / 2);
    add(rates(steps_, true), 1);

    ResponseCostsOfBoth result;
    for (Index c = 0; c < 2; ++c) {
        const Vector &paid = sums[c], &chosen = sums[1 - c];
        ResponseCosts& costs = result[c];
        costs = {make_vector(rows(starts)), make_vector(rows(starts))};
        for (Index i = 0; i < rows(starts); ++i) {
            const Index first = i * paths_;
            const Real least = *std::min_element(&chosen(first), &chosen(first) + paths_);
            Real sum = 0, difference = 0;
            for (Index k = first; k < first + paths_; ++k) {
                const Real weight = std::exp((least - chosen(k)) / temperature);
                sum += weight;
                difference += weight * (paid(k) - chosen(k));
                costs.paid(i) += paid(k) / paths_;
            }
            if (!transformed) {
                costs.best(i) = costs.paid(i);
                continue;
            }
            // With the costs it is chosen by, the response pays -lambda log of the mean.
            costs.best(i) = least - temperature * std::log(sum / paths_) + difference / sum;
        }
    }
    return result;
}

}  // namespace mfg
