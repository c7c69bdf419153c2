#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

namespace {

/// A Gaussian in the plane, or an array that does not fit.
class Law final : public mfg::Density {
public:
    explicit Law(const std::string& part) : part_(part) {}

    int dimension() const override { return 2; }
    mfg::Jet log_density(const mfg::Jet& x) const override
    {
        const mfg::Jet value = gaussian_.log_density(x);
        return part_ == "log_density" ? vconcat(value, value) : value;
    }
    mfg::Matrix sample(const mfg::RandomStream& stream, int count) const override
    {
        const mfg::Matrix points = gaussian_.sample(stream, count);
        if (part_ == "sample_count") return mfg::make_matrix(points.shape(0) - 1, 2);
        return part_ == "sample_dimension" ? mfg::make_matrix(points.shape(0), 1) : points;
    }

private:
    std::string part_;
    mfg::Gaussian gaussian_ = mfg::Gaussian::isotropic(2, {}, 1);
};

/// Transport of a Gaussian, of which one part has a wrong shape.
class WrongShape final : public mfg::MeanFieldGame {
public:
    struct Settings {
        std::string part = "none";
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("part", s.part, "what has a wrong shape",
          mfg::Choices{"none", "running_cost", "terminal_cost", "drift", "log_density", "sample_count",
                       "sample_dimension"});
    }

    explicit WrongShape(const Settings& s) : s_(s), initial_(s.part) {}

    int dimension() const override { return 2; }
    mfg::Real viscosity() const override { return 0.1; }
    const mfg::Density& initial_density() const override { return initial_; }
    mfg::Jet drift(const mfg::State& s) const override { return s_.part == "drift" ? vconcat(s.x, s.x) : s.x; }
    mfg::Jet running_cost(const mfg::State& s) const override
    {
        return s_.part == "running_cost" ? s.x : norm_squared(s.x);
    }
    mfg::Jet terminal_cost(const mfg::State& s) const override
    {
        return s_.part == "terminal_cost" ? s.x : norm_squared(s.x);
    }

    std::vector<std::pair<std::string, std::string>> defaults() const override
    {
        return {{"network.width", "4"},
                {"training.samples", "16"},
                {"training.iterations", "2"},
                {"training.validation_samples", "16"}};
    }

private:
    Settings s_;
    Law initial_;
};

}  // namespace

MFG_PLUGIN(WrongShape, "wrong_shape", "arrays that do not fit");
