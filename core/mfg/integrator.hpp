#pragma once
#include <mfg/autodiff/operations.hpp>

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
    virtual OdeState derivative(Real t, const OdeState& y) const = 0;
};

/// Solves initial value problems step by step, on the tape: derivatives of the result are those of the discrete scheme.
class MFG_API Integrator {
public:
    static constexpr const char* kind = "integrator";
    using Interface = Integrator;

    virtual ~Integrator();

    /// The error of one unit of time falls as the step to this power.
    virtual int order() const = 0;
    /// One step from t to t + h; h may be negative.
    virtual OdeState step(const OdeSystem& system, Real t, Real h, const OdeState& y) const = 0;
    /// `steps` equal steps from t0 to t1.
    OdeState integrate(const OdeSystem& system, Real t0, Real t1, int steps, const OdeState& y) const;
};

/// An explicit Runge-Kutta method is its tableau: row i of `a` (i entries) and node c_i for each stage, weights b.
class MFG_API RungeKutta : public Integrator {
public:
    int order() const final { return order_; }
    OdeState step(const OdeSystem& system, Real t, Real h, const OdeState& y) const final;

protected:
    RungeKutta(int order, std::vector<Real> c, std::vector<std::vector<Real>> a, std::vector<Real> b);

private:
    int order_;
    std::vector<Real> c_;
    std::vector<std::vector<Real>> a_;
    std::vector<Real> b_;
};

}  // namespace mfg
