#pragma once
#include <mfg/pde/field_networks.hpp>

namespace mfg {

/// Laplacians from random directions, one or several a point, in place of exact ones (docs/equations.md, "Laplacian
/// estimates"): v'(Hess u)v with random signs v, or a difference of first derivatives at two points with normal v. One
/// estimate is unbiased; the square of a residual is too if it is the product of two independent ones. Both cost more
/// than they save here, because the gradient needs its d columns anyway.
struct LaplacianEstimate {
    enum class Kind { exact, hutchinson, two_point };
    Kind kind = Kind::exact;
    Real step = 1e-2;  ///< distance of the two points

    bool is_exact() const { return kind == Kind::exact; }
    /// Directions in a sample.
    int probes() const { return is_exact() ? 0 : 2; }
    /// Draws the `count` numbers of all directions of sample `item`.
    void draw(const RandomStream& stream, std::uint64_t item, int count, Real* to) const;
    /// `fields`, which has first derivatives at `points`, with Laplacians from `directions` `[d x n]`.
    Fields apply(Tape& tape, const FieldNetworks& networks, const FieldNetworks::Prepared& prepared,
                 const Fields& fields, const Variable& points, const Variable& directions) const;
};

}  // namespace mfg
