/// forgets: gradient descent with momentum; the momentum is not saved.
#include <mfg/optimizer.hpp>
#include <mfg/plugin/plugin.hpp>

#include <cmath>

namespace {

using mfg::Real;
using mfg::Vector;

class Forgets final : public mfg::Optimizer {
public:
    struct Settings {
        Real learning_rate = 1e-3;
    };
    static void options(mfg::Options& o, Settings& s)
    {
        o("learning_rate", s.learning_rate, "length of a step per unit of the gradient", mfg::positive);
    }

    explicit Forgets(const Settings& s) : settings_(s) {}

    mfg::StepReport step(mfg::Objective& objective, Vector& theta) override
    {
        Vector gradient = mfg::make_vector(theta.size());
        mfg::StepReport report;
        report.objective = objective.value_and_gradient(theta, gradient);
        for (const Real g : gradient) report.gradient_norm += g * g;
        report.gradient_norm = std::sqrt(report.gradient_norm);
        report.progress = std::isfinite(report.objective) && std::isfinite(report.gradient_norm);
        if (!report.progress) return report;
        if (velocity_.size() != theta.size()) velocity_ = mfg::make_vector(theta.size());
        // Far from the minimum of a steep function the gradient says where, not how far.
        const Real rate = settings_.learning_rate / (1 + report.gradient_norm / 10);
        for (std::size_t i = 0; i < theta.size(); ++i) {
            velocity_(i) = Real(0.9) * velocity_(i) + gradient(i);
            theta(i) -= rate * velocity_(i);
            report.step_length += velocity_(i) * velocity_(i);
        }
        report.step_length = rate * std::sqrt(report.step_length);
        ++steps_;
        return report;
    }

    void reset() override
    {
        steps_ = 0;
        velocity_ = Vector();
    }

    void state(mfg::Archive& archive) override { archive("steps", steps_); }

private:
    Settings settings_;
    std::uint64_t steps_ = 0;
    Vector velocity_;
};

}  // namespace

MFG_PLUGIN(Forgets, "forgets", "momentum that is not saved");
