#pragma once
#include <mfg/solution.hpp>

#include <optional>

namespace mfg {

/// A sample of the population that an agent interacts with, at equally spaced times; only its mean if the interaction
/// is an attraction to the mean.
class MFG_API PopulationSample {
public:
    /// At `intervals` + 1 times.
    PopulationSample(const Solution& solution, int intervals, const RandomStream& stream);

    const Interaction* interaction() const { return interaction_ ? &*interaction_ : nullptr; }
    /// Positions `[d x m]` at time number `time`; does not exist if agents do not interact.
    Variable at(Tape& tape, int time) const;

private:
    std::optional<Interaction> interaction_;
    Cube positions_;  // [times x d x m]
};

}  // namespace mfg
