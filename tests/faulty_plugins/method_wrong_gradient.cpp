/// wrong_gradient: the loss is a square whose derivative counts one of its two factors only.
#include "terminal_fit.hpp"

namespace {

class WrongGradient final : public TerminalFit {
public:
    explicit WrongGradient(const Settings&) {}

private:
    class Loss final : public FitLoss {
    public:
        using FitLoss::FitLoss;
        mfg::Variable integrands(mfg::Tape& tape, const mfg::VariableList& parameters, const mfg::Variable& samples,
                                 const mfg::Variable& shared) const override
        {
            const mfg::Variable right = FitLoss::integrands(tape, parameters, samples, shared);
            // The same value; half of it is a constant.
            const mfg::Variable constant = tape.constant_view(right.data(), right.rows(), right.columns());
            return mfg::combine({{0.5, right}, {0.5, constant}});
        }
    };

    std::unique_ptr<mfg::SampledLoss> make_loss(const mfg::MeanFieldGame& game,
                                                const mfg::Network& network) const override
    {
        return std::make_unique<Loss>(game, network);
    }
};

}  // namespace

MFG_PLUGIN(WrongGradient, "wrong_gradient", "a loss with half its gradient");
