/// wrong_form: a game whose Hamiltonian (p_1^4 + p_2^4) / 4 is said to have second derivatives that are a multiple of
/// the identity.
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

namespace {

using mfg::Jet;
using mfg::State;

class WrongForm final : public mfg::MeanFieldGame {
public:
    struct Settings {};
    static void options(mfg::Options&, Settings&) {}

    explicit WrongForm(const Settings&) {}

    int dimension() const override { return 2; }
    const mfg::Density& initial_density() const override { return initial_; }
    Jet hamiltonian(const State&, const Jet& p) const override { return sum(square(square(p))) / 4; }
    std::optional<mfg::HamiltonianForm> hamiltonian_form() const override { return mfg::HamiltonianForm::isotropic; }
    Jet terminal_cost(const State& s) const override { return norm_squared(s.x); }

private:
    mfg::Gaussian initial_ = mfg::Gaussian::isotropic(2, {0, 0}, 1);
};

}  // namespace

MFG_PLUGIN(WrongForm, "wrong_form", "a game whose Hamiltonian is not of the stated form");
