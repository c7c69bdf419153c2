#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/base/views.hpp>
#include <mfg/testing/contracts.hpp>
#include <mfg/testing/differences.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

constexpr Real early = 0.3, late = 1.5;

/// y and z in three samples, one a row.
const Matrix start_values{{0.5, 1}, {0.35, -0.7}, {-0.6, 2}};

/// y' = y^2 cos t, z' = y z cos t: 1/y + sin t and z/y are constant.
class Growth final : public OdeSystem {
public:
    OdeState derivative(Real t, const OdeState& y) const override
    {
        return {multiply(y[0], y[0], std::cos(t)), multiply(y[0], y[1], std::cos(t)), {}};
    }
};

Matrix exact(const Matrix& at, Real t0, Real t1)
{
    Matrix result = at;
    xt::col(result, 0) = 1 / (1 / xt::col(at, 0) - (std::sin(t1) - std::sin(t0)));
    xt::col(result, 1) = xt::col(at, 1) * xt::col(result, 0) / xt::col(at, 0);
    return result;
}

/// x' = t^k
class Power final : public OdeSystem {
public:
    explicit Power(int k) : k_(k) {}
    OdeState derivative(Real t, const OdeState& y) const override
    {
        return {y[0].tape().constant(1, 1, std::pow(t, k_))};
    }

private:
    int k_;
};

Matrix solve(const Integrator& integrator, const Matrix& start, Real t0, Real t1, int steps)
{
    return map_points(start, 2, [&](Tape& tape, const Variable& in) {
        const OdeState end =
            integrator.integrate(Growth(), t0, t1, steps, {in.rows(0, 1), in.rows(1, 1), tape.constant(1, 1, 3)});
        return vconcat({end[0], end[1]});
    });
}

CheckResult check_order(const Integrator& integrator, Real t0, Real t1)
{
    constexpr Real rounding = 1e-12;
    const Matrix start = exact(start_values, early, t0), expected = exact(start_values, early, t1);
    Real observed = 0, before = 0;
    int steps = 4;
    for (int n = steps; n <= 1024; n *= 2) {
        const Real error = largest(solve(integrator, start, t0, t1, n) - expected);
        if (n > 4 && !(error > rounding)) break;
        if (n > 4) observed = std::log2(before / error);
        before = error;
        steps = n;
    }
    return {"", observed > integrator.order() - 0.1,
            fmt::format("order {:.4g} observed at {} steps, {} stated", observed, steps, integrator.order())};
}

CheckResult check_quadrature(const Integrator& integrator)
{
    WorstError worst;
    constexpr Real t0 = 0.2, t1 = 1.7;
    for (int k = 0; k < integrator.order(); ++k) {
        Tape tape;
        tape.begin(false);
        const OdeState end = integrator.integrate(Power(k), t0, t1, 1, {tape.constant(1, 1, 0)});
        const Real expected = (std::pow(t1, k + 1) - std::pow(t0, k + 1)) / (k + 1);
        worst.add(end[0](0, 0) - expected, std::abs(expected), "k = " + std::to_string(k));
    }
    return worst.below("one step is exact for x' = t^k, k below the order", 1e-13);
}

CheckResult check_return(const Integrator& integrator)
{
    constexpr int steps = 32;
    const Matrix end = solve(integrator, start_values, early, late, steps);
    const Real error = largest(end - exact(start_values, early, late));
    const Real left = largest(solve(integrator, end, late, early, steps) - start_values);
    return {"forward and back again is the start, to the accuracy of the method", left <= 10 * error + 1e-12,
            fmt::format("{:.4g} away; the error forward is {:.4g}", left, error)};
}

/// With embedded weights of one order less, the error that a step finds falls as its length to the stated order.
CheckResult check_embedded(const RungeKutta& method)
{
    const auto error = [&](Real h) {
        return largest(map_points(start_values, 2, [&](Tape& tape, const Variable& in) {
            const OdeState y{in.rows(0, 1), in.rows(1, 1), tape.constant(1, 1, 3)};
            const RungeKutta::Trial trial = method.trial(Growth(), early, h, y, Growth().derivative(early, y));
            return vconcat({trial.error[0], trial.error[1]});
        }));
    };
    // In steps as short as rounding allows: in long ones terms of higher order are as large.
    constexpr Real rounding = 1e-12;
    Real step = 0.2, before = error(step), observed = 0;
    for (int halving = 0; halving < 5; ++halving) {
        step /= 2;
        const Real now = error(step);
        if (!(now > rounding)) break;
        observed = std::log2(before / now);
        before = now;
    }
    return {"the error of a step falls with its length to the power of the order (embedded weights)",
            std::abs(observed - method.order()) < 0.5,
            fmt::format("power {:.4g} observed, {} expected", observed, method.order())};
}

CheckResult check_part_without_derivative(const Integrator& integrator)
{
    Tape tape;
    tape.begin(false);
    const Variable start = columns_of(tape, start_values, 0, rows(start_values));
    const OdeState end =
        integrator.integrate(Growth(), early, late, 3, {start.rows(0, 1), start.rows(1, 1), tape.constant(1, 1, 3)});
    const bool kept = end.size() == 3 && end[2].exists() && end[2](0, 0) == 3;
    return {"a part without derivative stays", kept, kept ? "3 after 3 steps, as at the start" : "changed in 3 steps"};
}

CheckResult check_adjoint(const Integrator& integrator)
{
    // Weights of the final values make one number of them.
    const Matrix weights{{1, 0.3}, {-2, 1.5}, {0.5, -1}};
    constexpr int steps = 3;
    const PointFunction value = [&](const Matrix& start) -> Matrix {
        return xt::sum(weights * solve(integrator, start, early, late, steps), {1}, xt::keep_dims);
    };

    Tape tape;
    tape.begin(true);
    const Matrix start = linalg::transpose(start_values);
    Matrix bar = 0 * start;
    const Variable in = tape.leaf(start.data(), bar.data(), rows(start), columns(start));
    const OdeState end = integrator.integrate(Growth(), early, late, steps, {in.rows(0, 1), in.rows(1, 1)});
    for (int part = 0; part < 2; ++part) {
        Real* seed = tape.adjoint(end[part]);
        for (Index i = 0; i < columns(start); ++i) seed[i] += weights(i, part);
    }
    tape.reverse();

    WorstError worst;
    const Matrix found = linalg::transpose(bar), expected = difference_gradient(value, start_values, 2);
    for (Index part = 0; part < 2; ++part)
        for (Index i = 0; i < rows(found); ++i)
            worst.add(found(i, part) - expected(i, part), std::abs(expected(i, part)) + 0.1,
                      fmt::format("part {}, sample {}", part + 1, i + 1));
    return worst.below("derivatives in the start (finite differences)", 1e-8);
}

}  // namespace

CheckResults check_integrator(const Integrator& integrator)
{
    CheckResults results;
    append_check(results, "order, forward", [&] { return check_order(integrator, early, late); });
    append_check(results, "order, backward", [&] { return check_order(integrator, late, early); });
    if (const auto* method = dynamic_cast<const RungeKutta*>(&integrator); method && method->tolerances())
        append_check(results, "embedded weights", [&] { return check_embedded(*method); });
    append_check(results, "one step", [&] { return check_quadrature(integrator); });
    append_check(results, "forward and back again", [&] { return check_return(integrator); });
    append_check(results, "a part without derivative", [&] { return check_part_without_derivative(integrator); });
    append_check(results, "derivatives in the start", [&] { return check_adjoint(integrator); });
    return results;
}

}  // namespace mfg
