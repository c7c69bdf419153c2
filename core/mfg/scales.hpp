#pragma once
#include <mfg/network.hpp>
#include <mfg/plugin/options.hpp>
#include <mfg/problem.hpp>

#include <string>

namespace mfg {

/// Typical sizes in a game, in the units that its numbers happen to have. In multiples of them the same game in metres
/// or millimetres, seconds or days, has the same numbers (docs/equations.md, "Units").
struct Scales {
    Vector centre;  ///< of where agents are, d numbers
    Real length = 1, time = 1;
    Real value = 1;  ///< of costs and of the value function
};

/// Those of a game: the horizon, and, of samples of the initial law and of the law that the game aims at, the centre
/// and half of the root mean square distance from it in that coordinate where it is largest. Without such an aim the
/// window of the pictures says where agents go. The cost is that of moving by one length: a1 length^2 / time. They
/// follow from the game alone.
MFG_API Scales scales_of(const MeanFieldGame& game);
/// The same if a method's option `scales` is `auto`; if it is `none`, the units that the game has.
MFG_API Scales scales_of(const MeanFieldGame& game, const std::string& choice);
/// Declares this option.
MFG_API void scales_option(Options& options, std::string& choice);

/// A network that sees (x - centre) / length and t / time and gives values in a unit: the network of a function of x
/// and t. Parameters and their layout are those of the network itself.
class MFG_API ScaledNetwork final : public Network {
public:
    /// `unit` is that of the values. The network outlives this object.
    ScaledNetwork(const Network& network, const Scales& scales, Real unit);

    std::vector<ParameterBlock> blocks(const NetworkInput& input) const override { return network_.blocks(input); }
    void initialise(const NetworkInput& input, const RandomStream& stream, int block, Real* values) const override
    {
        network_.initialise(input, stream, block, values);
    }
    VariableList prepare(Tape& tape, const VariableList& parameters, const NetworkInput& input) const override
    {
        return network_.prepare(tape, parameters, input);
    }
    /// `input` is x and t.
    Jet evaluate(Tape& tape, const VariableList& prepared, const Jet& input) const override;

private:
    const Network& network_;
    Vector shift_, inverse_;  // -centre and 1 / length; 0 and 1 / time for t
    Real length_, time_, unit_;
    bool plain_;  // all of them are 1
};

}  // namespace mfg
