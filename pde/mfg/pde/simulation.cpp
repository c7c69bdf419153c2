#include <mfg/base/error.hpp>
#include <mfg/pde/simulation.hpp>

#include <cmath>

namespace mfg {

Cube simulate_agents(const LearnedFields& learned, const RandomStream& stream, int agents, int intervals,
                     int steps_per_interval)
{
    const PdeSystem& system = learned.system();
    if (!system.initial_density()) throw Error("simulation: the problem has no initial law of agents");
    const std::size_t n = static_cast<std::size_t>(agents), d = static_cast<std::size_t>(system.dimension());
    const Real h = system.horizon() / (intervals * steps_per_interval);
    const RandomStream noise = stream.with(Sampling::antithetic, system.dimension()).part(1);
    const RandomStream starts = stream.with(Sampling::sobol, system.dimension());
    const Matrix start = system.initial_density()->sample(starts, agents);
    Cube all = Cube::from_shape({static_cast<std::size_t>(intervals + 1), n, d});
    Matrix at = make_matrix(n, d + 1), middle = at;  // x, and t in the last column
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < d; ++k) all(0, i, k) = at(i, k) = start(i, k);
    Vector z = make_vector(d);
    std::uint64_t step = 0;
    for (int node = 1; node <= intervals; ++node) {
        for (int s = 0; s < steps_per_interval; ++s, ++step) {
            const Real t = static_cast<Real>(step) * h;
            for (std::size_t i = 0; i < n; ++i) at(i, d) = t;
            // The midpoint rule for the velocity: second order where there is no noise, weak first order with it.
            const Matrix slope = learned.velocity(at);
            for (std::size_t i = 0; i < n; ++i) {
                for (std::size_t k = 0; k < d; ++k) middle(i, k) = at(i, k) + h / 2 * slope(i, k);
                middle(i, d) = t + h / 2;
            }
            const Matrix velocity = learned.velocity(middle);
            const Real spread = std::sqrt(2 * system.viscosity() * h);
            for (std::size_t i = 0; i < n; ++i) {
                if (spread > 0) noise.normal(step * n + i, static_cast<int>(d), z.data());
                for (std::size_t k = 0; k < d; ++k) at(i, k) += h * velocity(i, k) + spread * z(k);
            }
        }
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < d; ++k) all(static_cast<std::size_t>(node), i, k) = at(i, k);
    }
    return all;
}

Matrix positions_at(const Cube& agents, int node)
{
    Matrix points = make_matrix(agents.shape(1), agents.shape(2));
    for (std::size_t i = 0; i < points.shape(0); ++i)
        for (std::size_t k = 0; k < points.shape(1); ++k) points(i, k) = agents(static_cast<std::size_t>(node), i, k);
    return points;
}

}  // namespace mfg
