/// astray: a game in the plane with one of the mistakes that authors make.
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

#include <cstdlib>
#include <limits>
#include <stdexcept>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

constexpr Real nan = std::numeric_limits<Real>::quiet_NaN(), huge = std::numeric_limits<Real>::max();

/// MFG_ASTRAY: what a global object of the library does when it is loaded.
struct Global {
    Global()
    {
        const char* fault = std::getenv("MFG_ASTRAY");
        if (fault && std::string(fault) == "throw") throw std::runtime_error("the well\nis dry");
        if (fault && std::string(fault) == "exit") std::exit(0);
    }
} global;

class Astray final : public mfg::MeanFieldGame {
public:
    struct Settings {
        std::string fault = "none";
    };

    static void options(mfg::Options& o, Settings& s)
    {
        const char* fault = std::getenv("MFG_ASTRAY");
        const std::string wanted = fault ? fault : "";
        o("fault", s.fault, wanted == "text" ? "which\nmistake" : "which mistake");
        std::string other;
        if (wanted == "capital") o("Other", other, "an option");
        if (wanted == "blank") o("an other", other, "an option");
        if (wanted == "dot") o("an.other", other, "an option");
        if (wanted == "twice") o("fault", other, "an option");
    }

    explicit Astray(const Settings& s) : fault_(s.fault)
    {
        if (is("exit_in_constructor")) std::exit(0);
    }

    int dimension() const override { return is("no_dimension") ? 0 : is("negative_dimension") ? -1 : 2; }
    Real horizon() const override { return is("no_time") ? 0 : is("backward") ? -1 : is("nan_time") ? nan : 1; }
    mfg::Window window() const override
    {
        if (is("nan_window")) return {nan, nan, nan, nan};
        if (is("inverted_window")) return {1, -1, 1, -1};
        if (is("empty_window")) return {0, 0, 0, 0};
        if (is("huge_window")) return {-huge, huge, -huge, huge};
        return {-5, 5, -5, 5};
    }
    const mfg::Density& initial_density() const override { return is("other_law") ? other_ : initial_; }
    Jet running_cost(const State& s) const override
    {
        if (is("throw")) throw std::logic_error("the table\nis empty");
        if (is("throw_int")) throw 42;
        if (is("exit")) std::exit(0);
        if (is("terminate")) std::terminate();
        if (is("coordinate")) return square(s.x[2]);
        if (is("next_coordinate")) return square(s.x[3]);
        if (is("far_coordinate")) return square(s.x[7]);
        if (is("negative_coordinate")) return square(s.x[-1]);
        if (is("coordinates")) return norm_squared(s.x.features(0, 3));
        if (is("vector")) return square(s.x);
        return norm_squared(s.x - mfg::Vector{1, 1}) + norm_squared(mfg::make_vector(2, 1) * s.x);
    }
    Jet terminal_cost(const State& s) const override { return norm_squared(s.x - mfg::make_vector(2, 1)); }

    mfg::Defaults defaults() const override
    {
        return {{"method", "lagrangian"},
                {"network", "resnet"},
                {"network.width", "4"},
                {"integrator", "rk4"},
                {"optimizer", "lbfgs"},
                {"training.samples", "16"},
                {"training.iterations", "3"},
                {"training.checkpoint_every", "1i"},
                {"training.validation_samples", "16"}};
    }

private:
    bool is(const char* fault) const { return fault_ == fault; }

    std::string fault_;
    mfg::Gaussian initial_ = mfg::Gaussian::isotropic(2, {}, 1), other_ = mfg::Gaussian::isotropic(3, {}, 1);
};

}  // namespace

MFG_PLUGIN(Astray, "astray", "a game with a mistake");
