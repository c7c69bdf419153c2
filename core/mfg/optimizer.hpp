#pragma once
#include <mfg/base/archive.hpp>
#include <mfg/base/array.hpp>

#include <array>
#include <cstdint>

namespace mfg {

/// The value of an objective, and the terms that it is the sum of. It converts from and to a plain number, for
/// objectives without terms and for optimizers that do not care.
struct Evaluation {
    static constexpr std::size_t max_terms = 32;

    Real value = 0;
    std::array<Real, max_terms> terms{};
    std::size_t term_count = 0;  ///< 0: the terms are not known

    Evaluation(Real number = 0) : value(number) {}
    operator Real() const { return value; }
};

/// Residuals of an objective that is the sum of their squares.
class MFG_API LeastSquares {
public:
    virtual ~LeastSquares();

    /// Number N of residuals; it changes with the revision only.
    virtual Index residual_count() const = 0;
    /// Residuals `[N]` at `theta`, and their derivatives, one residual a row: `jacobian` `[N x size()]`.
    virtual void linearise(const Vector& theta, Vector& residuals, Matrix& jacobian) = 0;
    /// The same for sizes whose Jacobian J does not fit into memory. Residuals and `product` = J v, both `[N]`, and the
    /// squared lengths `[N]` of the rows of J; costs about as much as J.
    virtual void multiply(const Vector& theta, const Vector& v, Vector& residuals, Vector& product,
                          Vector& squares) = 0;
    /// `product` = J' u, `[size()]`; costs about as much as a gradient.
    virtual void multiply_transposed(const Vector& theta, const Vector& u, Vector& product) = 0;
};

/// A function of the parameters that is to be made small, as an optimizer sees it.
class MFG_API Objective {
public:
    virtual ~Objective();

    /// Number of parameters.
    virtual std::size_t size() const = 0;
    /// The value at `theta`; cheaper than with a gradient, for line searches. NaN and infinity are possible results.
    virtual Evaluation value(const Vector& theta) = 0;
    /// The value at `theta` and its gradient (`gradient` has `size()` entries).
    virtual Evaluation value_and_gradient(const Vector& theta, Vector& gradient) = 0;
    /// The number of the function: it changes when a new sample is drawn, or for another reason. A quasi-Newton method
    /// must not build a curvature pair from gradients of two revisions.
    virtual std::uint64_t revision() const = 0;
    /// The residuals whose squares it is the sum of; null if it is no such sum.
    virtual LeastSquares* least_squares() { return nullptr; }
};

/// What one step of an optimizer did.
struct StepReport {
    Evaluation objective;    ///< at the new parameters if the method knows it (line search), else at the old ones
    Real gradient_norm = 0;  ///< Euclidean norm of the gradient at the same parameters
    Real step_length = 0;    ///< Euclidean length of the step; one that is not finite was not taken, and is the last
    bool progress = true;    ///< false: no acceptable step was found, the parameters are unchanged
};

/// Makes an objective smaller, one step at a time.
///
/// Settings come from the constructor; state (momenta, curvature) is sized at the first step and belongs to one
/// parameter vector. The trainer owns the loop: limits, resampling, validation, keeping the best.
class MFG_API Optimizer {
public:
    static constexpr const char* kind = "optimizer";
    using Interface = Optimizer;

    virtual ~Optimizer();

    /// One step from `theta`, in place. If the objective's revision has changed since the last step, value and gradient
    /// that were kept from it are evaluated again first.
    virtual StepReport step(Objective& objective, Vector& theta) = 0;
    /// Whether it can only make steps on objectives that are sums of squares.
    virtual bool needs_least_squares() const { return false; }
    /// Is told how many steps will be made from a reset on, at most; for schedules.
    virtual void plan(std::uint64_t /*steps*/) {}
    /// Forgets everything learned, as if no step had been made.
    virtual void reset() = 0;
    /// Saves or loads everything that the next step depends on, apart from settings.
    virtual void state(Archive& archive) = 0;
};

}  // namespace mfg
