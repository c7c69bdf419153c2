#pragma once
#include <mfg/game/local_potential.hpp>
#include <mfg/loss.hpp>
#include <mfg/pde/collocation.hpp>
#include <mfg/pde/game_system.hpp>

namespace mfg {

/// One side of the saddle function of a game with local costs on the torus (docs/equations.md, "Value function against
/// density"), for w = log m and, with noise nu, drift b and the potential's integrand C,
///
///     ergodic:  L = E[ m (nu Lap phi - |grad phi|^2 / (2 a1) + b . grad phi + a2 C - Lambda) ] + Lambda
///     else:     L = T E[ m (d_t phi + nu Lap phi - |grad phi|^2 / (2 a1) + b . grad phi + a2 C) ]
///                   + E[ m0 phi(0) ] + E[ m(T) (a3 C_g - phi(T)) ]
///
/// over uniform points. The value function (and Lambda) maximise, the density minimises: w needs no normalisation,
/// since Lambda is the multiplier of its mass, and the conditions at the start and the end follow.
///
/// Each side leaves out what does not depend on it. The density has the integrand as it stands, whose derivative in m
/// is the Hamilton-Jacobi equation at the point; the value function has it integrated by parts, m nu Lap phi to
/// -m nu grad w . grad phi and m d_t phi to -m phi d_t w, whose derivative is the flux nu grad m - m v where it is to
/// vanish. So, near the solution, neither side sees the noise of its sample, and the value side needs no second
/// derivatives.
class SaddleLoss final : public SampledLoss {
public:
    enum class Side { value, density };

    /// All arguments outlive the loss.
    SaddleLoss(const GameSystem& system, const FieldNetworks& fields, const Collocation& collocation, Side side);

    std::vector<std::string> terms() const override;
    Matrix sample(const RandomStream& stream, int count) const override { return collocation_.draw(stream, count); }
    Variable integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                        const Variable&) const override
    {
        return side_ == Side::value ? of_value(tape, parameters, samples) : of_density(tape, parameters, samples);
    }

private:
    Variable of_value(Tape& tape, const VariableList& parameters, const Variable& samples) const;
    Variable of_density(Tape& tape, const VariableList& parameters, const Variable& samples) const;

    const GameSystem& system_;
    const FieldNetworks& fields_;
    const Collocation& collocation_;
    Side side_;
    LocalPotential running_, terminal_;
    Real duration_;
};

}  // namespace mfg
