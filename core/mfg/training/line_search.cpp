#include <mfg/base/error.hpp>
#include <mfg/training/line_search.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

Real dot(const Vector& a, const Vector& b)
{
    const Real *x = a.data(), *y = b.data();
    const std::size_t n = a.size(), whole = n - n % 4;
    Real sum[4] = {0, 0, 0, 0};
    for (std::size_t i = 0; i < whole; i += 4)
        for (std::size_t k = 0; k < 4; ++k) sum[k] += x[i + k] * y[i + k];
    for (std::size_t i = whole; i < n; ++i) sum[i - whole] += x[i] * y[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

Real euclidean_norm(const Vector& a)
{
    return std::sqrt(dot(a, a));
}

void line_search_options(Options& options, LineSearchSettings& settings)
{
    options("line_search", settings.line_search, "condition that a step must satisfy", {"armijo", "wolfe"});
    options("decrease", settings.decrease, "fraction c1 of the decrease that the slope predicts", between(0, 0.5));
    options("curvature", settings.curvature, "fraction c2 of the slope that may remain (wolfe)", between(0, 1));
    options("trials", settings.trials, "maximum number of trial steps in a line search", at_least(1));
}

namespace {

struct Trial {
    Real step;
    Evaluation value;
    Real slope;
};

void move(const Ray& ray, Real step, Vector& point)
{
    const Real *x = ray.origin.data(), *p = ray.direction.data();
    Real* out = point.data();
    for (std::size_t i = 0; i < point.size(); ++i) out[i] = x[i] + step * p[i];
}

Trial evaluate(const Ray& ray, Real step, Vector& point, Vector& gradient)
{
    move(ray, step, point);
    const Evaluation value = ray.objective.value_and_gradient(point, gradient);
    return {step, value, dot(gradient, ray.direction)};
}

bool finite(const Trial& trial)
{
    return std::isfinite(trial.value) && std::isfinite(trial.slope);
}

/// The minimum of the cubic through values and slopes of two trials; not finite where there is none.
Real cubic_minimum(const Trial& a, const Trial& b)
{
    const Real d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
    const Real d2 = std::copysign(std::sqrt(d1 * d1 - a.slope * b.slope), b.step - a.step);
    return b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
}

/// The next trial between two: the cubic's minimum, but not nearer than a tenth to either, so that the interval
/// shrinks.
Real interpolate(const Trial& low, const Trial& high)
{
    const Real width = high.step - low.step, guess = (cubic_minimum(low, high) - low.step) / width;
    return low.step + width * (finite(high) && std::isfinite(guess) ? std::clamp(guess, 0.1, 0.9) : 0.5);
}

/// The next trial beyond `now`, where the objective still falls.
Real extrapolate(const Trial& before, const Trial& now)
{
    const Real guess = cubic_minimum(before, now) / now.step;
    return now.step * (std::isfinite(guess) && guess > 1 ? std::clamp(guess, 1.2, 10.0) : 2.0);
}

}  // namespace

LineSearchResult armijo_search(const Ray& ray, Real first_step, const LineSearchSettings& settings, Vector& point,
                               Vector& gradient)
{
    Real step = first_step;
    for (int trial = 1; trial <= settings.trials; ++trial, step *= 0.5) {
        move(ray, step, point);
        // Written so that a value that is not a number fails.
        if (!(ray.objective.value(point) <= ray.value + settings.decrease * step * ray.slope)) continue;
        const Evaluation value = ray.objective.value_and_gradient(point, gradient);
        if (std::isfinite(value) && std::isfinite(euclidean_norm(gradient))) return {true, step, value, trial};
    }
    return {false, 0, ray.value, settings.trials};
}

LineSearchResult wolfe_search(const Ray& ray, Real first_step, const LineSearchSettings& settings, Vector& point,
                              Vector& gradient)
{
    // Nocedal and Wright, Algorithms 3.5 and 3.6 in one loop: `low` is the best trial with enough decrease; once there
    // is a bracket, acceptable steps lie between `low` and `high`.
    Trial low{0, ray.value, ray.slope}, high{0, 0, 0};
    bool bracket = false;
    Real step = first_step;
    for (int trial = 1; trial <= settings.trials; ++trial) {
        const Trial now = evaluate(ray, step, point, gradient);
        const bool enough = now.value <= ray.value + settings.decrease * step * ray.slope && now.value < low.value;
        if (!enough || !finite(now)) {
            high = now;
            bracket = true;
            step = interpolate(low, high);
            continue;
        }
        if (std::abs(now.slope) <= -settings.curvature * ray.slope) return {true, step, now.value, trial};
        if (bracket ? now.slope * (high.step - low.step) >= 0 : now.slope >= 0) {
            high = low;
            bracket = true;
        }
        step = bracket ? interpolate(now, high) : extrapolate(low, now);
        low = now;
    }
    if (low.step == 0) return {false, 0, ray.value, settings.trials};
    low = evaluate(ray, low.step, point, gradient);
    return {finite(low), low.step, low.value, settings.trials};
}

LineSearchOptimizer::LineSearchOptimizer(const LineSearchSettings& settings, FirstTrial first_trial)
    : settings_(settings), first_trial_(first_trial)
{
    if (settings_.line_search == "wolfe" && settings_.curvature <= settings_.decrease)
        throw Error("option 'curvature': must be greater than 'decrease', or no step may meet both conditions");
}

void LineSearchOptimizer::restart()
{
    forget(gradient_.size());
    for (std::size_t i = 0; i < gradient_.size(); ++i) direction_.data()[i] = -gradient_.data()[i];
    // Without curvature only the growing rule knows a scale; else move by one at most.
    const Real norm = euclidean_norm(gradient_);
    next_trial_ = first_trial_ == FirstTrial::growing || !(norm > 1) ? 1 : 1 / norm;
}

StepReport LineSearchOptimizer::step(Objective& objective, Vector& theta)
{
    const std::size_t n = theta.size();
    if (trial_.size() != n)
        for (Vector* work : {&trial_, &trial_gradient_, &s_}) *work = make_vector(n);
    const bool fresh = gradient_.size() != n;
    if (fresh) {
        gradient_ = make_vector(n);
        direction_ = make_vector(n);
    }
    if (fresh || objective.revision() != revision_) {
        value_ = objective.value_and_gradient(theta, gradient_);
        revision_ = objective.revision();
        if (fresh)
            restart();
        else
            turn(gradient_, direction_);
    }

    Real slope = dot(gradient_, direction_);
    if (!(slope < 0)) {
        restart();
        slope = dot(gradient_, direction_);
    }
    StepReport report;
    const Ray ray{objective, theta, direction_, value_, slope};
    const auto search = settings_.line_search == "wolfe" ? wolfe_search : armijo_search;
    LineSearchResult found;
    if (slope < 0) found = search(ray, next_trial_, settings_, trial_, trial_gradient_);
    if (!found.found) {
        restart();
        report.objective = value_;
        report.gradient_norm = euclidean_norm(gradient_);
        report.progress = false;
        return report;
    }

    const Real* p = direction_.data();
    Real *s = s_.data(), *y = gradient_.data(), *g = trial_gradient_.data();
    for (std::size_t i = 0; i < n; ++i) {
        s[i] = found.step * p[i];
        y[i] = g[i] - y[i];
    }
    std::copy(trial_.begin(), trial_.end(), theta.begin());
    // The old gradient has become the change of the gradient; the vectors change places.
    std::swap(gradient_, trial_gradient_);
    value_ = found.value;
    // An unscaled direction takes short steps for long; a search from 1 would spend most of its trials on getting
    // there. Doubling leads back to 1.
    if (first_trial_ == FirstTrial::growing)
        next_trial_ = (found.trials == 1 ? 5 : 2) * found.step;
    else
        next_trial_ = first_trial_ == FirstTrial::doubling ? std::min(Real(1), 2 * found.step) : 1;
    if (!learn(s_, trial_gradient_, gradient_, direction_)) restart();

    report.objective = value_;
    report.gradient_norm = euclidean_norm(gradient_);
    report.step_length = euclidean_norm(s_);
    return report;
}

void LineSearchOptimizer::reset()
{
    // Without a gradient the next step begins as the first one did.
    gradient_ = make_vector(0);
}

void LineSearchOptimizer::state(Archive& archive)
{
    // Without a gradient the next step begins as the first one did.
    bool has_gradient = gradient_.size() > 0;
    archive("has_gradient", has_gradient);
    if (!has_gradient) return reset();
    archive("revision", revision_);
    archive("value", value_.value);
    Vector terms = make_vector(value_.term_count);
    std::copy_n(value_.terms.begin(), terms.size(), terms.begin());
    archive("terms", terms);
    if (terms.size() > Evaluation::max_terms)
        throw Error("checkpoint: entry 'terms' has " + std::to_string(terms.size()) +
                    " numbers, more than there can be");
    value_.term_count = terms.size();
    std::copy_n(terms.begin(), value_.term_count, value_.terms.begin());
    archive("next_trial", next_trial_);
    archive.per_parameter("gradient", gradient_);
    archive.per_parameter("direction", direction_);
    save_state(archive);
}

}  // namespace mfg
