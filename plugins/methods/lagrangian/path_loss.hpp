#pragma once
#include <mfg/loss.hpp>
#include "characteristics.hpp"

namespace mfg {

/// What the objective on paths depends on, beside the game and the network.
struct PathLossSettings {
    StepControl steps = 2;
    Real hjb_weight = 0, hjb_terminal_weight = 0;  ///< a4 and a5
    int interaction_samples = 256;                 ///< agents whose mean stands for the population
    Sampling sampling = Sampling::random;          ///< starting points of the training
    bool hutchinson = false;                       ///< the Laplacian of Phi along paths is estimated
    bool squared_violations = false;               ///< squares in the place of absolute values: for residuals
    std::string not_trainable = {};                ///< why this loss must not be differentiated; empty: it may be
};

/// The Lagrangian objective (docs/equations.md, "Lagrangian objective"): transport, running and terminal cost along
/// characteristics, and the violation of the Hamilton-Jacobi equation on the way and at the end, each with its weight.
///
/// A sample is a starting point and its log density, `d + 1` numbers; with Hutchinson's estimate of the Laplacian d
/// random signs follow.
class MFG_API PathLoss final : public SampledLoss {
public:
    /// `paths` outlives the loss.
    PathLoss(const Characteristics& paths, const PathLossSettings& settings)
        : paths_(paths), settings_(settings), terminal_(paths.game(), paths.game().coupling(), CostPart::terminal)
    {
    }

    std::vector<std::string> terms() const override
    {
        return {"transport", "running", "terminal", "hjb", "hjb_terminal"};
    }
    Matrix sample(const RandomStream& stream, int count) const override
    {
        return with_columns(paths_.game().initial_density().sample(stream, count), stream);
    }
    Matrix training_sample(const RandomStream& stream, int count, const Vector& parameters) const override;
    Matrix control_variates(const Matrix& samples, int max) const override;
    Matrix shared_batch(const RandomStream& stream) const override;
    Variable integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                        const Variable& others) const override;

private:
    /// Appends the log density to starting points and, where the trace is estimated, signs of `stream`.
    Matrix with_columns(const Matrix& points, const RandomStream& stream) const;

    const Characteristics& paths_;
    PathLossSettings settings_;
    LocalPotential terminal_;
};

}  // namespace mfg
