#pragma once
#include <mfg/pde_system.hpp>
#include <mfg/solution.hpp>

namespace mfg {

/// Unknown functions that are given by formulas: the exact solution, or any others.
class MFG_API FormulaSolution final : public Solution {
public:
    /// A zero jet where nothing is known.
    using Formula = std::function<Jet(const Unknown& unknown, const State&)>;

    /// For the unknowns and constants of a system, which outlives this.
    FormulaSolution(const PdeSystem& system, Formula formula, std::vector<Real> constants = {});
    /// The exact solution of a system, or one with the unknowns of `like`, either of which outlives this: the
    /// reference's value for unknowns of that role, its log density for the others, its constant for all constants.
    FormulaSolution(const PdeSystem& system, const Reference& reference);
    FormulaSolution(const Solution& like, const Reference& reference);

    const Problem& problem() const override { return problem_; }
    std::vector<Unknown> unknowns() const override { return unknowns_; }
    std::vector<std::string> constants() const override { return names_; }
    Real constant(std::string_view name) const override;
    Fields evaluate(Tape& tape, const VariableList& parameters, const Variable& points, int order,
                    Part part) const override;
    Jet velocity(const Fields& fields) const override { return velocity_(fields); }
    bool value_up_to_constant() const override
    {
        return problem_.pde_system() ? problem_.pde_system()->value_up_to_constant() : problem_.stationary();
    }
    /// Whether there is a population without a stated mean: what a formula makes of that is not a number.
    bool lacks_mean() const;

private:
    const Problem& problem_;
    std::vector<Unknown> unknowns_;
    std::vector<std::string> names_;
    Formula formula_;
    std::vector<Real> constants_;
    std::function<Jet(const Fields&)> velocity_;
    std::function<Vector(Real)> mean_;  // of the population
};

}  // namespace mfg
