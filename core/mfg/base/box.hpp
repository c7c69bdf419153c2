#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

#include <vector>

namespace mfg {

/// What a face of a box is to the agents in it.
enum class Face {
    open,        ///< nothing in particular: what holds there are equations that a system has by hand
    periodic,    ///< the same place as the opposite face
    reflecting,  ///< a wall that sends agents back
    exit         ///< agents who come here leave
};

/// A box [low, high] in each coordinate, and what its faces are.
struct MFG_API Box {
    Vector low, high;
    std::vector<Face> low_faces = {}, high_faces = {};  ///< one a coordinate; none: all of them are open

    /// [0,1]^d with equal faces.
    static Box unit(Index dimension, Face faces);

    Index dimension() const { return length(low); }
    Face low_face(Index k) const { return low_faces.empty() ? Face::open : low_faces[k]; }
    Face high_face(Index k) const { return high_faces.empty() ? Face::open : high_faces[k]; }
    /// Whether any face is of this kind.
    bool has(Face kind) const;
    /// Whether nobody gets out: all faces are periodic or reflecting.
    bool closed() const { return !has(Face::open) && !has(Face::exit); }
    bool has_walls() const { return has(Face::reflecting) || has(Face::exit); }

    Real width(Index k) const { return high(k) - low(k); }
    Real volume() const;
    /// Rows of `points` `[n x d or more]` in units of the box, [0,1]^d, and back; other columns stay.
    void to_unit(Matrix& points) const;
    void from_unit(Matrix& points) const;
};

}  // namespace mfg
