#pragma once
#include <mfg/assessment/learned_game.hpp>

namespace mfg {

/// The agents of a learned population that an agent meets where agents interact, at equally spaced times; of those who
/// are attracted to the mean only the mean.
class MFG_API Company {
public:
    /// At `intervals` + 1 times.
    Company(const LearnedGame& learned, int intervals, const RandomStream& stream);

    /// Positions `[d x m]` at time number `time`; does not exist where agents do not interact.
    Variable at(Tape& tape, int time) const;

private:
    Cube positions_;  // [times x d x m]
};

}  // namespace mfg
