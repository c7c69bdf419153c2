#pragma once
#include <mfg/pde/residual_loss.hpp>
#include <mfg/training/objective.hpp>

#include <memory>
#include <mutex>

namespace mfg {

/// Measures the residuals of a system on fresh points; kept with the formulation, since its memory is used again.
class MFG_API ResidualMeasure {
public:
    /// `residuals` has unit weights and, like `fields`, outlives this object.
    ResidualMeasure(const FieldNetworks& fields, const ResidualLoss& residuals);

    std::vector<std::string> terms() const { return residuals_.terms(); }
    /// Groups `residuals` (L2 norms by equation) and `relative_residuals` (of interior equations, relative to the
    /// deviation of the source term from its mean, if there is a source).
    Measures values(const NetworkSolution& solution, const RandomStream& stream, int samples) const;

private:
    const FieldNetworks& fields_;
    const ResidualLoss& residuals_;
    mutable std::mutex mutex_;
    mutable SampledObjective objective_;
};

/// A solution that knows its residuals, and what its system measures.
class MFG_API ResidualSolution : public NetworkSolution {
public:
    /// `fields` and `measure` outlive this object.
    ResidualSolution(const FieldNetworks& fields, const ResidualMeasure& measure, Coupling coupling,
                     const Vector& parameters)
        : NetworkSolution(fields, parameters), measure_(measure), coupling_(coupling)
    {
    }

    Coupling coupling() const override { return coupling_; }
    Measures measures(const RandomStream& stream, int samples) const override;
    bool errors_are_cheap() const override { return true; }
    std::vector<std::string> tracked() const override;
    Measures tracked_measures(const RandomStream& stream, int samples) const override;

private:
    const ResidualMeasure& measure_;
    Coupling coupling_;
};

}  // namespace mfg
