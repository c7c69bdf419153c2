#pragma once
#include <mfg/autodiff/jet.hpp>
#include <mfg/random/random.hpp>

namespace mfg {

/// A probability density on R^d: everything that an initial or target law has to offer.
class MFG_API Density {
public:
    virtual ~Density();
    virtual int dimension() const = 0;
    /// Whether the law lives on a set without volume, so that it has samples but no density.
    virtual bool singular() const { return false; }
    /// log rho(x), one feature; derivatives follow those of `x` `[d features]`. An Error if the law is singular.
    virtual Jet log_density(const Jet& x) const = 0;
    /// `count` points `[count x d]`; which ones depends on the stream alone.
    virtual Matrix sample(const RandomStream& stream, int count) const = 0;
    /// At most `most` functions whose expectations under the density are exactly zero, at the rows of `points`
    /// `[n x d]`, one a column: control variates for means over a sample. Standard: none.
    virtual Matrix control_variates(const Matrix& points, int most) const;
};

/// log rho at the rows of `points` `[n x d]`.
MFG_API Vector log_density_at(const Density& density, const Matrix& points);

/// Points with a last column more: times, uniform over [0, horizon], independent of what `stream` gives else.
MFG_API Matrix with_uniform_times(const Matrix& points, const RandomStream& stream, Real horizon);

}  // namespace mfg
