/// throws: a problem whose running cost throws.
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

#include <stdexcept>

namespace {

class Throws final : public mfg::MeanFieldGame {
public:
    struct Settings {};
    static void options(mfg::Options&, Settings&) {}

    explicit Throws(const Settings&) {}

    int dimension() const override { return 2; }
    const mfg::Density& initial_density() const override { return initial_; }
    mfg::Jet running_cost(const mfg::State&) const override { throw std::logic_error("the table\nis empty"); }
    mfg::Jet terminal_cost(const mfg::State& s) const override { return sum(square(s.x)); }

private:
    mfg::Gaussian initial_ = mfg::Gaussian::isotropic(2, {}, 1);
};

}  // namespace

MFG_PLUGIN(Throws, "throws", "a running cost that throws");
