#include <mfg/testing/contracts.hpp>
#include <mfg/testing/test_objectives.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// A new sample is drawn this often, and after a step without progress, as the trainer does it.
constexpr int resample_every = 10;

bool same(const StepReport& a, const StepReport& b)
{
    const auto equal = [](Real x, Real y) { return std::memcmp(&x, &y, sizeof x) == 0; };
    const Evaluation &f = a.objective, &g = b.objective;
    return equal(f, g) && f.term_count == g.term_count &&
           std::memcmp(f.terms.data(), g.terms.data(), sizeof f.terms) == 0 &&
           equal(a.gradient_norm, b.gradient_norm) && equal(a.step_length, b.step_length) && a.progress == b.progress;
}

/// Whether the terms, if the optimizer knows them, belong to the objective beside them.
bool terms_fit(const Evaluation& objective)
{
    if (objective.term_count == 0 || !std::isfinite(objective)) return true;
    const Real sum = objective.terms[0] + objective.terms[1];
    return objective.term_count == 2 && std::abs(sum - objective) <= 1e-12 * std::abs(objective.value);
}

struct Run {
    Vector theta;
    std::uint64_t sample = 0;
    int failures = 0;  // steps without progress in succession
    std::vector<StepReport> reports;
    std::string broken;  // the first broken promise, if any
};

void advance(Optimizer& optimizer, TestObjective& objective, Run& run, int last)
{
    for (int k = static_cast<int>(run.reports.size()); k < last && run.failures < 2; ++k) {
        if (k % resample_every == 0 || run.failures > 0) ++run.sample;
        objective.set_sample(run.sample);
        const Vector before = run.theta;
        const StepReport report = optimizer.step(objective, run.theta);
        run.reports.push_back(report);
        run.failures = report.progress ? 0 : run.failures + 1;
        const std::string where = objective.name() + ", step " + std::to_string(k + 1);
        if (!run.broken.empty()) continue;
        if (!report.progress && !same_bits(before, run.theta)) run.broken = where + ": parameters changed";
        if (!all_finite(run.theta)) run.broken = where + ": parameters are not finite";
        if (!terms_fit(report.objective)) run.broken = where + ": the report has terms of other parameters";
    }
    objective.set_sample(0);
}

Run run_from_start(Optimizer& optimizer, TestObjective objective, int steps)
{
    Run run;
    run.theta = objective.start();
    optimizer.reset();
    advance(optimizer, objective, run, steps);
    return run;
}

/// Where two runs differ first; empty where they do not.
std::string difference(const Run& a, const Run& b)
{
    if (a.reports.size() != b.reports.size()) return "the runs have different lengths";
    for (std::size_t k = 0; k < a.reports.size(); ++k)
        if (!same(a.reports[k], b.reports[k])) return "the reports of step " + std::to_string(k + 1) + " differ";
    return same_bits(a.theta, b.theta) ? "" : "the parameters differ";
}

/// Whether `run` repeats `whole`, which must have gone beyond `least` steps to mean anything.
CheckResult verdict(const std::string& what, const Run& whole, const Run& run, std::size_t least)
{
    const std::size_t steps = whole.reports.size();
    std::string broken = difference(whole, run);
    if (steps <= least) broken = fmt::format("stopped after {} steps", steps);
    return kept_unless(broken, what, fmt::format("the same bits in {} steps", steps));
}

CheckResult check_decrease(Optimizer& optimizer, TestObjective objective)
{
    const Run run = run_from_start(optimizer, objective, TestObjective::modest_steps);
    const Real gap = objective.value(run.theta) - objective.minimum();
    const Real left = gap / (objective.value(objective.start()) - objective.minimum());
    constexpr Real share = TestObjective::modest_share;
    return {fmt::format("decreases: {} to {} of the gap to the minimum", objective.name(), share),
            left <= share && run.broken.empty(),
            fmt::format("{:.4g} left{}{}", left, run.broken.empty() ? "" : "; ", run.broken)};
}

/// Leaves traces of another run in the optimizer, long enough to fill a memory of past steps.
void use_otherwise(Optimizer& optimizer)
{
    run_from_start(optimizer, test_himmelblau(), 7);
    run_from_start(optimizer, test_rosenbrock(6), 40);
}

CheckResult check_reset(Optimizer& optimizer, const TestObjective& objective)
{
    constexpr int steps = 60;
    const Run first = run_from_start(optimizer, objective, steps);
    use_otherwise(optimizer);
    const Run second = run_from_start(optimizer, objective, steps);
    return verdict("reset repeats the run: " + objective.name(), first, second, 3);
}

/// A run of `steps` steps that stops after `stop` and goes on in `second`, which loads the state of `first` after
/// `between`; both may be one.
template <class Between>
Run resumed(Optimizer& first, Optimizer& second, TestObjective& objective, int stop, int steps, Between between)
{
    Run run;
    run.theta = objective.start();
    first.reset();
    advance(first, objective, run, stop);
    Archive saved;
    first.state(saved);
    between();
    Archive loaded(saved.items());
    second.state(loaded);
    advance(second, objective, run, steps);
    return run;
}

CheckResult check_save_and_load(Optimizer& optimizer, TestObjective objective, int wanted, bool fresh)
{
    constexpr int steps = 60;
    const Run whole = run_from_start(optimizer, objective, steps);
    // Not every method needs so many steps before it is done.
    const int stop = std::min(wanted, static_cast<int>(whole.reports.size()) / 2);

    const Run run = resumed(optimizer, optimizer, objective, stop, steps, [&] {
        use_otherwise(optimizer);
        if (fresh) optimizer.reset();
    });
    return verdict(fmt::format("goes on in a {} optimizer that loads the state of step {}: {}",
                               fresh ? "reset" : "used", stop, objective.name()),
                   whole, run, stop + 1);
}

CheckResult check_saved_start(Optimizer& optimizer)
{
    constexpr int steps = 20;
    TestObjective objective = test_rosenbrock(4);
    const Run whole = run_from_start(optimizer, objective, steps);
    const Run run = resumed(optimizer, optimizer, objective, 0, steps, [&] { use_otherwise(optimizer); });
    return verdict("starts after saving and loading before the first step", whole, run, 3);
}

CheckResult check_sizes(Optimizer& optimizer)
{
    const TestObjective objective = test_rosenbrock(6);
    run_from_start(optimizer, objective, 5);
    Archive saved;
    optimizer.state(saved);
    return check_sizes_of_state(saved, length(objective), [&](Archive& archive) { optimizer.state(archive); });
}

CheckResult check_no_progress(Optimizer& optimizer)
{
    const Run run = run_from_start(optimizer, test_wrong_gradient(), 50);
    const auto stuck =
        std::count_if(run.reports.begin(), run.reports.end(), [](const StepReport& r) { return !r.progress; });
    return kept_unless(run.broken, "parameters stay where there is no progress",
                       fmt::format("{} steps without progress", stuck));
}

CheckResult check_not_a_number(Optimizer& optimizer)
{
    // From the third evaluation on the objective is not a number anywhere.
    int calls = 0;
    TestObjective objective("not a number", make_vector(3, 1), 0, 0, [&](const Vector& x, Real* g, std::uint64_t) {
        const bool bad = ++calls > 2;
        Real value = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            value += x(i) * x(i);
            if (g) g[i] = bad ? std::nan("") : 2 * x(i);
        }
        return bad ? std::nan("") : value;
    });
    objective =
        std::move(objective).with_residuals(3, [&](const Vector& x, Vector& r, Matrix& jacobian, std::uint64_t) {
            r = x;
            jacobian = ++calls > 2 ? Matrix(make_matrix(3, 3, std::nan(""))) : Matrix(xt::eye<Real>(3));
        });
    const Run run = run_from_start(optimizer, objective, 10);
    return kept_unless(run.broken, "parameters stay finite where the objective is not a number",
                       fmt::format("{} steps", run.reports.size()));
}

CheckResult check_never_a_number(Optimizer& optimizer)
{
    TestObjective objective("never a number", make_vector(2, 1), 0, 0, [](const Vector&, Real* g, std::uint64_t) {
        if (g) g[0] = g[1] = std::nan("");
        return std::nan("");
    });
    objective = std::move(objective).with_residuals(2, [](const Vector&, Vector& r, Matrix& jacobian, std::uint64_t) {
        r.fill(std::nan(""));
        jacobian.fill(std::nan(""));
    });
    const Run run = run_from_start(optimizer, objective, 1);
    const bool moves = run.broken.empty() && run.reports.front().progress;
    return kept_unless(moves ? "progress reported" : run.broken,
                       "no step is made where the objective is never a number",
                       "no progress reported, parameters unchanged");
}

}  // namespace

CheckResults check_optimizer(Optimizer& optimizer)
{
    CheckResults results;
    for (TestObjective objective : test_objectives())
        if (!optimizer.needs_least_squares() || objective.least_squares())
            append_check(results, "decreases: " + objective.name(),
                         [&] { return check_decrease(optimizer, objective); });
    for (const TestObjective& objective : {test_rosenbrock(10), test_resampled_quadratic()}) {
        const std::string on = ": " + objective.name();
        append_check(results, "reset repeats the run" + on, [&] { return check_reset(optimizer, objective); });
        // Once within a sample, whose number then matters, and once right before a new one.
        for (const int stop : {resample_every + 7, 2 * resample_every})
            for (const bool fresh : {true, false})
                append_check(results, "goes on after loading its state" + on,
                             [&] { return check_save_and_load(optimizer, objective, stop, fresh); });
    }
    append_check(results, "starts after saving and loading", [&] { return check_saved_start(optimizer); });
    append_check(results, "sizes in a state", [&] { return check_sizes(optimizer); });
    append_check(results, "no progress", [&] { return check_no_progress(optimizer); });
    append_check(results, "an objective that is not a number", [&] { return check_not_a_number(optimizer); });
    append_check(results, "an objective that is never a number", [&] { return check_never_a_number(optimizer); });
    optimizer.reset();
    return results;
}

CheckResult check_state_in_new_object(Optimizer& used, Optimizer& fresh)
{
    constexpr int steps = 40;
    TestObjective objective = test_resampled_quadratic();
    const Run whole = run_from_start(used, objective, steps);
    const int stop = std::min(17, static_cast<int>(whole.reports.size()) / 2);
    const Run run = resumed(used, fresh, objective, stop, steps, [] {});
    return verdict(fmt::format("goes on in a new object that loads the state of step {}: {}", stop, objective.name()),
                   whole, run, stop + 3);
}

}  // namespace mfg
