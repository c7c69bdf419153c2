#pragma once
#include "learned_paths.hpp"

namespace mfg {

/// A game that was solved along characteristics: its density is found by following points back to t = 0.
class MFG_API PathGame final : public LearnedGame {
public:
    /// What `learned` refers to outlives this object.
    explicit PathGame(const LearnedPaths& learned) : learned_(learned) {}

    const MeanFieldGame& game() const override { return learned_.paths.game(); }
    Coupling coupling() const override { return game().coupling(); }
    const ParameterLayout& layout() const override { return learned_.layout; }
    const Vector& parameters() const override { return learned_.parameters; }

    Variable log_density(Tape& tape, const Variable& points) const override;
    Variable value(Tape& tape, const VariableList& parameters, const Variable& points) const override;
    Variable velocity(Tape& tape, const VariableList& parameters, const Variable& points) const override;

private:
    LearnedPaths learned_;
};

}  // namespace mfg
