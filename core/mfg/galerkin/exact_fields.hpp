#pragma once
#include <mfg/galerkin/learned_fields.hpp>

namespace mfg {

/// The exact solution of a system, evaluated like a learned one: so that anything can be compared with it.
class MFG_API ExactFields final : public LearnedFields {
public:
    /// The system outlives this object; the reference has a value, and a density where the system has one.
    ExactFields(const PdeSystem& system, Reference reference) : system_(system), reference_(std::move(reference)) {}

    const PdeSystem& system() const override { return system_; }
    Matrix map(const Matrix& points, int order, int outputs,
               const std::function<Jet(const Fields&)>& formula) const override;
    Real constant(std::string_view name) const override;

    /// Whether the reference knows this unknown.
    bool knows(const Unknown& unknown) const;

private:
    const PdeSystem& system_;
    Reference reference_;
};

}  // namespace mfg
