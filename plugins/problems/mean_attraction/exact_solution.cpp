#include "exact_solution.hpp"
#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/constants.hpp>

#include <cmath>

namespace mfg {

MeanAttractionSolution::MeanAttractionSolution(const Settings& settings)
    : s_(settings),
      k_(std::sqrt(settings.attraction)),
      speed_(settings.terminal * settings.initial_mean / (1 + settings.terminal * settings.horizon)),
      d_end_(number(0, [this](const Jet& tau) { return shape(tau).d; }))
{
}

MeanAttractionSolution::Shape MeanAttractionSolution::shape(const Jet& tau) const
{
    if (k_ == 0) return {1 + s_.terminal * tau, s_.terminal + 0 * tau};
    const Jet down = exp(-2 * k_ * tau);
    const Jet cosh = 0.5 * (1 + down), sinh = 0.5 * (1 - down);
    return {cosh + (s_.terminal / k_) * sinh, k_ * sinh + s_.terminal * cosh};
}

Jet MeanAttractionSolution::constant(const Jet& tau, const Jet& mean, const Shape& at) const
{
    const Real end = this->mean(s_.horizon);
    const Jet noise = (s_.noise * s_.noise) * (log(at.d) + k_ * tau);
    const Jet drift = at.slope / at.d * square(mean) - s_.terminal * end * end - speed_ * speed_ * tau;
    return (Real(0.5) * s_.dimension) * (noise + drift);
}

Jet MeanAttractionSolution::contraction(const Jet& t, const Shape& at) const
{
    return exp(-k_ * t) * at.d / d_end_;
}

Jet MeanAttractionSolution::noise_variance(const Jet& t, const Shape& at) const
{
    // exp(-k t) sinh(k t)/k
    const Jet growth = k_ == 0 ? t : (1 - exp(-2 * k_ * t)) / (2 * k_);
    return (s_.noise * s_.noise / d_end_) * at.d * growth;
}

Jet MeanAttractionSolution::value(const Jet& x, const Jet& t) const
{
    const Jet tau = s_.horizon - t, mean = s_.initial_mean - speed_ * t;
    const Shape at = shape(tau);
    const Jet p = at.slope / at.d;
    return 0.5 * p * norm_squared(x) + (speed_ - p * mean) * sum(x) + constant(tau, mean, at);
}

Jet MeanAttractionSolution::log_density(const Jet& x, const Jet& t, Real initial_variance) const
{
    const Shape at = shape(s_.horizon - t);
    const Jet variance = initial_variance * square(contraction(t, at)) + noise_variance(t, at);
    const Jet mean = s_.initial_mean - speed_ * t;
    const Jet off = norm_squared(x) - 2 * mean * sum(x) + s_.dimension * square(mean);
    return -0.5 * off / variance - (Real(0.5) * s_.dimension) * (log(variance) + log_two_pi);
}

Real MeanAttractionSolution::number(Real t, const std::function<Jet(const Jet& tau)>& formula) const
{
    const KeptTape kept;
    Tape& tape = *kept;
    tape.begin(false);
    return formula(Jet(tape.constant(1, 1, s_.horizon - t))).value()(0, 0);
}

Real MeanAttractionSolution::curvature(Real t) const
{
    return number(t, [this](const Jet& tau) { return shape(tau).slope / shape(tau).d; });
}

Real MeanAttractionSolution::constant(Real t) const
{
    return number(
        t, [this](const Jet& tau) { return constant(tau, s_.initial_mean - speed_ * (s_.horizon - tau), shape(tau)); });
}

Real MeanAttractionSolution::contraction(Real t) const
{
    return number(t, [this](const Jet& tau) { return contraction(s_.horizon - tau, shape(tau)); });
}

Real MeanAttractionSolution::deviation(Real t) const
{
    return std::sqrt(number(t, [this](const Jet& tau) { return noise_variance(s_.horizon - tau, shape(tau)); }));
}

}  // namespace mfg
