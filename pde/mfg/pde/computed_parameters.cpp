#include <mfg/base/constants.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/pde/computed_parameters.hpp>
#include <mfg/pde/product_law.hpp>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace mfg {
namespace {

constexpr int normalisation_points = 4096, constant_points = 512, simulated_agents = 256, start_points = 4096,
              few_agents = 64;
/// What is computed for the result takes more points, and so many times more agents.
constexpr int final_normalisation_points = 1 << 16, final_factor = 4;

/// c and r of the regression c + r x of velocities on places, in coordinate k: rows of `x` and `v` are agents.
std::pair<Real, Real> regression(const Matrix& x, const Matrix& v, Index k)
{
    const Index n = rows(x);
    Real x_mean = 0, v_mean = 0, variance = 0, covariance = 0;
    for (Index i = 0; i < n; ++i) {
        x_mean += x(i, k) / n;
        v_mean += v(i, k) / n;
    }
    for (Index i = 0; i < n; ++i) {
        variance += (x(i, k) - x_mean) * (x(i, k) - x_mean);
        covariance += (x(i, k) - x_mean) * (v(i, k) - v_mean);
    }
    const Real r = covariance / variance;
    return {v_mean - r * x_mean, r};
}

/// Means and variances by their own equations, mean' = E v and variance' = 2 Cov(x, v) + 2 nu, where c + r x, the
/// regression of the agents' velocities on their places, stands for v. Moments of the agents themselves would have the
/// noise of their paths: it is small, but rough in time, and networks that see the moments cannot make up for its
/// rates.
void follow_moments(const Solution& solution, const Simulation& agents, Real smallest, Real* means,
                    Real* log_deviations)
{
    const Problem& problem = solution.problem();
    const Index nodes = rows(agents.positions), d = problem.dimension();
    const Real h = problem.horizon() / (nodes - 1);
    Matrix c = make_matrix(nodes, d), r = c;
    for (Index node = 0; node < nodes; ++node) {
        const Matrix x = agents.at(node), v = solution.velocity_at(x, node * h);
        for (Index k = 0; k < d; ++k) std::tie(c(node, k), r(node, k)) = regression(x, v, k);
    }
    const auto share = [](Real y) { return std::abs(y) < 1e-8 ? 1 + y / 2 : std::expm1(y) / y; };
    for (Index k = 0; k < d; ++k) {
        const Real nu = viscosity_of(problem, k);
        Real mean = means[k], variance = std::exp(2 * log_deviations[k]);
        for (Index node = 1; node < nodes; ++node) {
            // Exact for rates that do not change in the interval.
            const Real rate = h * (r(node - 1, k) + r(node, k)) / 2, drift = h * (c(node - 1, k) + c(node, k)) / 2;
            mean = std::exp(rate) * mean + share(rate) * drift;
            variance = std::exp(2 * rate) * variance + 2 * nu * h * share(2 * rate);
            if (!std::isfinite(mean) || !std::isfinite(variance)) break;
            means[node * d + k] = mean;
            log_deviations[node * d + k] = std::log(std::max(std::sqrt(variance), smallest));
        }
    }
}

Real log_mean_exp(const Vector& v)
{
    const Real largest = xt::amax(v)();
    return largest + std::log(xt::mean(xt::exp(v - largest))());
}

}  // namespace

void ComputedParameters::refresh(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const
{
    const auto due = [&](int every) { return (sample - 1) % static_cast<std::uint64_t>(every) == 0; };
    if (fields_.normalised() && settings_.constants && due(settings_.constants_every))
        find_constants(parameters, stream, normalisation_points);
    if (fields_.follows_population() && due(settings_.refresh_every))
        find_moments(parameters, stream, simulated_agents, sample == 1 ? 1 : settings_.moment_step);
}

void ComputedParameters::follow_population(Vector& parameters, const RandomStream& stream) const
{
    find_moments(parameters, stream, few_agents, 1);
}

void ComputedParameters::finish(Vector& parameters, const RandomStream& stream) const
{
    if (fields_.normalised() && settings_.constants) find_constants(parameters, stream, final_normalisation_points);
    if (fields_.follows_population()) find_moments(parameters, stream, final_factor * simulated_agents, 1);
}

void ComputedParameters::find_constants(Vector& parameters, const RandomStream& stream, int count) const
{
    const auto uniform = [&](const char* part, int n) {
        return collocation_.points(parameters, collocation_.draw(stream.part(part), n, Sampling::sobol));
    };
    const bool follows = fields_.follows_population();
    const DrawnPoints around = follows ? around_population(parameters, stream, count) : DrawnPoints{};
    const Matrix uniform_points = follows ? Matrix{} : uniform("constants", constant_points);
    const DrawnPoints anywhere = follows ? around : DrawnPoints{uniform_points};
    std::vector<DrawnPoints> populations;
    const PdeSystem& system = fields_.system();
    const std::vector<Unknown>& unknowns = fields_.unknowns();
    const NetworkSolution solution(fields_, parameters);
    const std::optional<Box> box = bounded_space(system);
    for (int i = 0; i < length(unknowns); ++i) {
        const bool value = unknowns[i].role == Unknown::Role::value;
        if (!fields_.has_shift(i) || (value && !system.value_up_to_constant())) continue;
        const auto values = [&](const Matrix& points) {
            return Vector(xt::flatten(solution.value(unknowns[i].name, points)));
        };
        Real change = 0;
        if (fields_.follows_population()) {
            change = log_mean_exp(values(around.points) - around.log_law);
        } else if (unknowns[i].role == Unknown::Role::log_density) {
            // Points where the mass is: uniform ones miss it in high dimensions.
            const Matrix everywhere = uniform("pilot", count / 4);
            const Vector there = values(everywhere);
            const Matrix near = ProductLaw(*box, everywhere, there).draw(uniform("second pilot", count / 4)).points;
            const ProductLaw law(*box, xt::concatenate(xt::xtuple(everywhere, near), 0),
                                 xt::concatenate(xt::xtuple(there, values(near)), 0));
            const DrawnPoints drawn = law.draw(uniform("mass", count));
            populations.push_back(law.draw(uniform_points));
            change = log_mean_exp(values(drawn.points) - drawn.log_law) + std::log(box->volume());
        } else {
            const Matrix points = uniform("mean", count);
            const bool is_density = unknowns[i].role == Unknown::Role::density;
            change = ProductLaw(*box, points, values(points)).mean() - (is_density ? 1 / box->volume() : 0);
            if (is_density) populations.push_back({uniform_points});
        }
        if (std::isfinite(change)) parameters(fields_.shift_entry(i)) += change;
    }
    // A shift of w that normalisation takes back was meant for the constant in the same equation: without its share the
    // constant would follow much too slowly.
    const bool level = system.constants().empty();
    if (level && !system.has_formula_for_constant()) return;
    const NetworkSolution normalised(fields_, parameters);
    const auto refined = [&](int population) {
        const bool known = population < length(populations);
        return system.refined_constant(normalised, known ? populations[population] : anywhere, population).value;
    };
    for (int c = 0; c < length(system.constants()); ++c)
        if (const Real constant = refined(c); std::isfinite(constant)) parameters(fields_.constant_entry(c)) = constant;
    for (int i = 0; i < length(unknowns) && level; ++i) {
        if (unknowns[i].role != Unknown::Role::value || !fields_.has_shift(i)) continue;
        const Real missing = refined(unknowns[i].population);
        if (std::isfinite(missing)) parameters(fields_.shift_entry(i)) -= missing;
    }
}

DrawnPoints ComputedParameters::around_population(const Vector& parameters, const RandomStream& stream, int count) const
{
    // Wider than the frame, so that weights are bounded.
    constexpr Real wider = 1.3;
    const int d = fields_.system().dimension();
    const PopulationMoments moments = fields_.moments(parameters.data());
    const auto at = moments.at(0);
    DrawnPoints drawn{make_matrix(count, d), make_vector(count)};
    const RandomStream normal = stream.part("around").with(Sampling::sobol, d);
    for (int i = 0; i < count; ++i) {
        normal.normal(i, d, &drawn.points(i, 0));
        for (int k = 0; k < d; ++k) {
            Real& x = drawn.points(i, k);
            const Real deviation = wider * at[k].deviation;
            drawn.log_law(i) -= x * x / 2 + std::log(deviation) + log_two_pi / 2;
            x = at[k].mean + deviation * x;
        }
    }
    return drawn;
}

/// With c + r x for the velocity of a coordinate, by regression around the present population, the one that stays has
/// the mean -c / r and the variance -nu / r.
void ComputedParameters::find_stationary_moments(Vector& parameters) const
{
    const Problem& problem = fields_.system();
    const int d = problem.dimension();
    Real* means = &parameters(fields_.means_entry());
    Real* log_deviations = &parameters(fields_.log_deviations_entry());
    // At first where the agents may start.
    if (std::all_of(log_deviations, log_deviations + d, [](Real v) { return v == 0; })) {
        const RandomStream start = RandomStream(0, "start of the population").with(Sampling::antithetic, d);
        PopulationMoments::fit(fields_.system().initial_density()->sample(start, start_points), 0, 0, means,
                               log_deviations);
    }
    const Matrix x = around_population(parameters, RandomStream(0, "regression"), start_points).points,
                 v = NetworkSolution(fields_, parameters).velocity_at(x);
    for (int k = 0; k < d; ++k) {
        const auto [drift, rate] = regression(x, v, k);
        // Agents who are driven apart have no place to stay: the old one has to do.
        if (!(rate < 0)) continue;
        const Real old = std::exp(log_deviations[k]);
        // One step of a training may say anything.
        const Real deviation = std::clamp(std::sqrt(-viscosity_of(problem, k) / rate), old / 2, old * 2);
        means[k] = std::clamp(-drift / rate, means[k] - old, means[k] + old);
        log_deviations[k] = std::log(deviation);
    }
}

void ComputedParameters::find_moments(Vector& parameters, const RandomStream& stream, int count, Real step) const
{
    if (!fields_.time()) return find_stationary_moments(parameters);
    const NetworkSolution solution(fields_, parameters);
    const int intervals = fields_.settings().moment_intervals, d = fields_.system().dimension();
    const Simulation population = simulate_population(solution, stream, count, {intervals});
    const Vector before = parameters;
    Real* means = &parameters(fields_.means_entry());
    Real* log_deviations = &parameters(fields_.log_deviations_entry());
    // One sample for all moments: they differ by what was learned, and not by chance.
    const RandomStream start = RandomStream(0, "start of the population").with(Sampling::antithetic, d);
    PopulationMoments::fit(fields_.system().initial_density()->sample(start, start_points), 0, 0, means,
                           log_deviations);
    const Real smallest = 1e-4 * std::exp(*std::max_element(log_deviations, log_deviations + d));
    follow_moments(solution, population, smallest, means, log_deviations);
    const Index first = fields_.means_entry(), size = 2 * Index{intervals + 1} * d;
    for (Index i = first; i < first + size; ++i) parameters(i) = (1 - step) * before(i) + step * parameters(i);
}

}  // namespace mfg
