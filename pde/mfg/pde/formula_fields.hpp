#pragma once
#include <mfg/solution.hpp>

#include <functional>
#include <string_view>
#include <vector>

namespace mfg {

/// Unknown functions that are given by formulas, as if they had been learned: of the exact solution, or any others.
class MFG_API FormulaFields final : public LearnedFields {
public:
    /// A zero jet where nothing is known.
    using Formula = std::function<Jet(std::string_view unknown, const State&)>;

    /// The system must outlive this. `constants` as the system names them.
    FormulaFields(const PdeSystem& system, Formula formula, std::vector<Real> constants = {});
    /// The exact solution: its value function for unknowns of that role, its log density for the others, as far as
    /// these are known; its constant for all constants.
    FormulaFields(const PdeSystem& system, const Reference& reference);

    const PdeSystem& system() const override { return system_; }
    Matrix map(const Matrix& points, int order, int outputs,
               const std::function<Jet(const Fields&)>& formula) const override;
    Real constant(std::string_view name) const override;

    /// What equations see at `points` `[d (+ 1) x n]`; means over the population are left to the caller, its centre is
    /// that of the exact solution.
    Fields at(const Variable& points, int order) const;

private:
    const PdeSystem& system_;
    std::vector<Unknown> unknowns_;
    std::vector<std::string> names_;
    Formula formula_;
    std::vector<Real> constants_;
    std::function<Vector(Real)> mean_;  // of the population
};

}  // namespace mfg
