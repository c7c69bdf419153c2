/// gauss_newton: steps along the least-squares solution of the linearised residuals, for objectives that are sums of
/// squares.
///
/// With the residuals $r$ and their Jacobian $J$ `[N x P]` on the sample, the direction solves the damped normal
/// equations in the smaller of two spaces,
///
/// $$ d = J^\top (J J^\top + \lambda I)^{-1} r \quad (N \le P), \qquad d = (J^\top J + \lambda I)^{-1} J^\top r \quad
///    (P < N) $$
///
/// by a Cholesky factorisation; $\lambda$ is `damping` times the mean of the matrix's diagonal. With `momentum` $\mu$
/// the last direction v enters (SPRING), $v \leftarrow \mu v + J^\top (J J^\top + \lambda I)^{-1} (r - \mu J v)$. Then
/// $\theta \leftarrow \theta - \eta v$, where $\eta$ is the best of 1, 1/2, 1/4, ... on the same sample (`step
/// search`), or `learning_rate` (`step fixed`). `damping_rule levenberg_marquardt` divides the damping by 3 after a
/// full step and doubles it after one shorter than 1/4.
///
/// Draw new points for every step (`--training.resample_every 1`), and about as many residuals as parameters: on a
/// fixed or small sample a step fits that sample alone. A step costs about $N^2 P$ operations, and $8 N P$ bytes.
///
///     mfg solve ergodic_log_10d --optimizer gauss_newton --network mlp --network.width 32 --training.resample_every 1
///
/// A. Guzman-Cordero, F. Dangel, G. Goldshlager, M. Zeinhofer, Improving energy natural gradient descent through
/// Woodbury, momentum, and randomization, NeurIPS 2025; G. Goldshlager, N. Abrahamsen, L. Lin, A Kaczmarz-inspired
/// approach to accelerate the optimization of neural network wavefunctions, J. Comput. Phys. 516, 2024.
#include <mfg/base/blas.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/line_search.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace {

using mfg::Index;
using mfg::Matrix;
using mfg::Real;
using mfg::Vector;

/// y = A x or, `transposed`, A' x.
void multiply(const Matrix& a, bool transposed, const Vector& x, Vector& y)
{
    mfg::gemm(transposed, false, mfg::length(y), 1, mfg::length(x), a.data(), mfg::columns(a), x.data(), 1, y.data(), 1,
              false);
}

class GaussNewton final : public mfg::Optimizer {
public:
    struct Settings {
        Real damping = 1e-10, momentum = 0, learning_rate = 0.1;
        std::string damping_rule = "fixed", step = "search";
        int trials = 30;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("damping", s.damping, "lambda over the mean of the diagonal", mfg::nonnegative);
        o("damping_rule", s.damping_rule, "damping of later steps: the same, or by the length of the last step",
          {"fixed", "levenberg_marquardt"});
        o("momentum", s.momentum, "fraction mu of the last direction that is kept", mfg::between(0, 0.9999));
        o("step", s.step, "length of a step: the best of 1, 1/2, 1/4, ... on the sample, or learning_rate",
          {"search", "fixed"});
        o("learning_rate", s.learning_rate, "length of a fixed step", mfg::positive);
        o("trials", s.trials, "trials after which the search has failed", mfg::between(1, 60));
    }

    explicit GaussNewton(const Settings& s) : settings_(s) { reset(); }

    bool needs_least_squares() const override { return true; }
    void reset() override
    {
        direction_ = mfg::make_vector(0);
        damping_ = settings_.damping;
    }

    mfg::StepReport step(mfg::Objective& objective, Vector& theta) override
    {
        mfg::LeastSquares* squares = objective.least_squares();
        if (!squares) throw mfg::Error("optimizer 'gauss_newton': the objective is not a sum of squares");
        make_room(squares->residual_count(), mfg::length(theta));
        squares->linearise(theta, residuals_, jacobian_);
        Real before = 0;
        for (const Real r : residuals_) before += r * r;
        multiply(jacobian_, true, residuals_, gradient_);
        const Real norm = 2 * mfg::euclidean_norm(gradient_);
        if (!std::isfinite(before) || !std::isfinite(norm)) return {before, norm, std::nan(""), false};

        find_direction();
        trial_ = theta;
        const auto [length, value] = settings_.step == "search"
                                         ? search(objective, theta, before)
                                         : std::pair{settings_.learning_rate, fixed(objective, theta)};
        if (length == 0) {
            // The next sample may need more damping, and no memory of this direction.
            direction_.fill(0);
            if (settings_.damping_rule != "fixed") damping_ = std::max(damping_, least_damping) * 10;
            return {objective.value(theta), norm, 0, false};
        }
        if (settings_.damping_rule != "fixed")
            damping_ = length == 1 ? std::max(damping_ / 3, least_damping) : length < 0.25 ? damping_ * 2 : damping_;
        move(theta, length, theta);
        return {value, norm, length * mfg::euclidean_norm(direction_), true};
    }

    void state(mfg::Archive& archive) override
    {
        archive.per_parameter("direction", direction_);
        archive("damping", damping_);
    }

private:
    static constexpr Real least_damping = 1e-14;

    void make_room(Index n, Index p)
    {
        if (mfg::length(direction_) != p) direction_ = mfg::make_vector(p);
        if (mfg::rows(jacobian_) == n && mfg::columns(jacobian_) == p) return;
        jacobian_ = mfg::make_matrix(n, p);
        residuals_ = right_ = mfg::make_vector(n);
        gradient_ = trial_ = solution_ = mfg::make_vector(p);
        const Index smaller = std::min(n, p);
        matrix_ = mfg::make_matrix(smaller, smaller);
        diagonal_ = mfg::make_vector(smaller);
    }

    /// v <- mu v + least-squares solution for r - mu J v.
    void find_direction()
    {
        const Real mu = settings_.momentum;
        multiply(jacobian_, false, direction_, right_);
        for (std::size_t i = 0; i < right_.size(); ++i) right_(i) = residuals_(i) - mu * right_(i);
        const bool by_samples = jacobian_.shape(0) <= jacobian_.shape(1);
        if (by_samples) {
            factor(false);
            mfg::linalg::solve_factored(matrix_, right_);
            multiply(jacobian_, true, right_, solution_);
        } else {
            multiply(jacobian_, true, right_, solution_);
            factor(true);
            mfg::linalg::solve_factored(matrix_, solution_);
        }
        for (std::size_t i = 0; i < direction_.size(); ++i) direction_(i) = mu * direction_(i) + solution_(i);
    }

    /// The Cholesky factor of the damped matrix; where rounding errors leave it indefinite, with more damping.
    void factor(bool transposed)
    {
        const std::size_t n = matrix_.shape(0);
        mfg::linalg::gram(jacobian_, transposed, matrix_);
        Real mean = 0;
        for (std::size_t i = 0; i < n; ++i) mean += matrix_(i, i) / static_cast<Real>(n);
        // The upper triangle keeps the matrix for another attempt.
        for (std::size_t i = 0; i < n; ++i) {
            diagonal_(i) = matrix_(i, i);
            for (std::size_t j = 0; j < i; ++j) matrix_(j, i) = matrix_(i, j);
        }
        for (Real damping = damping_;; damping = std::max(10 * damping, least_damping)) {
            const Real lambda = damping * mean + std::numeric_limits<Real>::min();
            for (std::size_t i = 0; i < n; ++i) matrix_(i, i) = diagonal_(i) + lambda;
            if (mfg::linalg::cholesky_in_place(matrix_)) return;
            if (damping > 1)
                throw mfg::NumericalError("optimizer 'gauss_newton': the residuals have no finite Jacobian");
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = 0; j < i; ++j) matrix_(i, j) = matrix_(j, i);
        }
    }

    void move(const Vector& theta, Real length, Vector& to) const
    {
        for (std::size_t i = 0; i < theta.size(); ++i) to(i) = theta(i) - length * direction_(i);
    }

    mfg::Evaluation fixed(mfg::Objective& objective, const Vector& theta)
    {
        move(theta, settings_.learning_rate, trial_);
        return objective.value(trial_);
    }

    /// Halves the step until it descends, and then for as long as that gains something; length 0: none descends.
    std::pair<Real, mfg::Evaluation> search(mfg::Objective& objective, const Vector& theta, Real before)
    {
        std::pair<Real, mfg::Evaluation> best{0, before};
        Real length = 1;
        for (int trial = 0; trial < settings_.trials; ++trial, length /= 2) {
            move(theta, length, trial_);
            const mfg::Evaluation value = objective.value(trial_);
            // Written so that a value that is not a number is no descent.
            if (value < best.second)
                best = {length, value};
            else if (best.first > 0)
                break;
        }
        return best;
    }

    Settings settings_;
    Real damping_ = 0;
    Vector direction_;
    Matrix jacobian_, matrix_;
    Vector residuals_, right_, gradient_, solution_, trial_, diagonal_;
};

}  // namespace

MFG_PLUGIN(GaussNewton, "gauss_newton", "least-squares steps on linearised residuals");
