#pragma once
#include <mfg/base/box.hpp>
#include <mfg/solution.hpp>

namespace mfg {

/// A law on a box with periodic or reflecting faces whose coordinates are independent, fitted to a density that is
/// known at points: where that is nearly a product, points of this law stand for it with weights that hardly vary
/// (importance sampling).
class MFG_API ProductLaw {
public:
    /// The least-squares fit c + sum_k a_k(x_k) with short Fourier sums a_k, of cosines alone between reflecting faces,
    /// to `values` at `points`, one a row. The law has the density exp sum_k a_k, up to a factor. The fit is c alone,
    /// the law uniform, where there are few points for the dimension, or values that are not finite.
    ProductLaw(const Box& box, const Matrix& points, const Vector& values);

    /// The mean c of the fit over the box.
    Real mean() const { return mean_; }
    /// Points of the law from as many uniform ones, with log densities relative to the uniform law.
    DrawnPoints draw(const Matrix& uniform) const;

private:
    void tabulate(const Vector& coefficients, Index functions);

    Box box_;
    Real mean_ = 0;
    Matrix density_, distribution_;  // of each coordinate at the nodes
};

}  // namespace mfg
