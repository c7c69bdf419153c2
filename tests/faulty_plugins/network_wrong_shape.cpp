/// wrong_shape: a network whose value has one feature more than it should.
#include <mfg/network.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

class WrongShape final : public mfg::Network {
public:
    struct Settings {};
    static void options(mfg::Options&, Settings&) {}
    explicit WrongShape(const Settings&) {}

    std::vector<mfg::ParameterBlock> blocks(const mfg::NetworkInput& input) const override
    {
        return {{"weight", input.outputs + 1, input.features()}};
    }

    void initialise(const mfg::NetworkInput& input, const mfg::RandomStream& stream, int block,
                    mfg::Real* values) const override
    {
        stream.normal(0, blocks(input)[block].size(), values);
    }

    mfg::Jet evaluate(mfg::Tape&, const mfg::VariableList& p, const mfg::Jet& input) const override
    {
        return affine(p[0], input);
    }
};

}  // namespace

MFG_PLUGIN(WrongShape, "wrong_shape", "one feature more than it should have");
