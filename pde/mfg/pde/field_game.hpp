#pragma once
#include <mfg/assessment/learned_game.hpp>
#include <mfg/pde/field_networks.hpp>
#include <mfg/pde/game_system.hpp>

namespace mfg {

/// A game that was solved by its equations: its density is one of the learned fields.
class MFG_API FieldGame final : public LearnedGame {
public:
    /// All arguments outlive this object; `fields` are those of `system`.
    FieldGame(const GameSystem& system, const FieldNetworks& fields, const Vector& parameters)
        : system_(system), fields_(fields), parameters_(parameters)
    {
    }

    const MeanFieldGame& game() const override { return system_.game(); }
    Coupling coupling() const override { return system_.coupling(); }
    const ParameterLayout& layout() const override { return fields_.layout(); }
    const Vector& parameters() const override { return parameters_; }

    Variable log_density(Tape& tape, const Variable& points) const override;
    Variable value(Tape& tape, const VariableList& parameters, const Variable& points) const override;
    Variable velocity(Tape& tape, const VariableList& parameters, const Variable& points) const override;

private:
    const GameSystem& system_;
    const FieldNetworks& fields_;
    const Vector& parameters_;
};

}  // namespace mfg
