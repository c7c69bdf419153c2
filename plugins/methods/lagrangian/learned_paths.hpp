#pragma once
#include <mfg/autodiff/map_points.hpp>
#include <mfg/method.hpp>
#include <mfg/parameters.hpp>
#include "characteristics.hpp"

namespace mfg {

/// A trained value function with its characteristics: what is evaluated after training, at many points.
struct MFG_API LearnedPaths {
    const Characteristics& paths;
    const ParameterLayout& layout;
    const Vector& parameters;
    StepControl steps;  ///< over the horizon

    /// Rows of `points` through `function(tape, prepared, points [f x n]) -> [outputs x n]`.
    template <class Function>
    Matrix map(const Matrix& points, int outputs, Function function) const
    {
        return map_points(points, outputs, [&](Tape& tape, const Variable& in) {
            const VariableList prepared = paths.prepare(tape, layout.variables(tape, parameters.data(), nullptr));
            return function(tape, prepared, in);
        });
    }

    /// Moves points `[n x d]` from time t0 to t1: `[n x (d + 1)]`, the last column the log determinant of the map.
    Matrix flow(const Matrix& points, Real t0, Real t1) const;
    /// b - grad Phi / a1 at rows of `points` and time t, `[n x d]`.
    Matrix velocity(const Matrix& points, Real t) const;
    /// Phi (`phi`) with its derivatives and the log density (`log_density`) at rows of `points` `[n x (d + 1)]`, x and
    /// t; of the latter the value only.
    std::vector<FieldTable> evaluate(const Matrix& points) const;
    /// Positions of the points at `times` equally spaced times from t0 to t1, `[n x times x d]`.
    Cube trajectories(const Matrix& points, Real t0, Real t1, int times) const;
};

}  // namespace mfg
