#pragma once
#include <mfg/autodiff/operations.hpp>
#include <mfg/plugin/options.hpp>

#include <string>
#include <vector>

namespace mfg {

/// The unknowns of a system of ordinary differential equations, as a few arrays `[any x samples]`.
class OdeState {
public:
    static constexpr int most = 8;

    OdeState() = default;
    OdeState(std::initializer_list<Variable> parts)
    {
        for (const Variable& part : parts) parts_[size_++] = part;
    }
    int size() const { return size_; }
    Variable& operator[](int i) { return parts_[i]; }
    const Variable& operator[](int i) const { return parts_[i]; }

private:
    Variable parts_[most];
    int size_ = 0;
};

/// A right-hand side y' = f(t, y). A part of the derivative that does not exist is zero.
class MFG_API OdeSystem {
public:
    virtual ~OdeSystem();
    /// f(t, y): as many parts as y has, each of the shape of its part or absent.
    virtual OdeState derivative(Real t, const OdeState& y) const = 0;
    /// Whether error control looks at this part of the state. Parts that nothing else depends on and that are not
    /// smooth in time (integrals of an absolute value) would force tiny steps.
    virtual bool controls_error(int /*part*/) const { return true; }
};

/// How an interval of time is divided into steps.
struct StepControl {
    // From a number, so that "in 8 steps" is written 8.
    StepControl(int equal_steps, bool may_adapt = false) : steps(equal_steps), adaptive(may_adapt) {}

    int steps;      ///< equal steps; with error control the first step tried is one of them
    bool adaptive;  ///< integrators with error control choose their own steps where no derivatives are recorded
};

/// What the error of a step is held below in every entry y: `absolute + relative |y|`.
struct MFG_API Tolerances {
    Real relative = 1e-6, absolute = 1e-8;
    int maximum_steps = 1000;  ///< for one interval, rejected ones included

    /// Declares the options relative_tolerance, absolute_tolerance and maximum_steps.
    void declare(Options& options);
};
/// "relative tolerance 1e-06, absolute tolerance 1e-08"
MFG_API std::string text_of(const Tolerances& tolerances);

/// Solves initial value problems step by step, on the tape: derivatives of the result are those of the discrete scheme.
class MFG_API Integrator {
public:
    static constexpr const char* kind = "integrator";
    using Interface = Integrator;

    virtual ~Integrator();

    /// The error at a fixed time falls as the step to this power.
    virtual int order() const = 0;
    /// One step from t to t + h; h may be negative.
    virtual OdeState step(const OdeSystem& system, Real t, Real h, const OdeState& y) const = 0;
    /// From t0 to t1 in the steps that `control` asks for.
    OdeState integrate(const OdeSystem& system, Real t0, Real t1, const StepControl& control, const OdeState& y) const;
    /// Whether integrals of positive functions stay positive. Where they need not, a training that minimises them can
    /// make them negative without bound.
    virtual bool positive_weights() const { return true; }
    /// The tolerances of an integrator with error control, else null.
    virtual const Tolerances* tolerances() const { return nullptr; }

private:
    /// Values from t0 to t1 to the tolerances; only called where there are some.
    virtual OdeState integrate_adaptively(const OdeSystem& system, Real t0, Real t1, int first_steps,
                                          const OdeState& y) const;
};

/// An explicit Runge-Kutta method is its tableau: row i of `a` (i entries) and node c_i for each stage, weights b.
class MFG_API RungeKutta : public Integrator {
public:
    /// A step with its error.
    struct Trial {
        OdeState next;
        OdeState error;  ///< the result with weights b minus that with the embedded ones
        OdeState slope;  ///< derivative at the step's end; only where the embedded weights use it
    };

    int order() const final { return order_; }
    bool positive_weights() const final;
    const Tolerances* tolerances() const final { return error_weights_.empty() ? nullptr : &tolerances_; }
    OdeState step(const OdeSystem& system, Real t, Real h, const OdeState& y) const final;
    /// One step of an embedded pair; `slope` is the derivative at its start.
    Trial trial(const OdeSystem& system, Real t, Real h, const OdeState& y, const OdeState& slope) const;

protected:
    /// A method of the given order with equal steps. With `embedded` weights, a pair of orders `order` and `order` - 1:
    /// the steps are those of the weights b, their error is the difference from the embedded ones. These may have one
    /// entry more than b, for the derivative at the step's end, which is the first stage of the next step.
    RungeKutta(int order, std::vector<Real> c, std::vector<std::vector<Real>> a, std::vector<Real> b,
               const std::vector<Real>& embedded = {}, const Tolerances& tolerances = {});

private:
    OdeState integrate_adaptively(const OdeSystem& system, Real t0, Real t1, int first_steps,
                                  const OdeState& y) const final;

    int order_;
    std::vector<Real> c_;
    std::vector<std::vector<Real>> a_;
    std::vector<Real> b_, error_weights_;  // the latter: b minus the embedded ones
    Tolerances tolerances_;
};

}  // namespace mfg
