#include "population_solution.hpp"
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/random/monte_carlo.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace mfg {
namespace {

constexpr int value_times = 32, value_agents = 256;

/// Sums of what is known of the agents at one time.
struct Moment {
    Real start = 0, terminal = 0, paid = 0, saddle = 0, tangent = 0, square = 0;
    Real least = std::numeric_limits<Real>::infinity();
    std::array<Real, 4> terms{};  // squares of the terms of the Hamilton-Jacobi equation
};

}  // namespace

Cube PopulationSolution::paths(const RandomStream& stream, int agents, int times) const
{
    const int d = saddle_.game.dimension();
    Cube all = make_cube(times, agents, d);
    for (int k = 0; k < times; ++k) {
        const Real t = times > 1 ? saddle_.game.horizon() * k / (times - 1) : 0;
        const Matrix at =
            map_points(saddle_.generator.sample_at(stream, agents, t), d, [&](Tape& tape, const Variable& in) {
                const VariableList list = layout_.variables(tape, parameters().data(), nullptr);
                return saddle_.generator.positions(tape, saddle_.generator.prepare(tape, list), in);
            });
        std::copy(at.begin(), at.end(), &all(k, 0, 0));
    }
    return all;
}

PopulationSolution::Values PopulationSolution::values(const RandomStream& stream) const
{
    const MeanFieldGame& game = saddle_.game;
    const Generator& generator = saddle_.generator;
    const int d = game.dimension(), n = value_agents;
    const Real horizon = game.horizon(), share = saddle_.interaction_share();
    const bool noise = generator.has_noise();
    // The same agents at all times: what a path pays and how phi changes along it have the same noise then.
    const RandomStream agents = stream.with(Sampling::sobol, d);
    // With noise nobody moves along t -> G(z, t), and those who follow phi pay phi(z, 0) and, by Ito's formula, the
    // mean of q + a2 c + a2 f along their paths: hardly any noise is left where phi solves its equation.
    const Simulation followers =
        noise ? simulate_population(*this, stream.part("followers"), n, {value_times}) : Simulation{};
    std::vector<Moment> moments(value_times + 1);
    const auto visit = [&](std::size_t k) {
        Moment& m = moments[k];
        const KeptTape kept;
        Tape& tape = *kept;
        tape.begin(false);
        const Variable samples =
            columns_of(tape, generator.sample_at(agents, n, horizon * static_cast<Real>(k) / value_times), 0, n);
        const VariableList list = layout_.variables(tape, parameters().data(), nullptr);
        const auto value = saddle_.value.prepare(tape, list);
        const VariableList network = generator.prepare(tape, list);
        const auto rates = [&](const Variable& x, const auto& add) {
            const Saddle::Flow flow = saddle_.flow(tape, value, vconcat({x, samples.rows(d, 1)}));
            const Variable cost = saddle_.own_cost(flow.fields), others = saddle_.cost_of_others(x, n);
            for (int i = 0; i < n; ++i)
                add(i, flow.q(0, i), cost.exists() ? cost(0, i) : 0, others.exists() ? others(0, i) : 0);
            return flow;
        };
        const Generator::Motion motion = generator.motion(tape, network, samples, !noise);
        const Saddle::Flow flow = rates(motion.x, [&](int, Real q, Real c, Real f) {
            const Real residual = q + c + f;
            m.terms[0] += (c + f) * (c + f) / n;
            if (!noise) m.paid += (c + share * f) / n;
            m.saddle += (q + c + share * f) / n;
            m.tangent += (share - 1) * f / n;
            m.square += residual * residual / n;
            m.least = std::isfinite(residual) ? std::min(m.least, residual) : residual;
        });
        const FieldValues& phi = flow.fields.unknowns[0].values;
        for (int i = 0; i < n; ++i) {
            const Real change = phi.time_derivative.value()(0, i);
            const Real diffusion = phi.laplacian.is_zero() ? 0 : game.viscosity() * phi.laplacian.value()(0, i);
            const Real hamiltonian = change + diffusion - flow.q(0, i);
            m.terms[1] += change * change / n;
            m.terms[2] += diffusion * diffusion / n;
            m.terms[3] += hamiltonian * hamiltonian / n;
        }
        if (noise) {
            rates(columns_of(tape, followers.at(k), 0, n),
                  [&](int, Real q, Real c, Real f) { m.paid += (q + c + share * f) / n; });
        } else {
            const Variable speed = Hamiltonian(game, flow.fields, {}).control_cost(Jet(motion.velocity)).value();
            for (int i = 0; i < n; ++i) m.paid += speed(0, i) / n;
        }
        const Variable start = saddle_.start_value(tape, value, samples.rows(0, d));
        for (int i = 0; i < n; ++i) m.start += start(0, i) / n;
        if (k == value_times) {
            const Jet g = game.terminal_cost({Jet(motion.x), Jet(samples.rows(d, 1)), {}});
            for (int i = 0; i < n && !g.is_zero(); ++i) m.terminal += game.weights().terminal * g.value()(0, i) / n;
        }
    };
    constexpr std::size_t worth_a_task = 1 << 20;
    parallel_rows(moments.size(), worth_a_task, [&](std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) visit(k);
    });
    const Real start = moments.front().start;
    Values values{noise ? start : moments.back().terminal, start, start, 0, 0};
    std::array<Real, 4> terms{};
    for (std::size_t k = 0; k < moments.size(); ++k) {
        const Moment& m = moments[k];
        const Real part = (k == 0 || k == value_times ? Real(0.5) : Real(1)) / value_times;
        values.primal += horizon * part * m.paid;
        values.saddle += horizon * part * m.saddle;
        values.dual += horizon * part * (m.tangent + m.least);
        values.residual += part * m.square;
        for (std::size_t i = 0; i < terms.size(); ++i) terms[i] += part * m.terms[i];
    }
    values.residual = std::sqrt(values.residual);
    values.largest_term = std::sqrt(*std::max_element(terms.begin(), terms.end()));
    return values;
}

std::map<std::string, Real> PopulationSolution::distances(const Cube& agents, const RandomStream& stream) const
{
    const int times = static_cast<int>(rows(agents)), count = static_cast<int>(columns(agents));
    const int d = saddle_.game.dimension();
    const Cube generated = paths(stream, count, times);
    const auto moments = [count](const Cube& x, int time, int coordinate) {
        Real mean = 0, squares = 0;
        for (int i = 0; i < count; ++i) {
            mean += x(time, i, coordinate) / count;
            squares += x(time, i, coordinate) * x(time, i, coordinate) / count;
        }
        return std::pair{mean, std::sqrt(std::max(Real(0), squares - mean * mean))};
    };
    Real means = 0, deviations = 0, scale = 0;
    for (int k = 0; k < times; ++k)
        for (int c = 0; c < d; ++c) {
            const auto [mean, deviation] = moments(agents, k, c);
            const auto [own_mean, own_deviation] = moments(generated, k, c);
            means += (own_mean - mean) * (own_mean - mean);
            deviations += (own_deviation - deviation) * (own_deviation - deviation);
            scale += deviation * deviation;
        }
    return {{"mean", std::sqrt(means / scale)}, {"deviation", std::sqrt(deviations / scale)}};
}

void PopulationSolution::fit_moments(Vector& to, const RandomStream& stream) const
{
    constexpr int agents = 512;
    constexpr Real smallest = 1e-6;
    const FieldNetworks& value = saddle_.value;
    const int nodes = value.settings().moment_intervals + 1;
    Simulation generated;
    generated.positions = paths(stream, agents, nodes);
    for (int k = 0; k < nodes; ++k)
        PopulationMoments::fit(generated.at(k), k, smallest, &to(value.means_entry()),
                               &to(value.log_deviations_entry()));
}

Measures PopulationSolution::tracked_measures(const RandomStream& stream, int) const
{
    const Values found = values(stream.part("values"));
    return {{"residuals", {{"hjb", found.residual}}},
            {"relative_residuals", {{"hjb", found.residual / found.largest_term}}},
            {"duality",
             {{"primal", found.primal},
              {"saddle", found.saddle},
              {"dual", found.dual},
              {"gap", found.primal - found.dual}}}};
}

Definitions PopulationSolution::definitions() const
{
    const bool noise = saddle_.generator.has_noise();
    return {{"residuals", "root mean square at agents of the generator"},
            {"duality", std::string("estimates; primal: cost of ") +
                            (noise ? "agents that follow the value function" : "the generator's paths")}};
}

Measures PopulationSolution::measures(const RandomStream& stream, int samples) const
{
    // Agents of a Sobol sequence depend on each other: the noise shows in the differences between independent ones.
    constexpr std::uint64_t repetitions = 8;
    MonteCarloMean primal, saddle, dual, gap, square;
    for (std::uint64_t k = 0; k < repetitions; ++k) {
        const Values found = values(stream.part("values").part(k));
        primal.add(found.primal);
        saddle.add(found.saddle);
        dual.add(found.dual);
        gap.add(found.primal - found.dual);
        square.add(found.residual * found.residual);
    }
    Measures measures{{"residuals", {{"hjb", std::sqrt(square.mean())}}}};
    for (const auto& [name, mean] : {std::pair{"primal", &primal}, std::pair{"saddle", &saddle},
                                     std::pair{"dual", &dual}, std::pair{"gap", &gap}}) {
        measures["duality"][name] = mean->mean();
        measures["duality"][std::string(name) + "_standard_error"] = mean->standard_error();
    }
    measures.merge(problem().measures(*this, stream.part("problem"), samples));
    constexpr int agents = 1024, times = 8, steps = 8;
    measures["population"] = distances(
        simulate_population(*this, stream.part("agents"), agents, {times, steps}).positions, stream.part("generated"));
    return measures;
}

}  // namespace mfg
