#pragma once
#include <mfg/network.hpp>
#include <mfg/problem.hpp>

namespace mfg {

/// A population as a network makes it: agents at time t from samples z of the initial law and, where there is noise,
/// from standard normal numbers xi,
///
///     G(z, xi, t) = y + t N(y, t),    y = z + sqrt(2 nu t) xi
///
/// with a network N that is a map into space. y is where an agent would be that does nothing; G(z, xi, 0) = z whatever
/// the parameters are.
///
/// A sample is a row z_1..z_d, t, and xi_1..xi_d where there is noise.
class MFG_API Generator {
public:
    /// `first` is the number of the network's first block among the parameters. All arguments outlive this object.
    Generator(const MeanFieldGame& game, const Network& network, int first)
        : game_(game), network_(network), first_(first), blocks_(static_cast<int>(network.blocks(input()).size()))
    {
    }

    NetworkInput input() const { return {game_.dimension(), true, game_.dimension()}; }
    bool has_noise() const { return game_.viscosity() > 0; }
    /// Numbers of a sample.
    int columns() const { return game_.dimension() * (has_noise() ? 2 : 1) + 1; }
    /// `count` samples; `agents` consecutive ones share a time, and the times are spread evenly over the horizon.
    Matrix sample(const RandomStream& stream, int count, int agents) const;
    /// `count` samples at one time.
    Matrix sample_at(const RandomStream& stream, int count, Real t) const;

    /// The network's parameters on a tape, from those of all unknowns.
    VariableList prepare(Tape& tape, const VariableList& parameters) const
    {
        return network_.prepare(tape, parameters.part(first_, blocks_), input());
    }
    /// Where the agents of `samples` `[columns x n]` are, `[d x n]`.
    Variable positions(Tape& tape, const VariableList& prepared, const Variable& samples) const;
    /// The same and, if wanted, dG/dt, the velocity of the agent that was at z; only without noise.
    struct Motion {
        Variable x, velocity;
    };
    Motion motion(Tape& tape, const VariableList& prepared, const Variable& samples, bool with_velocity = true) const;

private:
    const MeanFieldGame& game_;
    const Network& network_;
    int first_, blocks_;
};

}  // namespace mfg
