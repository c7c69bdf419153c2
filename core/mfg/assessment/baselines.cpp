#include <mfg/assessment/baselines.hpp>
#include <mfg/assessment/errors.hpp>
#include <mfg/assessment/formula_solution.hpp>
#include <mfg/assessment/population_names.hpp>
#include <mfg/game/population_view.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// Baselines as they are found; numbers that are not finite say nothing.
class Found {
public:
    void add(const std::string& error, const std::string& baseline, Real value)
    {
        if (std::isfinite(value)) all_[error + '.' + baseline] = value;
    }
    /// Of these errors those that are wanted, or all of them.
    void add(const std::map<std::string, Real>& errors, const std::string& baseline,
             const std::vector<std::string>& wanted = {})
    {
        for (const auto& [name, value] : errors)
            if (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end())
                add(name, baseline, value);
    }
    std::map<std::string, Real> take() { return std::move(all_); }

private:
    std::map<std::string, Real> all_;
};

/// Functions that stand for the value function and the log density, with all else as in the reference.
FormulaSolution in_place_of(const Solution& solution, std::function<Jet(const State&)> value,
                            std::function<Jet(const State&)> log_density)
{
    Reference functions = *solution.reference();
    functions.value = std::move(value);
    functions.log_density = std::move(log_density);
    return FormulaSolution(solution, functions);
}

Jet zero(const State& s)
{
    return Real(0) * s.x[0];
}

/// The parameters with which a training begins, or zeros in their place, with what is computed from them.
Vector untrained(const Formulation& formulation, std::uint64_t seed, const RandomStream& stream, bool zero)
{
    Vector parameters = formulation.layout().initialise(seed);
    if (zero) std::fill(parameters.begin(), parameters.end(), Real(0));
    formulation.refresh(parameters, stream.part("adaptation"), 1);
    return parameters;
}

/// Whether an unknown has parameters of its own, that is, a network.
bool has_network(const ParameterLayout& layout, const std::string& unknown)
{
    return std::any_of(layout.entries().begin(), layout.entries().end(),
                       [&](const auto& entry) { return entry.block.name.rfind(unknown + '.', 0) == 0; });
}

/// Errors by an ansatz for the value function or for the density, of functions that are not zero.
void add_ansatz(const Formulation& formulation, const Solution& ansatz, const ErrorPoints& points, Found& found)
{
    std::vector<std::string> wanted;
    for (const Unknown& unknown : ansatz.unknowns()) {
        const bool is_value = unknown.role == Unknown::Role::value;
        if (!has_network(formulation.layout(), unknown.name)) continue;
        const Matrix at = ansatz.value(unknown.name, is_value ? points.fields : points.population);
        const auto [least, largest] = std::minmax_element(at.begin(), at.end());
        if (*least == *largest) continue;
        const std::vector<std::string> errors =
            is_value ? std::vector<std::string>{"control", "value_centred", "gradient", "value", "value_l1"}
                     : std::vector<std::string>{"density", "log_density"};
        wanted.insert(wanted.end(), errors.begin(), errors.end());
    }
    if (!wanted.empty()) found.add(field_errors(ansatz, points), "ansatz", wanted);
}

/// The answer of a formulation for parameters, as one population sees it.
class Answer {
public:
    Answer(const Formulation& formulation, const Vector& parameters, std::size_t population)
        : all_(formulation.solution(parameters)), own_(populations_of(*all_)[population].solution)
    {
    }
    const Solution& operator*() const { return *own_; }
    const Solution* operator->() const { return own_.get(); }

private:
    std::unique_ptr<Solution> all_;
    std::shared_ptr<const Solution> own_;
};

/// Those of one population.
std::map<std::string, Real> baselines_of(const Formulation& formulation, const Solution& solution,
                                         std::size_t population, std::uint64_t seed, const RandomStream& stream,
                                         int samples)
{
    if (error_names(solution).empty()) return {};
    const Problem& problem = solution.problem();
    const ErrorPoints points = error_points(solution, stream, samples);
    Found found;
    found.add(errors_of_time_means(solution, points), problem.stationary() ? "constant" : "time_only");

    const std::optional<Box> box = bounded_space(problem);
    const Real log_volume = box ? std::log(box->volume()) : 0;
    const FormulaSolution still =
        in_place_of(solution, zero, [log_volume](const State& s) { return zero(s) - log_volume; });
    const std::map<std::string, Real> of_still = field_errors(still, points);
    found.add(of_still, "standing_still", {"control", "gradient"});
    found.add(of_still, "uniform", {"density"});
    if (const Density* law = initial_law(problem); law && !law->singular() && !problem.stationary())
        found.add(
            field_errors(in_place_of(solution, zero, [law](const State& s) { return law->log_density(s.x); }), points),
            "initial", {"density", "log_density"});

    const RandomStream fresh = stream.part("baselines");
    const Answer start(formulation, untrained(formulation, seed, fresh, false), population);
    found.add(field_errors(*start, points), "untrained");
    if (const auto reference = solution.reference(); reference->constant && !solution.constants().empty()) {
        const Real constant = *reference->constant;
        found.add("constant", "untrained", std::abs(first_constant(*start, stream, samples).value - constant));
        found.add("constant_trained", "untrained", std::abs(start->constant(start->constants().front()) - constant));
    }
    add_ansatz(formulation, *Answer(formulation, untrained(formulation, seed, fresh, true), population), points, found);
    return found.take();
}

}  // namespace

std::map<std::string, Real> baselines(const Formulation& formulation, const Solution& solution, std::uint64_t seed,
                                      const RandomStream& stream, int samples)
{
    std::map<std::string, Real> all;
    const std::vector<OnePopulation> views = populations_of(solution);
    for (std::size_t k = 0; k < views.size(); ++k)
        for (const auto& [name, value] : baselines_of(formulation, *views[k].solution, k, seed, stream, samples)) {
            const std::size_t dot = name.find('.');
            all[of_population(name.substr(0, dot), views[k].suffix) + name.substr(dot)] = value;
        }
    return all;
}

}  // namespace mfg
