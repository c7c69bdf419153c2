#include "exact_solution.hpp"
#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/constants.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

MeanAttractionSolution::MeanAttractionSolution(const Settings& settings)
    : s_(settings),
      k_(std::sqrt(settings.attraction)),
      speed_(settings.terminal * settings.initial_mean / (1 + settings.terminal * settings.horizon)),
      d_end_(number(0, [this](const Jet& tau) { return shape(tau).d; })),
      s_end_(number(0, [this](const Jet& tau) { return shape(tau).s; }))
{
}

MeanAttractionSolution::Shape MeanAttractionSolution::shape(const Jet& tau) const
{
    if (k_ == 0) return {1 + s_.terminal * tau, s_.terminal + 0 * tau, tau};
    const Jet up = exp(k_ * tau), down = exp(-k_ * tau);
    const Jet cosh = 0.5 * (up + down), sinh = 0.5 * (up - down);
    return {cosh + (s_.terminal / k_) * sinh, k_ * sinh + s_.terminal * cosh, sinh / k_};
}

Jet MeanAttractionSolution::constant(const Jet& tau, const Jet& mean, const Shape& at) const
{
    const Real end = this->mean(s_.horizon);
    const Jet noise = (s_.noise * s_.noise) * log(at.d);
    const Jet drift = at.slope / at.d * square(mean) - s_.terminal * end * end - speed_ * speed_ * tau;
    return (Real(0.5) * s_.dimension) * (noise + drift);
}

Jet MeanAttractionSolution::noise_variance(const Shape& at) const
{
    return (s_.noise * s_.noise) * (square(at.d) * (s_end_ / d_end_) - at.s * at.d);
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
    const Jet variance = square(at.d) * (initial_variance / (d_end_ * d_end_)) + noise_variance(at);
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
    return number(t, [this](const Jet& tau) { return shape(tau).d; }) / d_end_;
}

Real MeanAttractionSolution::deviation(Real t) const
{
    return std::sqrt(std::max(Real(0), number(t, [this](const Jet& tau) { return noise_variance(shape(tau)); })));
}

}  // namespace mfg
