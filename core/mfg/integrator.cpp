#include <mfg/base/error.hpp>
#include <mfg/integrator.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace mfg {
namespace {

constexpr std::size_t max_stages = 7;

using Stages = std::array<OdeState, max_stages>;

/// start + h sum_i factors_i k_i in one part of the state; `start` may be absent, and what is not there is zero.
Variable combined(const Variable& start, Real h, const std::vector<Real>& factors, const Stages& k, int part)
{
    std::array<Term, max_stages + 1> terms;
    int count = 0;
    if (start.exists()) terms[count++] = {1, start};
    const int first = count;
    for (std::size_t i = 0; i < factors.size(); ++i)
        if (factors[i] != 0 && k[i][part].exists()) terms[count++] = {h * factors[i], k[i][part]};
    return count > first ? combine(terms.data(), count) : start;
}

OdeState advance(const OdeState& y, Real h, const std::vector<Real>& factors, const Stages& k)
{
    OdeState next = y;
    for (int part = 0; part < y.size(); ++part) next[part] = combined(y[part], h, factors, k, part);
    return next;
}

/// Arrays for the parts of a state that outlive the steps in which they are found.
class KeptState {
public:
    explicit KeptState(const OdeState& like)
    {
        for (int part = 0; part < like.size(); ++part)
            if (like[part].exists())
                memory_[part] = like[part].tape().constant(like[part].rows(), like[part].columns());
    }

    /// A copy of `state`; parts that do not exist stay absent.
    OdeState keep(const OdeState& state) const
    {
        OdeState kept = state;
        for (int part = 0; part < state.size(); ++part) {
            if (!state[part].exists()) continue;
            const Variable& memory = memory_[part];
            if (!memory.exists())
                throw Error(
                    fmt::format("integrator: part {} of the state changes, but is absent at the start; start "
                                "with zeros",
                                part));
            for (int r = 0; r < state[part].rows(); ++r)
                std::copy_n(state[part].row(r), state[part].columns(), memory.write_row(r));
            kept[part] = memory;
        }
        return kept;
    }

private:
    std::array<Variable, OdeState::most> memory_;
};

/// The largest error of a step, as a multiple of what is tolerated; not a number where an entry is none.
Real error_ratio(const OdeSystem& system, const Tolerances& tolerances, const OdeState& y,
                 const RungeKutta::Trial& trial)
{
    Real largest = 0;
    for (int part = 0; part < y.size(); ++part) {
        if (!trial.error[part].exists() || !system.controls_error(part)) continue;
        const Variable &before = y[part], &after = trial.next[part], &error = trial.error[part];
        for (int r = 0; r < error.rows(); ++r) {
            for (int c = 0; c < error.columns(); ++c) {
                const Real size = std::max(std::abs(before(r, c)), std::abs(after(r, c)));
                const Real ratio = std::abs(error(r, c)) / (tolerances.absolute + tolerances.relative * size);
                if (!std::isfinite(ratio)) return ratio;
                largest = std::max(largest, ratio);
            }
        }
    }
    return largest;
}

/// The next step as a multiple of this one (Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, IV.2):
/// a proportional-integral controller.
class StepController {
public:
    explicit StepController(int order) : exponent_(Real(1) / order - 0.75 * memory) {}

    Real accepted(Real error)
    {
        const Real bounded = std::max(error, Real(1e-10));
        Real factor = safety * std::pow(bounded, -exponent_) * std::pow(before_, memory);
        factor = std::clamp(factor, Real(0.2), after_rejection_ ? Real(1) : Real(10));
        before_ = std::max(error, Real(1e-4));
        after_rejection_ = false;
        return factor;
    }
    Real rejected(Real error)
    {
        after_rejection_ = true;
        return std::isfinite(error) ? std::max(Real(0.2), safety * std::pow(error, -exponent_)) : Real(0.1);
    }

private:
    static constexpr Real memory = 0.04, safety = 0.9;
    Real exponent_, before_ = 1e-4;
    bool after_rejection_ = false;
};

}  // namespace

void Tolerances::declare(Options& options)
{
    options("relative_tolerance", relative, "adaptive steps: tolerated error of a step, relative to each entry",
            between(0, 1));
    options("absolute_tolerance", absolute, "adaptive steps: tolerated absolute error of a step", positive);
    options("maximum_steps", maximum_steps,
            "maximum number of adaptive steps over one time interval, including rejected ones", at_least(1));
}

std::string text_of(const Tolerances& tolerances)
{
    return fmt::format("relative tolerance {}, absolute tolerance {}", tolerances.relative, tolerances.absolute);
}

OdeState Integrator::integrate(const OdeSystem& system, Real t0, Real t1, const StepControl& control,
                               const OdeState& y) const
{
    Tape& tape = y[0].tape();
    if (control.adaptive && tolerances() && !tape.recording())
        return integrate_adaptively(system, t0, t1, control.steps, y);
    const Real h = (t1 - t0) / control.steps;
    if (tape.recording()) {
        OdeState state = y;
        for (int i = 0; i < control.steps; ++i) state = step(system, t0 + i * h, h, state);
        return state;
    }
    // What a step computes is given back when it is over: any number of steps works in the memory of one.
    const KeptState states(y);
    OdeState state = states.keep(y);
    for (int i = 0; i < control.steps; ++i) {
        const Tape::Mark mark = tape.mark();
        state = states.keep(step(system, t0 + i * h, h, state));
        tape.rewind(mark);
    }
    return state;
}

OdeState Integrator::integrate_adaptively(const OdeSystem&, Real, Real, int, const OdeState&) const
{
    throw Error("integrator: it has tolerances but does not adapt its steps");
}

RungeKutta::RungeKutta(int order, std::vector<Real> c, std::vector<std::vector<Real>> a, std::vector<Real> b,
                       const std::vector<Real>& embedded, const Tolerances& tolerances)
    : order_(order),
      c_(std::move(c)),
      a_(std::move(a)),
      b_(std::move(b)),
      error_weights_(embedded.size()),
      tolerances_(tolerances)
{
    const std::size_t stages = b_.size(), weights = embedded.size();
    bool fits = stages > 0 && stages <= max_stages && c_.size() == stages && a_.size() == stages;
    for (std::size_t i = 0; fits && i < a_.size(); ++i) fits = a_[i].size() == i;
    if (!fits) throw Error("Runge-Kutta: a tableau of s <= 7 stages has s nodes, s weights and rows of 0..s-1 entries");
    if (weights > 0 && weights != stages && (weights != stages + 1 || weights > max_stages))
        throw Error("Runge-Kutta: s embedded weights, or s + 1 <= 7 with the derivative at the step's end, are needed");
    for (std::size_t i = 0; i < weights; ++i) error_weights_[i] = (i < stages ? b_[i] : 0) - embedded[i];
}

bool RungeKutta::positive_weights() const
{
    return std::all_of(b_.begin(), b_.end(), [](Real weight) { return weight >= 0; });
}

OdeState RungeKutta::step(const OdeSystem& system, Real t, Real h, const OdeState& y) const
{
    Stages k;
    for (std::size_t i = 0; i < b_.size(); ++i) k[i] = system.derivative(t + c_[i] * h, advance(y, h, a_[i], k));
    return advance(y, h, b_, k);
}

RungeKutta::Trial RungeKutta::trial(const OdeSystem& system, Real t, Real h, const OdeState& y,
                                    const OdeState& slope) const
{
    Stages k;
    k[0] = slope;
    for (std::size_t i = 1; i < b_.size(); ++i) k[i] = system.derivative(t + c_[i] * h, advance(y, h, a_[i], k));
    Trial result{advance(y, h, b_, k), y, {}};
    if (error_weights_.size() > b_.size()) k[b_.size()] = result.slope = system.derivative(t + h, result.next);
    for (int part = 0; part < y.size(); ++part) result.error[part] = combined({}, h, error_weights_, k, part);
    return result;
}

OdeState RungeKutta::integrate_adaptively(const OdeSystem& system, Real t0, Real t1, int first_steps,
                                          const OdeState& y) const
{
    Tape& tape = y[0].tape();
    const KeptState states(y), slopes(y);
    OdeState state = states.keep(y), slope;
    const bool reuses_slope = error_weights_.size() > b_.size();
    Real t = t0, h = (t1 - t0) / first_steps;
    StepController controller(order_);
    bool known = false;
    for (int tried = 0; t != t1; ++tried) {
        const bool last = std::abs(t1 - t) <= std::abs(h) * (1 + 1e-10);
        if (last) h = t1 - t;
        if (tried == tolerances_.maximum_steps || t + h == t)
            throw NumericalError(fmt::format(
                "integrator: {} from t = {} to {} at t = {:.6g}, step {:.3g}: raise maximum_steps, relax the "
                "tolerances, or see whether the right-hand side is finite and smooth there",
                t + h == t ? "the step vanishes" : fmt::format("more than {} steps", tolerances_.maximum_steps), t0, t1,
                t, h));
        const Tape::Mark mark = tape.mark();
        if (!known) {
            slope = slopes.keep(system.derivative(t, state));
            known = true;
        }
        const Trial trial = this->trial(system, t, h, state, slope);
        const Real error = error_ratio(system, tolerances_, state, trial);
        if (error <= 1) {
            t = last ? t1 : t + h;
            state = states.keep(trial.next);
            if (reuses_slope) slope = slopes.keep(trial.slope);
            known = reuses_slope;
            h *= controller.accepted(error);
        } else {
            h *= controller.rejected(error);
        }
        tape.rewind(mark);
    }
    return state;
}

}  // namespace mfg
