#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

#include <array>

namespace mfg {

/// Where a population is in R^d: mean and log deviation of each coordinate, at equally spaced times from 0 to the
/// horizon and by cubic interpolation in between.
///
/// A view of numbers that stand among the parameters of a solution, since they are found from it (`fit`).
struct MFG_API PopulationMoments {
    const Real *means, *log_deviations;  ///< `[(intervals + 1) x dimension]`
    int dimension, intervals;
    Real horizon;

    /// One coordinate at a time, with derivatives in time.
    struct Coordinate {
        Real mean, mean_rate;
        Real deviation, log_deviation_rate;
    };
    /// Interpolation at one time, to be used for all coordinates: between four nodes from number `first` on.
    struct MFG_API At {
        const PopulationMoments& moments;
        int first;
        std::array<Real, 4> value, rate;

        Coordinate operator[](int coordinate) const;
    };
    At at(Real t) const;

    /// Sets means and log deviations at node `node` from points `[n x d]`; keeps what was there where the points are
    /// not finite. Deviations stay above `smallest`.
    static void fit(const Matrix& points, int node, Real smallest, Real* means, Real* log_deviations);
};

}  // namespace mfg
