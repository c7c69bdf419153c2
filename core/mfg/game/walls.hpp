#pragma once
#include <mfg/autodiff/jet.hpp>
#include <mfg/base/box.hpp>
#include <mfg/random/random.hpp>

namespace mfg {

/// What happens at the faces of a box (docs/equations.md, "Walls").

/// Outward unit normals at points `x` `[d x n]` that lie on a face of the given kind, `[d x n]`; zero at other points.
MFG_API Variable outward_normals(const Box& box, Face kind, const Variable& x);
/// 1 at points that lie on a face of the given kind, else 0, `[1 x n]`.
MFG_API Variable on_faces(const Box& box, Face kind, const Variable& x);

/// A function that is 0 at the exits and positive inside, at most 1: a product over the coordinates that have an exit,
/// of 4 y (1 - y) between two exits and of the distance y from a single one, in units of the box.
MFG_API Jet distance_from_exits(const Box& box, const Jet& x);

/// One step of an agent between the walls of a box: what becomes of the straight line from `before` to `after`.
struct WallStep {
    bool leaves = false;  ///< through an exit
    Real share = 1;       ///< of the step that it is still inside
};

/// Reflects the end of a step that normal noise with standard deviation `spread` in each coordinate has led to, or
/// finds out that it leaves: where the end is beyond an exit, and with the probability exp(-2 a b / spread^2) of a
/// Brownian bridge where start and end are at the distances a and b before one. Without the bridge too few would leave,
/// by a share of order spread; with it, and with reflection at the end of a step, errors are of the order of the step.
/// Draws from `noise`, item `item`. An agent that leaves ends on the face.
MFG_API WallStep meet_walls(const Box& box, const Real* before, Real* after, const Vector& spread,
                            const RandomStream& noise, std::uint64_t item);

}  // namespace mfg
