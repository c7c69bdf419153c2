#pragma once
#include <mfg/pde_system.hpp>

#include <functional>

namespace mfg {

/// The unknown functions of a system as they were learned: what is evaluated after training, at many points.
class MFG_API LearnedFields {
public:
    virtual ~LearnedFields();

    virtual const PdeSystem& system() const = 0;
    /// `formula`, `outputs` features, at rows of `points` (x_1..x_d, and t where there is time): `[n x outputs]`.
    /// Derivatives of the unknowns up to `order` are at hand; population means are not.
    virtual Matrix map(const Matrix& points, int order, int outputs,
                       const std::function<Jet(const Fields&)>& formula) const = 0;
    /// A trained constant.
    virtual Real constant(std::string_view name) const = 0;

    /// Values of one unknown, `[n x 1]`.
    Matrix value(std::string_view unknown, const Matrix& points) const;
    /// Velocity of agents, `[n x d]`.
    virtual Matrix velocity(const Matrix& points) const;
    /// The same at rows of `x` `[n x d]` and one time, which counts only where there is time.
    Matrix velocity_at(const Matrix& x, Real t) const;
};

}  // namespace mfg
