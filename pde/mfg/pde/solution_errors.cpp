#include <mfg/pde/simulation.hpp>
#include <mfg/pde/solution_errors.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// |learned - exact| / |exact| over all entries; without the mean of the difference and of the exact values, if wanted.
Real relative_distance(const Matrix& learned, const Matrix& exact, bool without_mean)
{
    Real difference = 0, sum = 0, squares = 0, exact_sum = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        const Real e = exact.data()[i], off = learned.data()[i] - e;
        difference += off * off;
        sum += off;
        squares += e * e;
        exact_sum += e;
    }
    const Real n = static_cast<Real>(exact.size());
    if (without_mean) {
        difference -= sum * sum / n;
        squares -= exact_sum * exact_sum / n;
    }
    return std::sqrt(difference / squares);
}

/// sum |learned - exact| / sum |exact|
Real relative_l1_distance(const Matrix& learned, const Matrix& exact)
{
    Real difference = 0, sum = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        difference += std::abs(learned.data()[i] - exact.data()[i]);
        sum += std::abs(exact.data()[i]);
    }
    return difference / sum;
}

/// |m - m*| / |m*| in L2 of the uniform law, from log densities at points of the exact population (`weighted`: then
/// E_u m*^2 (m/m* - 1)^2 = E_m* m* (m/m* - 1)^2), or at uniform points.
Real density_distance(const Matrix& learned, const Matrix& exact, bool weighted)
{
    Real difference = 0, squares = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        const Real m = std::exp(exact.data()[i] * (weighted ? 1 : 2));
        const Real off = std::exp(learned.data()[i] - exact.data()[i]) - 1;
        difference += m * off * off;
        squares += m;
    }
    return std::sqrt(difference / squares);
}

Jet log_density_of(const Unknown& unknown, const Fields& f)
{
    const Jet& u = f[unknown.name].value;
    // A density that is learned itself may be negative somewhere.
    return unknown.role == Unknown::Role::log_density ? u : Real(0.5) * log(square(u) + Real(1e-12));
}

/// Points of agents that are simulated with the learned control, t uniform.
Matrix learned_population(const LearnedFields& learned, const RandomStream& stream, int samples)
{
    constexpr int intervals = 16;
    const Cube all = simulate_agents(learned, stream.part(0), std::max(2, samples / intervals), intervals);
    const std::size_t d = all.shape(2), times = all.shape(0), agents = all.shape(1);
    Matrix points = make_matrix(times * agents, d + 1);
    for (std::size_t node = 0; node < times; ++node) {
        for (std::size_t i = 0; i < agents; ++i) {
            Real* row = &points(node * agents + i, 0);
            std::copy_n(&all(node, i, 0), d, row);
            row[d] = learned.system().horizon() * static_cast<Real>(node) / intervals;
        }
    }
    return points;
}

bool is_bounded(const PdeSystem& system)
{
    return system.periodic() || system.domain();
}

bool has_velocity(const PdeSystem& system)
{
    return system.initial_density() && !system.unknowns().empty();
}

}  // namespace

std::vector<std::string> solution_error_names(const PdeSystem& system)
{
    const auto reference = system.reference();
    if (!reference || !reference->value) return {};
    std::vector<std::string> names{"value", "gradient"};
    if (!system.stationary()) names.insert(names.begin() + 1, "value_l1");
    if (has_velocity(system)) names.push_back("control");
    for (const Unknown& unknown : system.unknowns()) {
        if (unknown.role == Unknown::Role::value || !reference->log_density) continue;
        if (system.periodic()) names.push_back("density");
        names.push_back("log_density");
    }
    if (reference->constant) {
        names.push_back("constant");
        names.push_back("constant_trained");
    }
    return names;
}

Matrix uniform_points(const PdeSystem& system, const RandomStream& stream, int count)
{
    const std::size_t d = static_cast<std::size_t>(system.dimension()), f = d + (system.stationary() ? 0 : 1);
    const auto box = system.domain();
    Matrix points = make_matrix(static_cast<std::size_t>(count), f);
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        stream.uniform(i, static_cast<int>(f), &points(i, 0));
        for (std::size_t k = 0; k < d && box; ++k)
            points(i, k) = box->low(k) + (box->high(k) - box->low(k)) * points(i, k);
        if (f > d) points(i, d) *= system.horizon();
    }
    return points;
}

std::map<std::string, Real> solution_errors(const LearnedFields& learned, const Reference& reference,
                                            const RandomStream& stream, int samples)
{
    const PdeSystem& system = learned.system();
    const std::vector<std::string> names = solution_error_names(system);
    if (names.empty()) return {};
    const ExactFields exact(system, reference);
    const bool bounded = is_bounded(system);
    Matrix population;
    if (reference.population) population = reference.population(stream.part(1), samples);
    // Without points of the exact population those of the learned one have to do.
    if (!bounded && !reference.population) population = learned_population(learned, stream.part(3), samples);
    const Matrix points = bounded ? uniform_points(system, stream.part(2), samples) : population;

    std::map<std::string, Real> errors;
    const int d = system.dimension();
    for (const Unknown& unknown : system.unknowns()) {
        if (!exact.knows(unknown)) continue;
        if (unknown.role == Unknown::Role::value) {
            if (errors.count("value")) continue;  // of the first one
            const auto both = [&](const Fields& f) { return vconcat(f[unknown.name].gradient, f[unknown.name].value); };
            const Matrix a = learned.map(points, 1, d + 1, both), b = exact.map(points, 1, d + 1, both);
            const auto part = [&](const Matrix& all, std::size_t first, std::size_t count) {
                Matrix columns = make_matrix(all.shape(0), count);
                for (std::size_t i = 0; i < all.shape(0); ++i)
                    for (std::size_t k = 0; k < count; ++k) columns(i, k) = all(i, first + k);
                return columns;
            };
            const auto size = static_cast<std::size_t>(d);
            const Matrix learned_value = part(a, size, 1), exact_value = part(b, size, 1);
            errors["value"] = relative_distance(learned_value, exact_value, system.value_up_to_constant());
            if (!system.stationary()) errors["value_l1"] = relative_l1_distance(learned_value, exact_value);
            errors["gradient"] = relative_distance(part(a, 0, size), part(b, 0, size), false);
            continue;
        }
        const Matrix& at = population.size() > 0 ? population : points;
        const auto formula = [&](const Fields& f) { return log_density_of(unknown, f); };
        const Matrix a = learned.map(at, 0, 1, formula), b = exact.map(at, 0, 1, formula);
        if (system.periodic()) errors["density"] = density_distance(a, b, static_cast<bool>(reference.population));
        errors["log_density"] = relative_distance(a, b, false);
    }
    if (has_velocity(system)) {
        const Matrix& at = population.size() > 0 ? population : points;
        errors["control"] = relative_distance(learned.velocity(at), exact.velocity(at), false);
    }
    if (reference.constant) {
        const std::string name = system.constants().front();
        errors["constant"] = std::abs(system.refined_constant(learned, points) - *reference.constant);
        errors["constant_trained"] = std::abs(learned.constant(name) - *reference.constant);
    }
    return errors;
}

}  // namespace mfg
