#pragma once
#include <mfg/optimizer.hpp>
#include <mfg/plugin/options.hpp>

#include <string>

namespace mfg {

/// The inner product of two vectors of one length, summed in an order that depends on the length alone.
MFG_API Real dot(const Vector& a, const Vector& b);
/// The length sqrt(a'a).
MFG_API Real euclidean_norm(const Vector& a);

/// What decides whether a step along a direction is acceptable.
struct LineSearchSettings {
    std::string line_search = "armijo";  ///< or `wolfe`
    Real decrease = 1e-4;                ///< c1: the share of the decrease promised by the slope that is demanded
    Real curvature = 0.9;                ///< c2: the share of the slope that may be left (strong Wolfe only)
    int trials = 30;                     ///< evaluations after which the search has failed
};

/// Declares the options of a method that searches along lines.
MFG_API void line_search_options(Options& options, LineSearchSettings& settings);

/// An objective along `origin + step direction`, with its value and its slope at step 0.
struct Ray {
    Objective& objective;
    const Vector& origin;
    const Vector& direction;
    Evaluation value;
    Real slope;
};

/// The accepted step; `point` and `gradient` of the call then are those of that step, and `value` belongs to them.
struct LineSearchResult {
    bool found = false;
    Real step = 0;
    Evaluation value;
    int trials = 0;
};

/// Halves the step until the objective has decreased enough (Armijo). Trials cost a value each, the accepted one a
/// value and gradient in addition. A value or gradient that is not finite is not acceptable.
MFG_API LineSearchResult armijo_search(const Ray& ray, Real first_step, const LineSearchSettings& settings,
                                       Vector& point, Vector& gradient);

/// Finds a step with the strong Wolfe conditions; each trial costs a value and gradient. When they cannot be met within
/// the trials, the best step that has decreased the objective enough is taken.
MFG_API LineSearchResult wolfe_search(const Ray& ray, Real first_step, const LineSearchSettings& settings,
                                      Vector& point, Vector& gradient);

/// Base of methods that search along a direction made from gradients and curvature pairs `s, y` (step and change of the
/// gradient).
///
/// A pair is only ever made of two gradients of one revision: when it has changed, value and gradient are
/// evaluated again before the step. When no step is acceptable, the parameters stay, everything learned is forgotten
/// and the report says so.
class MFG_API LineSearchOptimizer : public Optimizer {
public:
    StepReport step(Objective& objective, Vector& theta) final;
    void reset() final;
    void state(Archive& archive) final;

protected:
    /// How long the first trial step is.
    enum class FirstTrial {
        unit,      ///< always 1: the direction is scaled
        doubling,  ///< twice the last step, but at most 1
        growing    ///< 5 times the last step if that was accepted at once, twice if not
    };

    LineSearchOptimizer(const LineSearchSettings& settings, FirstTrial first_trial);

    /// Starts again with `n` parameters; the direction is then the negative gradient.
    virtual void forget(std::size_t n) = 0;
    /// Sets the direction for a gradient that no step led to (after a change of the sample).
    virtual void turn(const Vector& gradient, Vector& direction) = 0;
    /// Takes in a curvature pair and sets the direction for the new gradient; `direction` still is the one of the step.
    /// Returns false to be started again.
    virtual bool learn(const Vector& s, const Vector& y, const Vector& gradient, Vector& direction) = 0;
    /// Names what was learned for saving and loading.
    virtual void save_state(Archive& archive) = 0;

private:
    void restart();

    LineSearchSettings settings_;
    FirstTrial first_trial_;

    std::uint64_t revision_ = 0;
    Evaluation value_;
    Real next_trial_ = 1;
    Vector gradient_, direction_;
    Vector trial_, trial_gradient_, s_;
};

}  // namespace mfg
