#include <mfg/autodiff/jet.hpp>
#include <mfg/testing/test_objectives.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace mfg {

TestObjective::TestObjective(std::string name, Vector start, Real minimum, Real tolerance, Formula formula)
    : name_(std::move(name)),
      start_(std::move(start)),
      minimum_(minimum),
      tolerance_(tolerance),
      formula_(std::move(formula))
{
}

namespace {

Evaluation in_two_terms(Real value)
{
    Evaluation result = value;
    result.term_count = 2;
    result.terms[0] = value / 4;
    result.terms[1] = value - value / 4;
    return result;
}

}  // namespace

Evaluation TestObjective::value(const Vector& theta)
{
    ++values_;
    return in_two_terms(formula_(theta, nullptr, sample_));
}

Evaluation TestObjective::value_and_gradient(const Vector& theta, Vector& gradient)
{
    ++gradients_;
    return in_two_terms(formula_(theta, gradient.data(), sample_));
}

TestObjective&& TestObjective::with_residuals(Index count, Rows rows) &&
{
    residual_count_ = count;
    rows_ = std::move(rows);
    return std::move(*this);
}

void TestObjective::linearise(const Vector& theta, Vector& residuals, Matrix& jacobian)
{
    ++gradients_;
    rows_(theta, residuals, jacobian, sample_);
}

void TestObjective::multiply(const Vector& theta, const Vector& v, Vector& residuals, Vector& product, Vector& squares)
{
    Matrix jacobian = make_matrix(residual_count_, size());
    linearise(theta, residuals, jacobian);
    for (Index i = 0; i < residual_count_; ++i) {
        product(i) = squares(i) = 0;
        for (Index k = 0; k < length(v); ++k) {
            product(i) += jacobian(i, k) * v(k);
            squares(i) += jacobian(i, k) * jacobian(i, k);
        }
    }
}

void TestObjective::multiply_transposed(const Vector& theta, const Vector& u, Vector& product)
{
    Matrix jacobian = make_matrix(residual_count_, size());
    Vector residuals = make_vector(residual_count_);
    linearise(theta, residuals, jacobian);
    product.fill(0);
    for (Index i = 0; i < residual_count_; ++i)
        for (Index k = 0; k < length(product); ++k) product(k) += jacobian(i, k) * u(i);
}

namespace {

/// The tape finds the rows of the Jacobian of a formula for all residuals.
TestObjective::Rows rows_on_tape(const std::function<Jet(const Jet& x, std::uint64_t sample)>& formula)
{
    return [formula](const Vector& x, Vector& residuals, Matrix& jacobian, std::uint64_t sample) {
        thread_local Tape tape;
        jacobian.fill(0);
        for (Index k = 0; k < length(residuals); ++k) {
            tape.begin(true);
            const Variable out = formula(Jet(tape.leaf(x.data(), &jacobian(k, 0), length(x), 1)), sample).value();
            residuals(k) = out(k, 0);
            tape.adjoint(out)[k * out.stride()] = 1;
            tape.reverse();
        }
    };
}

/// The tape finds the gradient of a formula.
TestObjective::Formula on_tape(const std::function<Jet(const Jet& x, std::uint64_t sample)>& formula)
{
    return [formula](const Vector& x, Real* gradient, std::uint64_t sample) {
        thread_local Tape tape;
        tape.begin(gradient != nullptr);
        if (gradient) std::fill_n(gradient, x.size(), 0);
        const Variable out = formula(Jet(tape.leaf(x.data(), gradient, length(x), 1)), sample).value();
        const Real value = out(0, 0);
        if (!gradient) return value;
        *tape.adjoint(out) = 1;
        tape.reverse();
        return value;
    };
}

/// A fixed number in [-1, 1) for each pair of indices.
Real scatter(std::uint64_t a, std::uint64_t b)
{
    std::uint64_t h = (a * 0x9e3779b97f4a7c15u) ^ (b * 0xbf58476d1ce4e5b9u + 0x94d049bb133111ebu);
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return static_cast<Real>((h ^ (h >> 31)) >> 11) * 0x1p-52 - 1;
}

/// Of 40 points in 3 dimensions, with a quadratic penalty.
TestObjective logistic_regression()
{
    constexpr Index points = 40;
    Matrix labelled = make_matrix(points, 4, 1);
    for (Index k = 0; k < points; ++k) {
        for (Index i = 0; i < 3; ++i) labelled(k, i) = scatter(k, i);
        const Real label = labelled(k, 0) - labelled(k, 1) + scatter(k, 3) > 0 ? 1 : -1;
        for (Index i = 0; i < 4; ++i) labelled(k, i) *= label;
    }
    // The minimum was computed independently, to all digits.
    return {"logistic regression", make_vector(4, 2), 0.5283571152157884, 1e-10,
            on_tape([labelled](const Jet& x, std::uint64_t) {
                // log(1 + exp(-margin)), for either sign without overflow: log_cosh is log(2 cosh).
                const Jet half = 0.5 * affine(labelled, x);
                return sum(log_cosh(half) - half) / points + 0.05 * norm_squared(x);
            })};
}

}  // namespace

TestObjective test_quadratic(Index n, Real condition)
{
    Vector eigenvalues = make_vector(n, 1);
    for (Index i = 1; i < n; ++i) eigenvalues(i) = std::pow(condition, static_cast<Real>(i) / static_cast<Real>(n - 1));
    return TestObjective{
        condition > 100 ? "ill-conditioned quadratic" : "quadratic", make_vector(n, 1), 0, 1e-10,
        on_tape([eigenvalues](const Jet& x, std::uint64_t) { return 0.5 * sum(eigenvalues * square(x)); })}
        .with_residuals(n, rows_on_tape([eigenvalues](const Jet& x, std::uint64_t) {
                            return Vector(xt::sqrt(0.5 * eigenvalues)) * x;
                        }));
}

TestObjective test_rosenbrock(Index n)
{
    // Pairs start at different places; else the problem would stay two-dimensional.
    Vector start = make_vector(n, 1);
    for (Index i = 0; i < n; i += 2) start(i) = -1.2 + 0.1 * static_cast<Real>(i % 10);
    return TestObjective{"Rosenbrock in " + std::to_string(n) + " dimensions", start, 0, 1e-10,
                         on_tape([n](const Jet& x, std::uint64_t) {
                             const Variable pairs = x.value().reshape(n / 2, 2);
                             const Jet a(pairs.columns(0, 1)), b(pairs.columns(1, 1));
                             return sum(100 * square(b - square(a)) + square(1 - a));
                         })}
        .with_residuals(n, rows_on_tape([n](const Jet& x, std::uint64_t) {
                            const Variable pairs = x.value().reshape(n / 2, 2);
                            const Jet a(pairs.columns(0, 1)), b(pairs.columns(1, 1));
                            return vconcat(10 * (b - square(a)), 1 - a);
                        }));
}

TestObjective test_himmelblau()
{
    return TestObjective{"Himmelblau", {-1, -1}, 0, 1e-10, on_tape([](const Jet& x, std::uint64_t) {
                             return square(square(x[0]) + x[1] - 11) + square(x[0] + square(x[1]) - 7);
                         })}
        .with_residuals(2, rows_on_tape([](const Jet& x, std::uint64_t) {
                            return vconcat(square(x[0]) + x[1] - 11, x[0] + square(x[1]) - 7);
                        }));
}

TestObjective test_powell_singular()
{
    return TestObjective{"Powell singular", {3, -1, 0, 1}, 0, 1e-8, on_tape([](const Jet& x, std::uint64_t) {
                             return square(x[0] + 10 * x[1]) + 5 * square(x[2] - x[3]) +
                                    square(square(x[1] - 2 * x[2])) + 10 * square(square(x[0] - x[3]));
                         })}
        .with_residuals(4, rows_on_tape([](const Jet& x, std::uint64_t) {
                            return vconcat(vconcat(x[0] + 10 * x[1], std::sqrt(5.0) * (x[2] - x[3])),
                                           vconcat(square(x[1] - 2 * x[2]), std::sqrt(10.0) * square(x[0] - x[3])));
                        }));
}

TestObjective test_resampled_quadratic()
{
    constexpr Index n = 6;
    const auto shift = [](std::uint64_t sample) {
        Vector shifts = make_vector(n);
        for (Index i = 0; i < n; ++i) shifts(i) = sample == 0 ? 0 : 0.1 * scatter(sample, i);
        return shifts;
    };
    const Vector curvature = xt::arange<Real>(1, n + 1);
    return TestObjective{
        "resampled quadratic", make_vector(n, 2), 0, 0,
        on_tape([=](const Jet& x, std::uint64_t sample) { return 0.5 * sum(curvature * square(x - shift(sample))); })}
        .with_residuals(n, rows_on_tape([=](const Jet& x, std::uint64_t sample) {
                            return Vector(xt::sqrt(0.5 * curvature)) * (x - shift(sample));
                        }));
}

TestObjective test_barrier()
{
    // On the axis of (3, 4), f = 5 r - log(1 - r^2) has its minimum where 5 (1 - r^2) = -2 r.
    const Real r = (1 - std::sqrt(26.0)) / 5;
    return {"barrier", {0.5, 0.6}, 5 * r - std::log(1 - r * r), 1e-10, on_tape([](const Jet& x, std::uint64_t) {
                // Derivatives of the root are not numbers outside either.
                return 3 * x[0] + 4 * x[1] - 2 * log(sqrt(1 - norm_squared(x)));
            })};
}

TestObjective test_wrong_gradient()
{
    return TestObjective{"wrong gradient",
                         {1, -2, 3},
                         0,
                         0,
                         [](const Vector& x, Real* g, std::uint64_t) {
                             Real value = 0;
                             for (std::size_t i = 0; i < x.size(); ++i) {
                                 value += x(i) * x(i);
                                 if (g) g[i] = -2 * x(i);
                             }
                             return value;
                         }}
        .with_residuals(3, [](const Vector& x, Vector& residuals, Matrix& jacobian, std::uint64_t) {
            residuals = x;
            jacobian = -xt::eye<Real>(3);
        });
}

std::vector<TestObjective> test_objectives()
{
    return {test_quadratic(5, 10),
            test_quadratic(10, 1000),
            test_rosenbrock(2),
            test_rosenbrock(10),
            {"Beale", {1, 1}, 0, 1e-10, on_tape([](const Jet& x, std::uint64_t) {
                 const Jet a = x[0], b = x[1];
                 return square(1.5 - a * (1 - b)) + square(2.25 - a * (1 - square(b))) +
                        square(2.625 - a * (1 - b * square(b)));
             })},
            test_himmelblau(),
            test_powell_singular(),
            logistic_regression(),
            {"sum of absolute values", {1, -0.7, 0.4, 1.3}, 0, 0, on_tape([](const Jet& x, std::uint64_t) {
                 return sum(abs(x));
             })},
            test_resampled_quadratic(),
            test_barrier(),
            {"saddle", {1, 0.01}, -0.25, 1e-10, on_tape([](const Jet& x, std::uint64_t) {
                 return 0.5 * square(x[0]) + 0.25 * square(square(x[1])) - 0.5 * square(x[1]);
             })}};
}

}  // namespace mfg
