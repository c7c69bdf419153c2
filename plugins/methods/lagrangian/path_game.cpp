#include "path_game.hpp"

namespace mfg {

Variable PathGame::log_density(Tape& tape, const Variable& points) const
{
    const VariableList list = layout().variables(tape, parameters().data(), nullptr);
    return learned_.paths.log_density(tape, learned_.paths.prepare(tape, list), points, learned_.steps);
}

Variable PathGame::value(Tape& tape, const VariableList& parameters, const Variable& points) const
{
    return learned_.paths.field(tape, learned_.paths.prepare(tape, parameters), points, 0).value();
}

Variable PathGame::velocity(Tape& tape, const VariableList& parameters, const Variable& points) const
{
    return learned_.paths.velocity(tape, learned_.paths.prepare(tape, parameters), points);
}

}  // namespace mfg
