#include <mfg/assessment/population.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/agent_law.hpp>
#include <mfg/game/simulation.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// The agents themselves, and as many points of a wider normal law or, on the torus, of the uniform one.
struct Points {
    Matrix x;
    Vector log_proposal;  ///< of the wider law
};

Points points_around(const Problem& problem, const Matrix& agents, const RandomStream& stream)
{
    const Index n = rows(agents), d = columns(agents);
    // In many dimensions a law that is much wider has no points where the agents are.
    const Real wider = 1 + 1 / std::sqrt(Real(d));
    Matrix spread = agents;
    const Vector mean = xt::mean(agents, {0});
    for (Index i = 0; i < n; ++i)
        for (Index k = 0; k < d; ++k) spread(i, k) = mean(k) + wider * (agents(i, k) - mean(k));
    const FittedDensity wide = problem.periodic() ? uniform_density(d) : gaussian_fit(spread, false);
    Points points{make_matrix(2 * n, d), {}};
    const Matrix others = wide.sample(stream, n);
    std::copy(agents.begin(), agents.end(), points.x.begin());
    std::copy(others.begin(), others.end(), points.x.begin() + static_cast<std::ptrdiff_t>(agents.size()));
    points.log_proposal = log_density_at(wide.log_density, points.x);
    return points;
}

/// int |f - p| / int (f + p) with points of the law (p + proposal) / 2.
Real distance(const Vector& f, const Vector& p, const Vector& proposal)
{
    Real difference = 0, sum = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
        // Densities over the larger of all three: nothing overflows.
        const Real largest = std::max({f(i), p(i), proposal(i)});
        const Real a = std::exp(f(i) - largest), b = std::exp(p(i) - largest);
        const Real of_points = (b + std::exp(proposal(i) - largest)) / 2;
        difference += std::abs(a - b) / of_points;
        sum += (a + b) / of_points;
    }
    return difference / sum;
}

}  // namespace

std::map<std::string, Real> population_measures(const Solution& solution, const RandomStream& stream)
{
    const Problem& problem = solution.problem();
    // In a box the law of agents is not known (AgentLaw).
    if (!problem.mean_field_game() || !has_density_field(solution) || problem.domain()) return {};
    constexpr int most_agents = 512, most_times = 4;
    // Without noise every point is followed back with second derivatives.
    const int agents = problem.viscosity() > 0 ? most_agents : std::clamp(4096 / problem.dimension(), 64, most_agents);
    const int times = problem.stationary() ? 1 : most_times;
    const AgentLaw law(solution, stream.part("law"), AgentLaw::Effort::quick());
    const AgentLaw other(solution, stream.part("other law"), AgentLaw::Effort::quick());
    const Simulation paths = simulate(solution, population_starts(solution, stream.part("starts"), agents),
                                      {times, 64 / times}, stream.part("noise"));
    Real field_distance = 0, sampling_distance = 0;
    for (int k = 1; k <= times; ++k) {
        const Real t = problem.stationary() ? Real(0) : paths.times(k);
        const Points points = points_around(problem, paths.at(k), stream.part("around").part(k));
        const Matrix field = solution.map(
            with_time(problem, points.x, t), 0, 1, [&](const Fields& f) { return solution.log_density(f); },
            Solution::Part::densities);
        const Vector w = law.log_density_at(points.x, t), f = xt::col(field, 0);
        field_distance += distance(f, w, points.log_proposal) / times;
        if (problem.viscosity() > 0)
            sampling_distance += distance(other.log_density_at(points.x, t), w, points.log_proposal) / times;
    }
    std::map<std::string, Real> measures{{"field_distance", field_distance}};
    if (problem.viscosity() > 0) measures["sampling_distance"] = sampling_distance;
    return measures;
}

}  // namespace mfg
