#include <mfg/assessment/population_names.hpp>
#include <mfg/assessment/verdict.hpp>
#include <mfg/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mfg {
namespace {

using Group = std::map<std::string, Real>;

/// A number up to `solved` is that of a solved problem, one up to `roughly` that of a roughly solved one.
struct Limits {
    Real solved, roughly;
};

/// Relative errors of controls, densities and the like: those that a picture does not show, and those that it shows but
/// that leave the answer useful.
constexpr Limits of_errors{0.02, 0.1};
/// Relative residuals. In nine trainings with an exact solution the error of the control was between a fifteenth and
/// six times the largest of them.
constexpr Limits of_residuals{0.03, 0.2};
/// What finer time steps change in the objective.
constexpr Limits of_steps{0.02, 0.1};
/// Distance from the exact optimum, and errors of costs on a grid. Costs are flat at an optimum: an error e of the
/// control costs about e^2, so that these limits are those of errors between 4 and 14 %.
constexpr Limits of_costs{0.002, 0.02};
/// The same for means over agents without a standard error, whose noise is about 1 %.
constexpr Limits of_noisy_costs{0.02, 0.1};
/// What one agent can save, and the difference of two bounds, of which one may be weak: both at least e^2.
constexpr Limits of_savings{0.01, 0.1};
/// Share of the agents that a density field puts elsewhere.
constexpr Limits of_distances{0.05, 0.2};
/// Share of the mass that a grid does not have.
constexpr Limits of_lost_mass{0.001, 0.01};

std::string percent(Real share)
{
    const Real number = 100 * share;
    if (!std::isfinite(number)) return "not a number";
    return fmt::format(number >= 1000 && number < 1e6 ? "{:.0f} %" : "{:.3g} %", number);
}

class Judge {
public:
    explicit Judge(const Measures& measures) : measures_(measures) {}

    Judgement judgement()
    {
        residuals();
        errors();
        costs();
        population();
        grid();
        if (!equations_measured_)
            parts_.push_back({Verdict::not_solved, infinity, "nothing measures how well the equations hold"});
        std::stable_sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) {
            return a.verdict != b.verdict ? a.verdict > b.verdict : a.excess > b.excess;
        });
        Judgement found{parts_.front().verdict, {}};
        for (const Part& part : parts_)
            if (found.verdict == Verdict::solved || part.verdict != Verdict::solved)
                found.reasons.push_back(part.reason);
        return found;
    }

private:
    static constexpr Real infinity = std::numeric_limits<Real>::infinity();

    struct Part {
        Verdict verdict;
        Real excess;  ///< in multiples of the limit of solved problems
        std::string reason;
    };

    const Group* group(const char* name) const
    {
        const auto found = measures_.find(name);
        return found == measures_.end() ? nullptr : &found->second;
    }
    const Real* number(const char* of, const std::string& name) const
    {
        const Group* numbers = group(of);
        if (!numbers) return nullptr;
        const auto found = numbers->find(name);
        return found == numbers->end() ? nullptr : &found->second;
    }

    /// Judges the absolute value of a number; `reason` is a sentence with {} for it.
    void add(Real value, const Limits& limits, const std::string& reason)
    {
        const Real size = std::abs(value);
        const bool solved = size <= limits.solved, roughly = size <= limits.roughly;
        std::string sentence = fmt::format(fmt::runtime(reason), percent(size));
        if (!solved) sentence += fmt::format(" (solved: at most {})", percent(limits.solved));
        parts_.push_back({solved    ? Verdict::solved
                          : roughly ? Verdict::roughly_solved
                                    : Verdict::not_solved,
                          std::isfinite(size) ? size / limits.solved : infinity, sentence});
    }

    void residuals()
    {
        const Group* relative = group("relative_residuals");
        if (!relative) return;
        for (const auto& [name, value] : *relative) {
            add(value, of_residuals, "relative residual of " + name + " {}");
            equations_measured_ = true;
        }
    }

    void errors()
    {
        const Group* all = group("errors");
        if (!all) return;
        for (const auto& [full_name, value] : *all) {
            against_baselines(full_name, value);
            const auto& [name, suffix] = split_population(full_name);
            const auto has = [&, &own = suffix](const char* other) { return all->count(other + own) > 0; };
            // The value function has an offset that no agent feels, and constants have an absolute error.
            const bool offset = name == "value" || name == "value_l1";
            const bool replaced = name == "value"      ? has("value_centred") || has("control") || has("gradient")
                                  : name == "gradient" ? has("control")
                                                       : name == "value_l1";
            if ((offset && replaced) || (name == "gradient" && replaced)) continue;
            if (starts_with(name, "constant") || ends_with(name, "standard_error")) continue;
            add(value, of_errors, error_name(full_name) + " {}");
            equations_measured_ = true;
        }
    }

    /// An error that an answer without any knowledge has, too, shows nothing, however small it is.
    void against_baselines(const std::string& name, Real error)
    {
        const Group* baselines = group("baselines");
        if (!baselines) return;
        for (const auto& [baseline, value] : *baselines) {
            // Where the problem itself says what the answer is, no error can be smaller.
            constexpr Real negligible = 1e-6;
            if (!starts_with(baseline, name + ".") || value < negligible || error < value) continue;
            const bool small = error <= of_errors.solved;
            parts_.push_back({small ? Verdict::roughly_solved : Verdict::not_solved, infinity,
                              fmt::format("{} {}, not below the {} of {}", error_name(name), percent(error),
                                          percent(value), readable(baseline.substr(name.size() + 1)))});
        }
    }

    void costs()
    {
        if (const Real* value = number("objective", "value")) {
            if (!std::isfinite(*value)) add(*value, of_steps, "objective on fresh samples {}");
            const Real *fine = number("objective", "fine"), *size = number("objective", "size");
            if (fine)
                add((*fine - *value) / (size ? *size : *value), of_steps,
                    "finer time steps change the objective by {}");
        }
        if (const Real* cost = number("optimum", "cost"), *exact = number("optimum", "exact"); cost && exact) {
            const Real* error = number("optimum", "standard_error");
            const Real off = (std::abs(*cost - *exact) + (error ? 2 * *error : 0)) / std::abs(*exact);
            add(off, error ? of_costs : of_noisy_costs,
                fmt::format("cost {} the exact optimum by {}{{}}", *cost < *exact ? "below" : "above",
                            error && *error > 0 ? "at most " : ""));
            equations_measured_ = true;
        }
        if (const Real* gap = number("duality", "gap"), *primal = number("duality", "primal"); gap && primal) {
            add(*gap / std::max(std::abs(*primal), std::abs(*primal - *gap)), of_savings,
                "both estimates of the optimum are {} apart");
            equations_measured_ = true;
        }
        for (const auto& item : measures_)
            if (const auto [name, suffix] = split_population(item.first); name == "exploitability")
                saving(item.first.c_str(), suffix);
    }

    void saving(const char* exploitability, const std::string& suffix)
    {
        const Real *relative = number(exploitability, "relative"), *saving = number(exploitability, "improvement"),
                   *error = number(exploitability, "standard_error");
        // A response that was not found says nothing, for or against.
        if (relative && (!saving || !error || !(*saving <= 2 * *error)))
            add(*relative, of_savings, "one agent" + of(suffix) + " can save {} of its cost");
    }

    void population()
    {
        const Group* all = group("population");
        if (!all) return;
        for (const auto& item : *all)
            if (const auto [name, suffix] = split_population(item.first); name == "field_distance")
                field_distance(suffix);
    }

    void field_distance(const std::string& suffix)
    {
        const Real *distance = number("population", "field_distance" + suffix),
                   *noise = number("population", "sampling_distance" + suffix);
        // The field is not nearer to the law of the agents than to a fit, less what the fit may be off; two fits to
        // independent samples are as far apart as that.
        const Real least = *distance - (noise && std::isfinite(*noise) ? *noise : 0);
        if (!(least <= 0))
            add(least, of_distances, "the density field puts at least {} of the agents" + of(suffix) + " elsewhere");
    }

    void grid()
    {
        if (const Real* outside = number("grid", "mass_outside"))
            add(*outside, of_lost_mass,
                *outside < 0 ? "the grid has {} more than the initial mass" : "the grid lacks {} of the initial mass");
        if (const Real* error = number("discretisation", "error")) {
            add(*error, of_costs, "discretisation error of the cost {}");
            equations_measured_ = true;
        }
        if (const Real* error = number("discretisation", "iteration_error"))
            add(*error, of_costs, "more iterations would change the cost by {}");
    }

    /// Of which population; nothing where there is one.
    static std::string of(const std::string& suffix)
    {
        return suffix.empty() ? "" : " of population " + suffix.substr(1);
    }

    static std::string error_name(const std::string& name)
    {
        const auto& [quantity, suffix] = split_population(name);
        return readable(quantity) + " error" + of(suffix);
    }

    static std::string readable(std::string name)
    {
        std::replace(name.begin(), name.end(), '_', ' ');
        return name;
    }

    const Measures& measures_;
    std::vector<Part> parts_;
    bool equations_measured_ = false;
};

}  // namespace

std::string verdict_name(Verdict verdict)
{
    switch (verdict) {
        case Verdict::solved:
            return "solved";
        case Verdict::roughly_solved:
            return "roughly solved";
        case Verdict::not_solved:
            break;
    }
    return "not solved";
}

Judgement judge(const Measures& measures)
{
    return Judge(measures).judgement();
}

}  // namespace mfg
