#pragma once
#include <mfg/problem.hpp>
#include "problems/common/chebyshev.hpp"

#include <array>

namespace mfg {

/// The solution of `flock`: each pair of a position x and its velocity v behaves like any other, so that
///
///     phi = a |x|^2/2 + b x.v + c |v|^2/2 + s_x sum x + s_v sum v + r,
///     a' = b^2,  b' = b c - a,  c' = c^2 - 2 b - kappa,  (a, b, c)(T) = (gamma, 0, 0)
///
/// The mean moves as if agents did not see each other, its acceleration is linear in time; pairs are Gaussian with a
/// covariance that follows from the feedback.
class MFG_API FlockSolution {
public:
    struct Settings {
        int pairs;
        Real alignment, aim_weight, aim, viscosity, horizon;
        Real velocity;  ///< mean at the start; that of positions is 0
        Real position_variance, velocity_variance;
    };

    explicit FlockSolution(const Settings& settings);

    /// phi and log m for positions and velocities x `[2 pairs]`, positions first.
    Jet value(const Jet& x, const Jet& t) const;
    Jet log_density(const Jet& x, const Jet& t) const;
    Real mean_position(Real t) const;
    Real mean_velocity(Real t) const;
    /// Variances of a position and a velocity, and their covariance.
    std::array<Real, 3> covariance(Real t) const;

private:
    /// p_v of the mean agent is lambda (T - t), p_x is lambda.
    template <class Time>
    Time position(const Time& t) const
    {
        return s_.velocity * t - lambda_ * (s_.horizon / 2 * (t * t) - t * t * t / 6);
    }
    template <class Time>
    Time velocity(const Time& t) const
    {
        return s_.velocity + -lambda_ * (s_.horizon * t - t * t / 2);
    }

    Settings s_;
    Real lambda_;
    ChebyshevSeries a_, b_, c_, constant_, xx_, xv_, vv_;
};

}  // namespace mfg
