#pragma once
#include <mfg/game/population_game.hpp>
#include <mfg/solution.hpp>

#include <memory>
#include <string>
#include <vector>

namespace mfg {

/// The answer to a game of several populations as one of them sees it: its own value function, density and constant.
/// Its problem is the game of this population among the others, whose densities are those of the answer and do not
/// change with what it does. So all that judges or shows the answer to one game does it for each population.
class MFG_API PopulationView final : public Solution {
public:
    /// `all`, whose problem has several populations, outlives this object.
    PopulationView(const Solution& all, int number);

    const Problem& problem() const override { return game_; }
    /// Those of the population, with the names that they have in `all`.
    std::vector<Unknown> unknowns() const override { return unknowns_; }
    std::vector<std::string> constants() const override;
    Real constant(std::string_view name) const override { return all_.constant(name); }
    Estimate refined_constant(const DrawnPoints& points, Index) const override
    {
        return all_.refined_constant(points, number_);
    }
    const ParameterLayout& layout() const override { return all_.layout(); }
    const Vector& parameters() const override { return all_.parameters(); }
    Fields evaluate(Tape& tape, const VariableList& parameters, const Variable& points, int order,
                    Part part) const override;
    Jet velocity(const Fields& fields) const override;
    bool density_follows_agents() const override { return all_.density_follows_agents(); }
    bool value_up_to_constant() const override { return all_.value_up_to_constant(); }
    const Integrator* integrator() const override { return all_.integrator(); }
    StepControl steps() const override { return all_.steps(); }

private:
    const Solution& all_;
    int number_;
    std::vector<Unknown> unknowns_;
    std::vector<std::size_t> places_;  // of the unknowns in `all`
    PopulationGame game_;
};

/// A population of an answer: what is appended to names of its numbers and pictures, and the answer as it sees it.
struct OnePopulation {
    std::string suffix;  ///< `_1`, `_2`, ... where there are several populations, else empty
    std::shared_ptr<const Solution> solution;
};
/// One for each population; where there is only one, the solution itself. It outlives them.
MFG_API std::vector<OnePopulation> populations_of(const Solution& solution);

}  // namespace mfg
