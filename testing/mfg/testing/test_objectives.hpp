#pragma once
#include <mfg/optimizer.hpp>

#include <functional>
#include <string>
#include <vector>

namespace mfg {

/// An objective of two terms with a known minimum, for testing optimizers. It counts its evaluations.
class MFG_API TestObjective final : public Objective, public LeastSquares {
public:
    /// The value at `theta` on a sample; writes the gradient too unless it is null.
    using Formula = std::function<Real(const Vector& theta, Real* gradient, std::uint64_t sample)>;
    /// Writes residuals and their Jacobian.
    using Rows = std::function<void(const Vector& theta, Vector& residuals, Matrix& jacobian, std::uint64_t sample)>;

    /// `tolerance` is the gap between value and minimum that a quasi-Newton method reaches, 0 where no such promise can
    /// be made.
    TestObjective(std::string name, Vector start, Real minimum, Real tolerance, Formula formula);

    /// Says that the value is the sum of `count` squares.
    TestObjective&& with_residuals(Index count, Rows rows) &&;

    /// What any sensible optimizer leaves at most of that gap in so many steps.
    static constexpr Real modest_share = 0.5;
    static constexpr int modest_steps = 4000;

    std::size_t size() const override { return start_.size(); }
    Evaluation value(const Vector& theta) override;
    Evaluation value_and_gradient(const Vector& theta, Vector& gradient) override;
    std::uint64_t revision() const override { return sample_; }
    LeastSquares* least_squares() override { return rows_ ? this : nullptr; }
    Index residual_count() const override { return residual_count_; }
    void linearise(const Vector& theta, Vector& residuals, Matrix& jacobian) override;
    void multiply(const Vector& theta, const Vector& v, Vector& residuals, Vector& product, Vector& squares) override;
    void multiply_transposed(const Vector& theta, const Vector& u, Vector& product) override;

    /// Sample 0 is the expectation, of which the others are noisy versions.
    void set_sample(std::uint64_t sample) { sample_ = sample; }

    const std::string& name() const { return name_; }
    const Vector& start() const { return start_; }
    Real minimum() const { return minimum_; }
    Real tolerance() const { return tolerance_; }
    int values() const { return values_; }        ///< calls of `value`
    int gradients() const { return gradients_; }  ///< calls of `value_and_gradient`

private:
    std::string name_;
    Vector start_;
    Real minimum_, tolerance_;
    Formula formula_;
    Rows rows_;
    Index residual_count_ = 0;
    std::uint64_t sample_ = 0;
    int values_ = 0, gradients_ = 0;
};

/// 1/2 x'Dx in `n` dimensions with the eigenvalues of D spread evenly, on a logarithmic scale, from 1 to `condition`.
MFG_API TestObjective test_quadratic(Index n, Real condition);
/// The sum of Rosenbrock's functions of n / 2 pairs; `n` is even.
MFG_API TestObjective test_rosenbrock(Index n);
MFG_API TestObjective test_himmelblau();
/// Powell's function, with a singular Hessian at the minimum.
MFG_API TestObjective test_powell_singular();
/// A quadratic whose minimum lies elsewhere on every sample.
MFG_API TestObjective test_resampled_quadratic();
/// A linear function with a logarithmic barrier: not a number outside of a ball.
MFG_API TestObjective test_barrier();
/// |x|^2 with the gradient of -|x|^2: no step along what seems to go down goes down.
MFG_API TestObjective test_wrong_gradient();

/// All of the above except the last, and a few more.
MFG_API std::vector<TestObjective> test_objectives();

}  // namespace mfg
