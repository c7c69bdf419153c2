/// astray_system: a system of equations with one of the mistakes that authors make.
#include <mfg/densities/gaussian.hpp>
#include <mfg/pde_system.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

using mfg::Fields;
using mfg::Jet;
using mfg::Real;
using mfg::Where;

class AstraySystem final : public mfg::PdeSystem {
public:
    struct Settings {
        std::string fault = "none";
    };
    static void options(mfg::Options& o, Settings& s) { o("fault", s.fault, "which mistake"); }
    explicit AstraySystem(const Settings& s) : fault_(s.fault) {}

    int dimension() const override { return 1; }
    std::optional<mfg::Box> domain() const override
    {
        if (!is("mean_in_box")) return {};
        return mfg::Box{mfg::make_vector(1, 0), mfg::make_vector(1, 1)};
    }
    const mfg::Density* initial_density() const override { return &initial_; }
    int agents_per_time() const override { return is("mean_in_box") ? 16 : 1; }
    Jet velocity(const Fields& f) const override
    {
        if (is("nobody_moves")) return {};
        if (is("mean_in_velocity")) return f.population_mean(f.x) - f.x;
        return is("reference_without_mean") ? f.population_centre - f.x : -f[name()].gradient;
    }

    std::vector<mfg::Unknown> unknowns() const override
    {
        return {{name()}, {"log_density", mfg::Unknown::Role::log_density}};
    }
    std::vector<mfg::Equation> equations() const override
    {
        const auto hjb = [this](const Fields& f) {
            const Jet more = is("constant") ? f.constants[0] : Jet{};
            const Jet centre = is("reference_without_mean") ? f.population_centre : Jet{};
            return f[name()].time_derivative - f[name()].laplacian - f.x + more + centre;
        };
        const auto pair = [this](const Fields& f) { return vconcat(f[name()].value, f[name()].value); };
        const auto density = [](const Fields& f) { return f["log_density"].value; };
        std::vector<mfg::Equation> list{{"hjb", Where::interior, hjb}, {"start", Where::initial, density, 0}};
        if (is("two_features")) list.push_back({"pair", Where::interior, pair});
        for (int i = 0; i < 31 && is("many_equations"); ++i)
            list.push_back({"more" + std::to_string(i), Where::interior, hjb});
        return list;
    }
    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.source = "closed form";
        const auto zero = [](const mfg::State& s) { return Real(0) * s.x; };
        if (is("reference_without_mean")) exact.value = zero;
        if (is("reference_without_mean") || is("density_alone")) exact.log_density = zero;
        if (!exact.log_density) return {};
        return exact;
    }
    mfg::Defaults defaults() const override
    {
        return {{"network", "mlp"},
                {"network.width", "4"},
                {"optimizer", "adam"},
                {"training.samples", "16"},
                {"training.iterations", "2"},
                {"training.validation_samples", "16"},
                {"method.frame_intervals", "4"}};
    }

private:
    bool is(const char* fault) const { return fault_ == fault; }
    std::string name() const { return is("capital") ? "K1" : "phi"; }

    std::string fault_;
    mfg::Gaussian initial_ = mfg::Gaussian::isotropic(1, {}, 1);
};

}  // namespace

MFG_PLUGIN(AstraySystem, "astray_system", "a system with a mistake");
