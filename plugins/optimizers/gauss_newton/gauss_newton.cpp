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
/// Beyond `memory`, conjugate gradients solve the same equations with products $J v$ and $J^\top u$ alone.
///
///     mfg solve ergodic_log_10d --optimizer gauss_newton --network mlp --network.width 32 --training.resample_every 1
///
/// A. Guzman-Cordero, F. Dangel, G. Goldshlager, M. Zeinhofer, Improving energy natural gradient descent through
/// Woodbury, momentum, and randomization, NeurIPS 2025; G. Goldshlager, N. Abrahamsen, L. Lin, A Kaczmarz-inspired
/// approach to accelerate the optimization of neural network wavefunctions, J. Comput. Phys. 516, 2024.
#include <mfg/base/error.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/line_search.hpp>
#include <optimizers/gauss_newton/direction.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace {

using mfg::Index;
using mfg::Real;
using mfg::Vector;

class GaussNewton final : public mfg::Optimizer {
public:
    struct Settings {
        Real damping = 1e-10, momentum = 0, learning_rate = 0.1;
        std::string damping_rule = "fixed", step = "search";
        int trials = 30, memory = 4096, cg_iterations = 100;
        Real cg_tolerance = 1e-3;
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
        o("memory", s.memory, "MiB for the Jacobian and the matrix; conjugate gradients where they need more",
          mfg::at_least(0));
        o("cg_iterations", s.cg_iterations, "conjugate gradients: iterations of a step at most", mfg::at_least(1));
        o("cg_tolerance", s.cg_tolerance, "conjugate gradients: residual of the linear system over its right side",
          mfg::between(0, 1));
    }

    explicit GaussNewton(const Settings& s) : settings_(s), iterative_(s.cg_iterations, s.cg_tolerance) { reset(); }

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
        if (direction_.size() != theta.size()) direction_ = mfg::make_vector(theta.size());
        if (solution_.size() != theta.size()) solution_ = trial_ = gradient_ = direction_;
        mfg::Direction& linear = direction_for(*squares, mfg::length(theta));
        const Real before = linear.linearise(*squares, theta, gradient_), norm = mfg::euclidean_norm(gradient_);
        if (!std::isfinite(before) || !std::isfinite(norm)) return {before, norm, std::nan(""), false};

        linear.solve(damping_, settings_.momentum, direction_, solution_);
        for (std::size_t i = 0; i < direction_.size(); ++i)
            direction_(i) = settings_.momentum * direction_(i) + solution_(i);
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

    mfg::Direction& direction_for(const mfg::LeastSquares& squares, Index parameters)
    {
        constexpr double mebibyte = 1 << 20;
        if (mfg::DenseDirection::memory(squares.residual_count(), parameters) <= settings_.memory * mebibyte)
            return dense_;
        return iterative_;
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
    mfg::DenseDirection dense_;
    mfg::IterativeDirection iterative_;
    Vector direction_, gradient_, solution_, trial_;
};

}  // namespace

MFG_PLUGIN(GaussNewton, "gauss_newton", "least-squares steps on linearised residuals");
