#pragma once
#include <mfg/pde/residual_loss.hpp>

#include <map>
#include <string>

namespace mfg {

/// What residuals are compared with: the size of each equation's terms, by its name, at points from columns of `rows`
/// (ResidualLoss::sample).
///
/// A term is what an equation changes by if one quantity is left out: an unknown, its time derivative, gradient or
/// Laplacian, or a constant; or what is left without all of them. The size of an equation inside is the root mean
/// square of its largest term. A condition is compared with differences instead, since a value function counts up to a
/// constant: its size is the largest standard deviation of a term, or of an unknown in it over all times and places. An
/// equation with a single term has no size.
MFG_API std::map<std::string, Real> equation_sizes(const ResidualLoss& residuals, const Vector& parameters,
                                                   const Matrix& rows);

}  // namespace mfg
