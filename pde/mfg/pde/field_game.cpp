#include <mfg/pde/field_game.hpp>

namespace mfg {

Variable FieldGame::log_density(Tape& tape, const Variable& points) const
{
    const auto prepared = fields_.prepare(tape, layout().variables(tape, parameters_.data(), nullptr));
    return system_.log_density(fields_.evaluate(tape, prepared, points, 0)).value();
}

Variable FieldGame::value(Tape& tape, const VariableList& parameters, const Variable& points) const
{
    return fields_.evaluate(tape, fields_.prepare(tape, parameters), points, 0, true)["phi"].value.value();
}

Variable FieldGame::velocity(Tape& tape, const VariableList& parameters, const Variable& points) const
{
    return system_.velocity(fields_.evaluate(tape, fields_.prepare(tape, parameters), points, 1, true)).value();
}

}  // namespace mfg
