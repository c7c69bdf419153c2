/// ode: an ordinary differential equation, the smallest system for the Deep Galerkin Method.
///
/// $$ \phi'(x) = x - \phi(x) \quad \text{on } [0, 3], \qquad \phi(0) = 1 $$
///
/// The solution is x - 1 + 2 exp(-x). The condition at 0 is an equation with its own weight or, as a hard condition,
/// part of the ansatz 1 + x N(x).
///
///     mfg solve --problem ode
///
/// The warm-up in M. Lauriere, "Mean Field Games: Numerical Methods and Applications in Machine Learning, Part 6",
/// Peking University, 2021 (https://mlauriere.github.io/teaching/MFG-PKU-6.pdf).
#include <mfg/pde_system.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

using mfg::Jet;

class Ode final : public mfg::PdeSystem {
public:
    struct Settings {
        mfg::Real end = 3, start_value = 1;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("end", s.end, "right end of the interval, which starts at 0", mfg::positive);
        o("start_value", s.start_value, "value of the solution at 0");
    }

    explicit Ode(const Settings& s) : s_(s) {}

    int dimension() const override { return 1; }
    bool stationary() const override { return true; }
    mfg::Window window() const override { return {0, s_.end, 0, 1}; }

    std::vector<mfg::Unknown> unknowns() const override { return {{"phi"}}; }

    std::vector<mfg::Equation> equations() const override
    {
        const auto ode = [](const mfg::Fields& f) { return f["phi"].gradient + f["phi"].value - f.x; };
        const auto start = [value = s_.start_value](const mfg::Fields& f) { return f["phi"].value - value; };
        return {{"ode", mfg::Where::interior, ode, 1}, {"start", mfg::Where::boundary, start, 0}};
    }

    std::optional<mfg::Box> domain() const override
    {
        return mfg::Box{mfg::make_vector(1, 0), mfg::make_vector(1, s_.end)};
    }
    /// There is a condition at one end only.
    mfg::Matrix boundary_points(const mfg::RandomStream&, int count) const override
    {
        return mfg::make_matrix(count, 1, 0);
    }

    bool has_hard_condition(std::string_view) const override { return true; }
    Jet hard_condition(std::string_view, const Jet& x, const Jet&, const Jet& network) const override
    {
        return s_.start_value + x * network;
    }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [factor = s_.start_value + 1](const mfg::State& s) { return s.x - 1 + factor * exp(-s.x); };
        exact.source = "closed form";
        return exact;
    }

    mfg::Defaults defaults() const override
    {
        return {{"method", "galerkin"},
                {"network", "dgm"},
                {"optimizer", "adam"},
                {"optimizer.learning_rate", "1e-3"},
                {"training.samples", "256"},
                {"training.iterations", "2000"},
                {"training.resample_every", "1"},
                {"training.validate_every", "100"},
                {"training.validation_samples", "1024"}};
    }

private:
    Settings s_;
};

}  // namespace

MFG_PLUGIN(Ode, "ode", "an ordinary differential equation with its exact solution");
