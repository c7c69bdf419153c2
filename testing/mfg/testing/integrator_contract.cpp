#include <mfg/testing/differences.hpp>
#include <mfg/testing/integrator_contract.hpp>
#include <mfg/testing/worst_error.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace mfg {
namespace {

constexpr int samples = 3;
constexpr Real early = 0.3, late = 1.5;

/// Values of y and z for each sample.
using Pair = std::array<std::array<Real, samples>, 2>;

constexpr Pair start_values{{{0.5, 0.35, -0.6}, {1, -0.7, 2}}};

/// y' = y^2 cos t, z' = y z cos t: 1/y + sin t and z/y are constant.
class Growth final : public OdeSystem {
public:
    OdeState derivative(Real t, const OdeState& y) const override
    {
        return {multiply(y[0], y[0], std::cos(t)), multiply(y[0], y[1], std::cos(t)), {}};
    }
};

Pair exact(const Pair& at, Real t0, Real t1)
{
    Pair result;
    for (std::size_t i = 0; i < samples; ++i) {
        result[0][i] = 1 / (1 / at[0][i] - (std::sin(t1) - std::sin(t0)));
        result[1][i] = at[1][i] * result[0][i] / at[0][i];
    }
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

Variable row(Tape& tape, const std::array<Real, samples>& values)
{
    return tape.constant_view(values.data(), 1, samples);
}

Pair solve(const Integrator& integrator, const Pair& start, Real t0, Real t1, int steps)
{
    Tape tape;
    tape.begin(false);
    const OdeState end = integrator.integrate(Growth(), t0, t1, steps,
                                              {row(tape, start[0]), row(tape, start[1]), tape.constant(1, 1, 3)});
    Pair result;
    for (int part = 0; part < 2; ++part)
        for (int i = 0; i < samples; ++i) result[part][i] = end[part](0, i);
    return result;
}

/// The largest difference; infinite where one is not a number.
Real distance(const Pair& a, const Pair& b)
{
    Matrix difference = make_matrix(2, samples);
    for (std::size_t part = 0; part < 2; ++part)
        for (std::size_t i = 0; i < samples; ++i) difference(part, i) = a[part][i] - b[part][i];
    return largest(difference);
}

CheckResult check_order(const Integrator& integrator, const std::string& what, Real t0, Real t1)
{
    constexpr Real rounding = 1e-12;
    const Pair start = exact(start_values, early, t0), expected = exact(start_values, early, t1);
    Real observed = 0, before = 0;
    int steps = 4;
    for (int n = steps; n <= 1024; n *= 2) {
        const Real error = distance(solve(integrator, start, t0, t1, n), expected);
        if (n > 4 && !(error > rounding)) break;
        if (n > 4) observed = std::log2(before / error);
        before = error;
        steps = n;
    }
    return {what, observed > integrator.order() - 0.1,
            "order " + short_text(observed) + " observed at " + std::to_string(steps) + " steps, " +
                std::to_string(integrator.order()) + " stated"};
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
    const Pair end = solve(integrator, start_values, early, late, steps);
    const Real error = distance(end, exact(start_values, early, late));
    const Real left = distance(solve(integrator, end, late, early, steps), start_values);
    return {"forward and back again is the start, to the accuracy of the method", left <= 10 * error + 1e-12,
            short_text(left) + " away; the error forward is " + short_text(error)};
}

CheckResult check_part_without_derivative(const Integrator& integrator)
{
    Tape tape;
    tape.begin(false);
    const OdeState end = integrator.integrate(
        Growth(), early, late, 3, {row(tape, start_values[0]), row(tape, start_values[1]), tape.constant(1, 1, 3)});
    const bool kept = end.size() == 3 && end[2].exists() && end[2](0, 0) == 3;
    return {"a part without derivative stays", kept, kept ? "3 after 3 steps, as at the start" : "changed in 3 steps"};
}

CheckResult check_adjoint(const Integrator& integrator)
{
    // Weights of the final values make one number of them.
    const Pair weights{{{1, -2, 0.5}, {0.3, 1.5, -1}}};
    constexpr int steps = 3;
    const auto value = [&](const Pair& start) {
        const Pair end = solve(integrator, start, early, late, steps);
        Real sum = 0;
        for (std::size_t part = 0; part < 2; ++part)
            for (std::size_t i = 0; i < samples; ++i) sum += weights[part][i] * end[part][i];
        return sum;
    };

    Tape tape;
    tape.begin(true);
    Pair bar{};
    const OdeState end = integrator.integrate(Growth(), early, late, steps,
                                              {tape.leaf(start_values[0].data(), bar[0].data(), 1, samples),
                                               tape.leaf(start_values[1].data(), bar[1].data(), 1, samples)});
    for (int part = 0; part < 2; ++part) {
        Real* seed = tape.adjoint(end[part]);
        for (int i = 0; i < samples; ++i) seed[i] += weights[part][i];
    }
    tape.reverse();

    WorstError worst;
    for (std::size_t part = 0; part < 2; ++part) {
        for (std::size_t i = 0; i < samples; ++i) {
            const Real expected = first_difference([&](Real step) {
                Pair moved = start_values;
                moved[part][i] += step;
                return value(moved);
            });
            worst.add(bar[part][i] - expected, std::abs(expected) + 0.1,
                      "part " + std::to_string(part + 1) + ", sample " + std::to_string(i + 1));
        }
    }
    return worst.below("derivatives in the start (finite differences)", 1e-8);
}

}  // namespace

CheckResults check_integrator(const Integrator& integrator)
{
    CheckResults results;
    append_check(results, "order, forward", [&] { return check_order(integrator, "order, forward", early, late); });
    append_check(results, "order, backward", [&] { return check_order(integrator, "order, backward", late, early); });
    append_check(results, "one step", [&] { return check_quadrature(integrator); });
    append_check(results, "forward and back again", [&] { return check_return(integrator); });
    append_check(results, "a part without derivative", [&] { return check_part_without_derivative(integrator); });
    append_check(results, "derivatives in the start", [&] { return check_adjoint(integrator); });
    return results;
}

}  // namespace mfg
