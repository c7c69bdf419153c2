#include <mfg/autodiff/map_points.hpp>
#include <mfg/testing/problem_checks.hpp>

namespace mfg {
namespace {

/// Trapezoidal sums over a smooth density that ends before the grid are exact to rounding.
Variable population_weights(const Solution& solution, const Fields& f)
{
    const Variable w = solution.log_density(f).value(), weights = f.x.tape().constant(1, w.columns(), 0);
    for (int first = 0; first < w.columns(); first += residual_agents) {
        Real total = 0;
        for (int i = first; i < first + residual_agents; ++i) total += std::exp(w(0, i));
        for (int i = first; i < first + residual_agents; ++i) weights.write_row(0)[i] = std::exp(w(0, i)) / total;
    }
    return weights;
}

void grow(Real& most, const Jet& jet)
{
    for (int r = 0; !jet.is_zero() && r < jet.features(); ++r)
        for (int i = 0; i < jet.samples(); ++i) {
            const Real here = std::abs(jet.value()(r, i));
            // Once it is not a number it stays so.
            if (!(here <= most) && !std::isnan(most)) most = here;
        }
}

}  // namespace

bool in_groups(const PdeSystem& system, const Equation& equation)
{
    return system.agents_per_time() > 1 && equation.where == Where::interior && system.dimension() == 1;
}

void add_residual(const PdeSystem& system, const Solution& solution, const Equation& equation, const Matrix& points,
                  WorstError& worst)
{
    Real residual = 0, scale = 1e-3;
    const Index n = rows(points);
    Tape tape;
    for (Index first = 0; first < n; first += residual_agents) {
        tape.begin(false);
        const Variable in = columns_of(tape, points, first, std::min<Index>(residual_agents, n - first));
        Fields f = solution.evaluate(tape, {}, in, equation.order);
        if (in_groups(system, equation)) {
            f.agents_per_time = residual_agents;
            f.population_weights = population_weights(solution, f);
        }
        for (const auto& [name, values] : f.unknowns) {
            if (equation.order == 0) grow(scale, values.value);
            for (const Jet& derivative : {values.time_derivative, values.gradient, values.laplacian})
                grow(scale, derivative);
        }
        grow(residual, equation.residual(f));
    }
    worst.add(residual, scale, equation.name + ", " + std::to_string(n) + " points");
}

}  // namespace mfg
