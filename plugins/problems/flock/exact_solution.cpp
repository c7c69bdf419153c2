#include "exact_solution.hpp"
#include <mfg/base/constants.hpp>

#include <array>

namespace mfg {
namespace {

/// A function of time with three or four parts at Chebyshev nodes, from its values at one end: classical Runge-Kutta
/// steps, so small that their errors are rounding.
template <std::size_t n, class Rates>
std::array<ChebyshevSeries, n> integrated(Real horizon, bool backward, std::array<Real, n> y, const Rates& rates)
{
    constexpr Index nodes = 64;
    constexpr int steps = 128;
    const Vector t = ChebyshevSeries::nodes(0, horizon, nodes);
    std::array<Vector, n> values;
    values.fill(make_vector(nodes));
    const auto at = [&](Index i) { return backward ? nodes - 1 - i : i; };
    for (Index i = 0; i < nodes; ++i) {
        for (std::size_t k = 0; k < n; ++k) values[k](at(i)) = y[k];
        if (i + 1 == nodes) break;
        const Real h = (t(at(i + 1)) - t(at(i))) / steps;
        for (int step = 0; step < steps; ++step) {
            const Real now = t(at(i)) + step * h;
            const auto moved = [&](const std::array<Real, n>& rate, Real by) {
                std::array<Real, n> to = y;
                for (std::size_t k = 0; k < n; ++k) to[k] += by * rate[k];
                return to;
            };
            const auto k1 = rates(now, y), k2 = rates(now + h / 2, moved(k1, h / 2)),
                       k3 = rates(now + h / 2, moved(k2, h / 2)), k4 = rates(now + h, moved(k3, h));
            for (std::size_t k = 0; k < n; ++k) y[k] += h / 6 * (k1[k] + 2 * k2[k] + 2 * k3[k] + k4[k]);
        }
    }
    std::array<ChebyshevSeries, n> series;
    for (std::size_t k = 0; k < n; ++k) series[k] = ChebyshevSeries(0, horizon, values[k]);
    return series;
}

}  // namespace

FlockSolution::FlockSolution(const Settings& s)
    : s_(s),
      lambda_(s.aim_weight * (s.velocity * s.horizon - s.aim) /
              (1 + s.aim_weight * s.horizon * s.horizon * s.horizon / 3))
{
    using Four = std::array<Real, 4>;
    using Three = std::array<Real, 3>;
    const Real end = s.pairs * s.aim_weight / 2 * s.aim * s.aim;
    // The constant: 0 = -r' - nu d c + |s_v|^2/2 - kappa/2 |mean v|^2.
    const auto [a, b, c, r] = integrated<4>(s.horizon, true, Four{s.aim_weight, 0, 0, end}, [&](Real t, const Four& y) {
        const Real v = velocity(t), push = lambda_ * (s.horizon - t) - y[1] * position(t) - y[2] * v;
        const Real rate = -s.viscosity * y[2] + push * push / 2 - s.alignment / 2 * v * v;
        return Four{y[1] * y[1], y[1] * y[2] - y[0], y[2] * y[2] - 2 * y[1] - s.alignment, s.pairs * rate};
    });
    a_ = a;
    b_ = b;
    c_ = c;
    constant_ = r;
    const auto [xx, xv, vv] = integrated<3>(s.horizon, false, Three{s.position_variance, 0, s.velocity_variance},
                                            [&](Real t, const Three& y) {
                                                const Real b_now = b_(t), c_now = c_(t);
                                                return Three{2 * y[1], y[2] - b_now * y[0] - c_now * y[1],
                                                             -2 * b_now * y[1] - 2 * c_now * y[2] + 2 * s.viscosity};
                                            });
    xx_ = xx;
    xv_ = xv;
    vv_ = vv;
}

Jet FlockSolution::value(const Jet& x, const Jet& t) const
{
    const Jet position = x.features(0, s_.pairs), velocity = x.features(s_.pairs, s_.pairs);
    const Jet a = a_(t), b = b_(t), c = c_(t), x_mean = this->position(t), v_mean = this->velocity(t);
    const Jet push_x = lambda_ - a * x_mean - b * v_mean;
    const Jet push_v = lambda_ * (s_.horizon - t) - b * x_mean - c * v_mean;
    return 0.5 * (a * norm_squared(position)) + b * dot(position, velocity) + 0.5 * (c * norm_squared(velocity)) +
           push_x * sum(position) + push_v * sum(velocity) + constant_(t);
}

Jet FlockSolution::log_density(const Jet& x, const Jet& t) const
{
    const Jet xx = xx_(t), xv = xv_(t), vv = vv_(t), determinant = xx * vv - square(xv);
    const Jet x_mean = position(t), v_mean = velocity(t), positions = x.features(0, s_.pairs),
              velocities = x.features(s_.pairs, s_.pairs);
    Jet form;
    for (int k = 0; k < s_.pairs; ++k) {
        const Jet dx = positions[k] - x_mean, dv = velocities[k] - v_mean;
        form = form + vv * square(dx) - 2 * (xv * (dx * dv)) + xx * square(dv);
    }
    return -0.5 * (form / determinant) - s_.pairs * (0.5 * log(determinant) + log_two_pi);
}

Real FlockSolution::mean_position(Real t) const
{
    return position(t);
}

Real FlockSolution::mean_velocity(Real t) const
{
    return velocity(t);
}

std::array<Real, 3> FlockSolution::covariance(Real t) const
{
    return {xx_(t), vv_(t), xv_(t)};
}

}  // namespace mfg
