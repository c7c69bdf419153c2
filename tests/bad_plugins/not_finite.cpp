#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

#include <atomic>
#include <limits>

namespace {

/// Transport of a Gaussian whose terminal cost is right for some evaluations, and then is not finite any more.
class NotFinite final : public mfg::MeanFieldGame {
public:
    struct Settings {
        std::string fault = "none";
        int after = 0;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("fault", s.fault, "what is not finite", mfg::Choices{"none", "nan", "infinity", "gradient"});
        o("after", s.after, "evaluations before", mfg::at_least(0));
    }

    explicit NotFinite(const Settings& s) : s_(s) {}

    int dimension() const override { return 2; }
    const mfg::Density& initial_density() const override { return initial_; }
    const mfg::Density* target_density() const override { return &target_; }

    mfg::Jet terminal_cost(const mfg::State& s) const override
    {
        const mfg::Jet cost = s.log_density - target_.log_density(s.x);
        if (s_.fault == "none" || evaluations_++ < s_.after) return cost;
        if (s_.fault == "nan") return cost + std::numeric_limits<mfg::Real>::quiet_NaN();
        if (s_.fault == "infinity") return cost + std::numeric_limits<mfg::Real>::infinity();
        // The root of zero is zero, its derivative is not.
        return cost + sqrt(mfg::Real(0) * s.x[0]);
    }

    std::vector<std::pair<std::string, std::string>> defaults() const override
    {
        return {{"method", "lagrangian"},
                {"network", "resnet"},
                {"integrator", "rk4"},
                {"optimizer", "adam"},
                {"network.width", "4"},
                {"training.samples", "16"},
                {"training.iterations", "6"},
                {"training.checkpoint_every", "1i"},
                {"training.validation_samples", "16"}};
    }

private:
    Settings s_;
    mfg::Gaussian initial_ = mfg::Gaussian::isotropic(2, {}, 1), target_ = mfg::Gaussian::isotropic(2, {1, 0}, 0.5);
    mutable std::atomic<int> evaluations_{0};
};

}  // namespace

MFG_PLUGIN(NotFinite, "not_finite", "a cost that is not finite after some evaluations");
