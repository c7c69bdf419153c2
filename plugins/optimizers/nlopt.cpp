/// nlopt: gradient methods of the library NLopt, for comparison. One step is a complete run of the library.
///
/// A step starts the chosen `algorithm` at the current parameters, allows it at most `evaluations` values and
/// gradients, and takes the best point found. The algorithm loses its estimate of the curvature between steps. An
/// interrupted training therefore has no hidden state in the library, but `evaluations` should be large (below 10, some
/// algorithms find no first step). An iteration of the training costs as much as `evaluations` iterations of `adam`, so
/// fewer are needed, each with a new sample:
///
///     mfg solve optimal_transport_2d --optimizer nlopt --training.iterations 10,20 --training.resample_every 1
///
/// | algorithm | description |
/// |---|---|
/// | `lbfgs` | limited-memory quasi-Newton, Luksan's code |
/// | `var2` | limited-memory variable metric (Shanno), Luksan's code |
/// | `tnewton` | truncated Newton, preconditioned, restarted: curvature from differences of gradients |
/// | `mma`, `ccsaq` | moving asymptotes and conservative separable quadratic approximations (Svanberg) |
///
/// The plugin omits the gradient-free methods of the library, which need more evaluations than there are parameters
/// before they make progress, and its dense methods, whose steps cost O(n^3) for n parameters. The algorithms above are
/// deterministic. If the objective of a trial point is not finite, the algorithm receives infinity.
///
/// S. G. Johnson, The NLopt nonlinear-optimization package, github.com/stevengj/nlopt; L. Luksan, PLIP and PNET
/// subroutines; K. Svanberg, A class of globally convergent optimization methods based on conservative convex separable
/// approximations, SIAM J. Optim. 12, 2002.
#include <mfg/base/error.hpp>
#include <mfg/optimizer.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/line_search.hpp>

#include <nlopt.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace {

nlopt_algorithm algorithm_called(const std::string& name)
{
    if (name == "lbfgs") return NLOPT_LD_LBFGS;
    if (name == "var2") return NLOPT_LD_VAR2;
    if (name == "tnewton") return NLOPT_LD_TNEWTON_PRECOND_RESTART;
    if (name == "mma") return NLOPT_LD_MMA;
    return NLOPT_LD_CCSAQ;
}

/// An objective as the library sees it in one run.
class Run {
public:
    struct Value {
        mfg::Evaluation objective = HUGE_VAL;
        mfg::Real gradient_norm = HUGE_VAL;
        bool finite() const { return std::isfinite(objective) && std::isfinite(gradient_norm); }
    };

    Run(mfg::Objective& objective, std::size_t size, int evaluations)
        : objective_(objective), left_(evaluations), point_(mfg::make_vector(size)), gradient_(point_), best_(point_)
    {
    }

    /// Has the best point found from `theta` put in its place, if there is a better one.
    mfg::StepReport minimise(nlopt_algorithm algorithm, mfg::Vector& theta)
    {
        const auto size = static_cast<unsigned>(theta.size());
        const std::unique_ptr<nlopt_opt_s, decltype(&nlopt_destroy)> library(nlopt_create(algorithm, size),
                                                                             nlopt_destroy);
        library_ = library.get();
        mfg::Vector x = theta;
        double unused = 0;
        nlopt_result result = library ? nlopt_set_min_objective(library_, evaluate, this) : NLOPT_OUT_OF_MEMORY;
        if (result >= 0) result = nlopt_set_maxeval(library_, left_);
        if (result >= 0) result = nlopt_optimize(library_, x.data(), &unused);
        if (error_) std::rethrow_exception(error_);
        // Other failures mean that the algorithm cannot go on from where it is.
        if (result == NLOPT_OUT_OF_MEMORY || result == NLOPT_INVALID_ARGS)
            throw mfg::Error(std::string("optimizer nlopt: the library refuses the run: ") +
                             nlopt_result_to_string(result));

        mfg::StepReport report{first_value_.objective, first_value_.gradient_norm, 0, false};
        if (!(best_value_.objective < first_value_.objective)) return report;
        std::swap(theta, best_);
        best_ -= theta;
        return {best_value_.objective, best_value_.gradient_norm, mfg::euclidean_norm(best_), true};
    }

private:
    static double evaluate(unsigned, const double* x, double* gradient, void* run) noexcept
    {
        return static_cast<Run*>(run)->evaluate(x, gradient);
    }

    /// No exception may leave this for the library, which is in C.
    double evaluate(const double* x, double* gradient) noexcept
    {
        if (gradient) std::fill(gradient, gradient + point_.size(), 0.0);
        try {
            // The library itself looks at its limit between line searches only.
            if (left_ > 0 && take(x)) {
                if (gradient) std::copy(gradient_.begin(), gradient_.end(), gradient);
                return value_.objective;
            }
        } catch (...) {
            error_ = std::current_exception();
            left_ = 0;
        }
        if (left_ <= 0) nlopt_force_stop(library_);
        return HUGE_VAL;
    }

    /// Evaluates at a point, keeps it if it is the best one, and says whether all is finite there.
    bool take(const double* x)
    {
        const bool first = first_;
        first_ = false;
        --left_;
        std::copy(x, x + point_.size(), point_.begin());
        value_.objective = objective_.value_and_gradient(point_, gradient_);
        value_.gradient_norm = mfg::euclidean_norm(gradient_);
        if (first) first_value_ = value_;
        // From a point where nothing is finite no algorithm gets anywhere.
        if (first && !value_.finite()) left_ = 0;
        if (value_.finite() && value_.objective < best_value_.objective) {
            best_value_ = value_;
            std::swap(best_, point_);
        }
        return value_.finite();
    }

    mfg::Objective& objective_;
    nlopt_opt library_ = nullptr;
    int left_;  // evaluations
    bool first_ = true;
    Value value_, first_value_, best_value_;
    mfg::Vector point_, gradient_, best_;
    std::exception_ptr error_;
};

class Nlopt final : public mfg::Optimizer {
public:
    struct Settings {
        std::string algorithm = "lbfgs";
        int evaluations = 50;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("algorithm", s.algorithm, "method of the library", {"lbfgs", "var2", "tnewton", "mma", "ccsaq"});
        o("evaluations", s.evaluations, "maximum number of values and gradients in one step", mfg::at_least(2));
    }

    explicit Nlopt(const Settings& s) : settings_(s) {}

    mfg::StepReport step(mfg::Objective& objective, mfg::Vector& theta) override
    {
        return Run(objective, theta.size(), settings_.evaluations)
            .minimise(algorithm_called(settings_.algorithm), theta);
    }
    void reset() override {}
    void state(mfg::Archive&) override {}

private:
    Settings settings_;
};

}  // namespace

MFG_PLUGIN(Nlopt, "nlopt", "gradient methods of the library NLopt, a complete run in each step");
