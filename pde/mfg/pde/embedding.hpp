#pragma once
#include <mfg/autodiff/jet.hpp>
#include <mfg/base/box.hpp>

#include <vector>

namespace mfg {

/// What networks see of a place in a box, so that any function of it fits the faces (docs/equations.md, "Residual
/// objective"):
///
/// * between periodic faces sin and cos of 2 pi k y, k = 1..harmonics, where y in [0,1] is the place in the box;
/// * an even function, one without a normal derivative at reflecting faces, sees cos pi k y between two of these, and
///   cos of pi k y / 2, with y the distance from it, where only one is reflecting;
/// * the coordinate itself everywhere else.
class MFG_API Embedding {
public:
    Embedding(const Box& box, bool even, int harmonics);

    /// Whether it sees the coordinates as they are.
    bool is_identity() const { return periodic_.empty() && even_.empty(); }
    /// Numbers for each place.
    int features() const;
    /// From the coordinates x.
    Jet operator()(const Jet& x) const;

private:
    int harmonics_;
    std::vector<Index> periodic_, even_, plain_;  // coordinates
    Vector start_, rate_;                         // of periodic coordinates: where and how fast y begins
    Vector even_start_, even_rate_;               // of even ones: of the angle
};

}  // namespace mfg
