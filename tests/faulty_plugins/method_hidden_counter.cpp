/// hidden_counter: samples depend on how many were drawn before.
#include "terminal_fit.hpp"

namespace {

class HiddenCounter final : public TerminalFit {
public:
    explicit HiddenCounter(const Settings&) {}

private:
    class Loss final : public FitLoss {
    public:
        using FitLoss::FitLoss;
        mfg::Matrix sample(const mfg::RandomStream& stream, int count) const override
        {
            return FitLoss::sample(stream.part(drawn_++), count);
        }

    private:
        mutable std::uint64_t drawn_ = 0;
    };

    std::unique_ptr<mfg::SampledLoss> make_loss(const mfg::MeanFieldGame& game,
                                                const mfg::Network& network) const override
    {
        return std::make_unique<Loss>(game, network);
    }
};

}  // namespace

MFG_PLUGIN(HiddenCounter, "hidden_counter", "samples that depend on a counter");
