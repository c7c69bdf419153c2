#include <mfg/base/text.hpp>
#include <mfg/base/views.hpp>
#include <mfg/testing/method_checks.hpp>

#include <fmt/format.h>

namespace mfg {
namespace {

CheckResult check_terms(const Formulation& formulation)
{
    const std::unique_ptr<Solver> solver = formulation.solver();
    const std::vector<std::string> names = solver->terms();
    std::string broken = broken_names(names);
    const SolverReport report = solver->step();
    const Real sum = xt::sum(report.terms)();
    if (report.terms.size() != names.size()) broken = "not as many terms as names";
    if (!(std::abs(sum - report.objective) <= 1e-10 * (std::abs(sum) + 1)))
        broken = fmt::format("the sum of the terms is {:.4g}, the objective {:.4g}", sum, report.objective);
    return kept_unless(broken, "the solver's terms have names and add up to the objective", joined(names));
}

/// On the last level: before, a new grid may bring new errors.
CheckResult check_decrease(const Formulation& formulation)
{
    constexpr std::uint64_t most = 400;
    const std::unique_ptr<Solver> solver = formulation.solver();
    std::uint64_t steps = 0;
    Real first = 0, last = 0;
    int level = -1;
    bool finite = true;
    while (!solver->finished() && steps < most) {
        const SolverReport report = solver->step();
        ++steps;
        if (report.level != level) first = report.residual;
        level = report.level;
        last = report.residual;
        finite = finite && std::isfinite(report.objective) && std::isfinite(report.residual);
    }
    const bool passed = finite && steps > 1 && steps <= solver->max_steps() && last < Real(0.5) * first;
    return {"the solver's steps make the residual smaller", passed,
            fmt::format("from {:.4g} to {:.4g} on level {}, {} steps in all{}", first, last, level + 1, steps,
                        finite ? "" : "; not finite")};
}

CheckResult check_state(const Formulation& formulation, int stop)
{
    constexpr int steps = 30;
    const auto run = [](Solver& solver, int count) {
        SolverReport last;
        for (int k = 0; k < count && !solver.finished(); ++k) last = solver.step();
        return last;
    };
    const auto whole = formulation.solver(), first = formulation.solver(), second = formulation.solver();
    const SolverReport expected = run(*whole, steps);
    run(*first, stop);
    Archive saved;
    first->state(saved);
    Archive loaded(saved.items());
    second->state(loaded);
    const SolverReport report = run(*second, steps - stop);
    std::string broken;
    if (report.objective != expected.objective || report.residual != expected.residual ||
        !same_bits(report.terms, expected.terms))
        broken = "the last step reports other numbers";
    if (!same_bits(whole->parameters(), second->parameters())) broken = "the solution is another one";
    return kept_unless(broken,
                       "the solver goes on in a new object that loads the state of step " + std::to_string(stop),
                       fmt::format("the same bits after {} steps", steps));
}

CheckResult check_sizes(const Formulation& formulation)
{
    const std::unique_ptr<Solver> solver = formulation.solver();
    solver->step();
    Archive saved;
    solver->state(saved);
    return check_sizes_of_state(saved, length(formulation.layout()), [&](Archive& archive) { solver->state(archive); });
}

/// What a run keeps of a solver is this vector.
CheckResult check_parameters(const Formulation& formulation)
{
    const std::unique_ptr<Solver> solver = formulation.solver();
    for (int k = 0; k < 5 && !solver->finished(); ++k) solver->step();
    const Vector parameters = solver->parameters();
    std::string broken;
    if (parameters.size() != formulation.layout().size())
        broken = fmt::format("{} parameters, and the layout has {}", parameters.size(), formulation.layout().size());
    else if (!all_finite(parameters))
        broken = "one of the parameters is not finite";
    return kept_unless(broken, "the solver's parameters are those of the layout",
                       std::to_string(parameters.size()) + " parameters");
}

}  // namespace

CheckResults check_solver(const Formulation& formulation)
{
    CheckResults results;
    append_check(results, "the solver's terms", [&] { return check_terms(formulation); });
    append_check(results, "the solver's steps", [&] { return check_decrease(formulation); });
    append_check(results, "the solver's parameters", [&] { return check_parameters(formulation); });
    append_check(results, "sizes in the solver's state", [&] { return check_sizes(formulation); });
    for (const int stop : {0, 7})
        append_check(results, "the solver's state", [&] { return check_state(formulation, stop); });
    return results;
}

}  // namespace mfg
