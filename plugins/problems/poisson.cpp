/// poisson: Poisson's equation on the unit cube with values on its faces, any dimension.
///
/// $$ -\Delta u = \pi^2 \sum_k \cos(\pi x_k) \quad \text{on } [0, 1]^d, \qquad u = \sum_k \cos(\pi x_k) \quad
///    \text{on the faces} $$
///
/// The solution is the sum of cosines everywhere. Points on the boundary are uniform over the 2 d faces.
///
/// The problem is a test for optimizers that others have published results for: in 5 dimensions, with a network of
/// 10,065 parameters and 3000 points inside and 500 on the faces a step, relative errors after 7000 s on a graphics
/// processor are 2.0e-3 for Adam, 4.3e-7 for Gauss-Newton steps and 1.7e-7 for these with momentum.
///
///     mfg solve poisson_5d
///
/// A. Guzman-Cordero, F. Dangel, G. Goldshlager, M. Zeinhofer, Improving energy natural gradient descent through
/// Woodbury, momentum, and randomization, NeurIPS 2025 (arXiv 2505.12149).
#include <mfg/base/constants.hpp>
#include <mfg/pde_system.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

using mfg::Jet;

class Poisson final : public mfg::PdeSystem {
public:
    struct Settings {
        int dimension = 5;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the cube", mfg::between(1, 1000));
    }

    explicit Poisson(const Settings& s) : s_(s) {}

    int dimension() const override { return s_.dimension; }
    bool stationary() const override { return true; }
    mfg::Window window() const override { return {0, 1, 0, 1}; }
    std::optional<mfg::Box> domain() const override
    {
        return mfg::Box{mfg::make_vector(s_.dimension, 0), mfg::make_vector(s_.dimension, 1)};
    }

    std::vector<mfg::Unknown> unknowns() const override { return {{"u"}}; }

    std::vector<mfg::Equation> equations() const override
    {
        const auto poisson = [](const mfg::Fields& f) {
            return f["u"].laplacian + mfg::pi * mfg::pi * sum_of_cosines(f.x);
        };
        const auto faces = [](const mfg::Fields& f) { return f["u"].value - sum_of_cosines(f.x); };
        return {{"poisson", mfg::Where::interior, poisson, 2}, {"boundary", mfg::Where::boundary, faces, 0}};
    }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [](const mfg::State& s) { return sum_of_cosines(s.x); };
        exact.source = "closed form";
        return exact;
    }

    mfg::Defaults defaults() const override
    {
        return {{"method", "galerkin"},         {"method.weights", "1,100"},      {"network", "mlp"},
                {"network.width", "32"},        {"optimizer", "gauss_newton"},    {"training.samples", "500"},
                {"training.iterations", "100"}, {"training.resample_every", "1"}, {"training.validate_every", "5"}};
    }

private:
    static Jet sum_of_cosines(const Jet& x) { return sum(cos(mfg::pi * x)); }

    Settings s_;
};

}  // namespace

MFG_PLUGIN(Poisson, "poisson", "Poisson's equation on the unit cube, exact solution");
