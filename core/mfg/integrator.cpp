#include <mfg/error.hpp>
#include <mfg/integrator.hpp>

#include <array>

namespace mfg {
namespace {

constexpr std::size_t most_stages = 7;

/// y + h sum_i factors_i k_i, part by part.
OdeState advance(const OdeState& y, Real h, const std::vector<Real>& factors,
                 const std::array<OdeState, most_stages>& k)
{
    OdeState next = y;
    for (int part = 0; part < y.size(); ++part) {
        std::array<Term, most_stages + 1> terms;
        terms[0] = {1, y[part]};
        int count = 1;
        for (std::size_t i = 0; i < factors.size(); ++i)
            if (factors[i] != 0 && k[i][part].exists())
                terms[static_cast<std::size_t>(count++)] = {h * factors[i], k[i][part]};
        if (count > 1) next[part] = combine(terms.data(), count);
    }
    return next;
}

}  // namespace

OdeSystem::~OdeSystem() = default;
Integrator::~Integrator() = default;

OdeState Integrator::integrate(const OdeSystem& system, Real t0, Real t1, int steps, const OdeState& y) const
{
    const Real h = (t1 - t0) / steps;
    OdeState state = y;
    for (int i = 0; i < steps; ++i) state = step(system, t0 + i * h, h, state);
    return state;
}

RungeKutta::RungeKutta(int order, std::vector<Real> c, std::vector<std::vector<Real>> a, std::vector<Real> b)
    : order_(order), c_(std::move(c)), a_(std::move(a)), b_(std::move(b))
{
    bool fits = !b_.empty() && b_.size() <= most_stages && c_.size() == b_.size() && a_.size() == b_.size();
    for (std::size_t i = 0; fits && i < a_.size(); ++i) fits = a_[i].size() == i;
    if (!fits) throw Error("Runge-Kutta: a tableau of s <= 7 stages has s nodes, s weights and rows of 0..s-1 entries");
}

OdeState RungeKutta::step(const OdeSystem& system, Real t, Real h, const OdeState& y) const
{
    std::array<OdeState, most_stages> k;
    for (std::size_t i = 0; i < b_.size(); ++i) k[i] = system.derivative(t + c_[i] * h, advance(y, h, a_[i], k));
    return advance(y, h, b_, k);
}

}  // namespace mfg
