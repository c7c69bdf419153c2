#include "learned_population.hpp"
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/pde/simulation.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mfg {
namespace {

constexpr int value_times = 32, value_agents = 256;

/// Sums of what is known of the agents at one time.
struct Moment {
    Real start = 0, terminal = 0, paid = 0, saddle = 0, tangent = 0, square = 0;
    Real least = std::numeric_limits<Real>::infinity();
};

Variable columns_of(Tape& tape, const Matrix& rows)
{
    return mfg::columns_of(tape, rows, 0, rows.shape(0));
}

}  // namespace

Cube LearnedPopulation::paths(const RandomStream& stream, int agents, int times) const
{
    const std::size_t d = static_cast<std::size_t>(saddle.game.dimension());
    Cube all = Cube::from_shape({static_cast<std::size_t>(agents), static_cast<std::size_t>(times), d});
    constexpr std::size_t worth_a_task = 1 << 20;
    parallel_rows(static_cast<std::size_t>(times), worth_a_task, [&](std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) {
            const Real t = times > 1 ? saddle.game.horizon() * static_cast<Real>(k) / (times - 1) : 0;
            const Matrix at =
                map_points(saddle.generator.sample_at(stream, agents, t), static_cast<int>(d),
                           [&](Tape& tape, const Variable& in) {
                               const VariableList list = layout.variables(tape, parameters.data(), nullptr);
                               return saddle.generator.positions(tape, saddle.generator.prepare(tape, list), in);
                           });
            for (std::size_t i = 0; i < at.shape(0); ++i)
                for (std::size_t c = 0; c < d; ++c) all(i, k, c) = at(i, c);
        }
    });
    return all;
}

LearnedPopulation::Values LearnedPopulation::values(const RandomStream& stream) const
{
    const MeanFieldGame& game = saddle.game;
    const Generator& generator = saddle.generator;
    const int d = game.dimension(), n = value_agents;
    const Real horizon = game.horizon(), a1 = game.weights().transport, share = saddle.interaction_share();
    const bool noise = generator.has_noise();
    // The same agents at all times: what a path pays and how phi changes along it have the same noise then.
    const RandomStream agents = stream.with(Sampling::sobol, d);
    // With noise nobody moves along t -> G(z, t), and those who follow phi pay phi(z, 0) and, by Ito's formula, the
    // mean of q + a2 c + a2 f along their paths: hardly any noise is left where phi solves its equation.
    const Cube followers =
        noise ? simulate_agents(LearnedNetworks(saddle.value, parameters), stream.part(1), n, value_times) : Cube();
    std::vector<Moment> moments(value_times + 1);
    const auto look = [&](std::size_t k) {
        Moment& m = moments[k];
        Tape tape;
        tape.begin(false);
        const Real t = horizon * static_cast<Real>(k) / value_times;
        const Variable samples = columns_of(tape, generator.sample_at(agents, n, t));
        const VariableList list = layout.variables(tape, parameters.data(), nullptr);
        const auto value = saddle.prepare_value(tape, list);
        const VariableList network = generator.prepare(tape, list);
        const auto rates = [&](const Variable& x, const auto& add) {
            const Saddle::Flow flow = saddle.flow(tape, value, vconcat({x, samples.rows(d, 1)}));
            const Variable cost = saddle.running_cost(flow.fields), coupling = saddle.interaction_coupling(x, n);
            for (int i = 0; i < n; ++i)
                add(i, flow.q(0, i), cost.exists() ? cost(0, i) : 0, coupling.exists() ? coupling(0, i) : 0);
            return flow.fields;
        };
        Generator::Motion motion;
        if (noise)
            motion.x = generator.positions(tape, network, samples);
        else
            motion = generator.motion(tape, network, samples);
        const Fields fields = rates(motion.x, [&](int, Real q, Real c, Real f) {
            const Real residual = q + c + f;
            if (!noise) m.paid += (c + share * f) / n;
            m.saddle += (q + c + share * f) / n;
            m.tangent += (share - 1) * f / n;
            m.square += residual * residual / n;
            m.least = std::isfinite(residual) ? std::min(m.least, residual) : residual;
        });
        if (noise) {
            rates(columns_of(tape, positions_at(followers, static_cast<int>(k))),
                  [&](int, Real q, Real c, Real f) { m.paid += (q + c + share * f) / n; });
        } else {
            const Jet b = game.drift({fields.x, fields.t, {}});
            const Variable control = combine({{1, motion.velocity}, {-1, b.is_zero() ? Variable{} : b.value()}});
            const Variable speed = dot_rows(control, control, a1 / 2);
            for (int i = 0; i < n; ++i) m.paid += speed(0, i) / n;
        }
        const Variable start =
            saddle.value.evaluate(tape, value, vconcat({samples.rows(0, d), tape.constant(1, n, 0)}), 0)
                .unknowns[0]
                .values.value.value();
        for (int i = 0; i < n; ++i) m.start += start(0, i) / n;
        if (k == value_times) {
            const Jet g = game.terminal_cost({Jet(motion.x), Jet(samples.rows(d, 1)), {}});
            for (int i = 0; i < n && !g.is_zero(); ++i) m.terminal += game.weights().terminal * g.value()(0, i) / n;
        }
    };
    constexpr std::size_t worth_a_task = 1 << 20;
    parallel_rows(moments.size(), worth_a_task, [&](std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) look(k);
    });
    const Real start = moments.front().start;
    Values values{noise ? start : moments.back().terminal, start, start, 0};
    for (std::size_t k = 0; k < moments.size(); ++k) {
        const Moment& m = moments[k];
        const Real part = (k == 0 || k == value_times ? Real(0.5) : Real(1)) / value_times;
        values.primal += horizon * part * m.paid;
        values.saddle += horizon * part * m.saddle;
        values.dual += horizon * part * (m.tangent + m.least);
        values.residual += part * m.square;
    }
    values.residual = std::sqrt(values.residual);
    return values;
}

std::map<std::string, Real> LearnedPopulation::distances(const Cube& agents, const RandomStream& stream) const
{
    const int times = static_cast<int>(agents.shape(0)), count = static_cast<int>(agents.shape(1));
    const std::size_t d = agents.shape(2);
    const Cube own = paths(stream, count, times);
    Real means = 0, deviations = 0, scale = 0;
    for (std::size_t k = 0; k < agents.shape(0); ++k)
        for (std::size_t c = 0; c < d; ++c) {
            Real sum[2] = {}, squares[2] = {};
            for (std::size_t i = 0; i < agents.shape(1); ++i) {
                const Real x[2] = {own(i, k, c), agents(k, i, c)};
                for (int s = 0; s < 2; ++s) {
                    sum[s] += x[s] / count;
                    squares[s] += x[s] * x[s] / count;
                }
            }
            Real deviation[2];
            for (int s = 0; s < 2; ++s) deviation[s] = std::sqrt(std::max(Real(0), squares[s] - sum[s] * sum[s]));
            means += (sum[0] - sum[1]) * (sum[0] - sum[1]);
            deviations += (deviation[0] - deviation[1]) * (deviation[0] - deviation[1]);
            scale += deviation[1] * deviation[1];
        }
    return {{"mean", std::sqrt(means / scale)}, {"deviation", std::sqrt(deviations / scale)}};
}

void LearnedPopulation::fit_frame(Vector& to, const RandomStream& stream) const
{
    constexpr int agents = 512;
    const int nodes = saddle.value.settings().frame_intervals + 1;
    const Cube all = paths(stream, agents, nodes);
    Matrix points = make_matrix(all.shape(0), all.shape(2));
    constexpr Real smallest = 1e-6;
    for (int k = 0; k < nodes; ++k) {
        for (std::size_t i = 0; i < points.shape(0); ++i)
            for (std::size_t c = 0; c < points.shape(1); ++c) points(i, c) = all(i, static_cast<std::size_t>(k), c);
        PopulationMoments::fit(points, k, smallest, to.data() + saddle.value.means_entry(),
                               to.data() + saddle.value.log_deviations_entry());
    }
}

}  // namespace mfg
