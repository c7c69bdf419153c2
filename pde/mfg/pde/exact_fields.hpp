#pragma once
#include <mfg/pde/formula_fields.hpp>

namespace mfg {

/// The exact solution of a system, evaluated like a learned one: so that anything can be compared with it.
class MFG_API ExactFields final : public LearnedFields {
public:
    /// The system outlives this object; the reference has a value, and a density where the system has one.
    ExactFields(const PdeSystem& system, const Reference& reference) : fields_(system, reference), reference_(reference)
    {
    }

    const PdeSystem& system() const override { return fields_.system(); }
    Matrix map(const Matrix& points, int order, int outputs,
               const std::function<Jet(const Fields&)>& formula) const override
    {
        return fields_.map(points, order, outputs, formula);
    }
    Real constant(std::string_view name) const override;

    /// Whether the reference knows this unknown.
    bool knows(const Unknown& unknown) const;

private:
    FormulaFields fields_;
    Reference reference_;
};

}  // namespace mfg
