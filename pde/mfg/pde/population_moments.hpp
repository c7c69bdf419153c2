#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

namespace mfg {

/// Where a population is in R^d: mean and log deviation of each coordinate, at equally spaced times from 0 to the
/// horizon and by cubic interpolation in between.
///
/// A view of numbers that stand among the parameters of a solution, since they are found from it (`fit`).
class MFG_API PopulationMoments {
public:
    /// `means` and `log_deviations` are `[(intervals + 1) x dimension]`.
    PopulationMoments(const Real* means, const Real* log_deviations, int dimension, int intervals, Real horizon);

    /// One coordinate at a time, with derivatives in time.
    struct Coordinate {
        Real mean, mean_rate;
        Real deviation, log_deviation_rate;
    };
    /// Interpolation at one time, to be used for all coordinates.
    class At {
    public:
        Coordinate operator[](int coordinate) const;

    private:
        friend class PopulationMoments;
        const PopulationMoments& moments;
        int first = 0;  // of four nodes
        Real value[4], rate[4];
        explicit At(const PopulationMoments& m) : moments(m) {}
    };
    At at(Real t) const;

    /// Sets means and log deviations at node `node` from points `[n x d]`; keeps what was there where the points are
    /// not finite. Deviations stay above `smallest`.
    static void fit(const Matrix& points, int node, Real smallest, Real* means, Real* log_deviations);

private:
    const Real *means_, *log_deviations_;
    int dimension_, intervals_;
    Real horizon_;
};

}  // namespace mfg
