#include <mfg/game/walls.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// Calls `function(coordinate, place, outward)` for each face of a kind; outward is -1 or 1.
template <class Function>
void for_faces(const Box& box, Face kind, const Function& function)
{
    for (Index k = 0; k < box.dimension(); ++k) {
        if (box.low_face(k) == kind) function(k, box.low(k), Real(-1));
        if (box.high_face(k) == kind) function(k, box.high(k), Real(1));
    }
}

/// Back into [low, high] by reflection, also from far away; only at faces that reflect.
Real reflected(const Box& box, Index k, Real x)
{
    const bool low = box.low_face(k) == Face::reflecting, high = box.high_face(k) == Face::reflecting;
    if (low && high) {
        const Real width = box.width(k), period = 2 * width;
        Real y = std::fmod(x - box.low(k), period);
        if (y < 0) y += period;
        return box.low(k) + (y > width ? period - y : y);
    }
    if (low && x < box.low(k)) return 2 * box.low(k) - x;
    if (high && x > box.high(k)) return 2 * box.high(k) - x;
    return x;
}

}  // namespace

Variable outward_normals(const Box& box, Face kind, const Variable& x)
{
    const Variable normals = x.tape().constant(x.rows(), x.columns(), 0);
    for_faces(box, kind, [&](Index k, Real place, Real outward) {
        Real* to = normals.write_row(k);
        for (Index j = 0; j < x.columns(); ++j)
            if (x(k, j) == place) to[j] = outward;
    });
    return normals;
}

Variable on_faces(const Box& box, Face kind, const Variable& x)
{
    const Variable mask = x.tape().constant(1, x.columns(), 0);
    for_faces(box, kind, [&](Index k, Real place, Real) {
        for (Index j = 0; j < x.columns(); ++j)
            if (x(k, j) == place) mask.write()[j] = 1;
    });
    return mask;
}

Jet distance_from_exits(const Box& box, const Jet& x)
{
    Jet product;
    for (Index k = 0; k < box.dimension(); ++k) {
        const bool low = box.low_face(k) == Face::exit, high = box.high_face(k) == Face::exit;
        if (!low && !high) continue;
        const Jet y = (x[k] - box.low(k)) / box.width(k);
        const Jet factor = low && high ? 4 * (y * (1 - y)) : low ? y : 1 - y;
        product = product.is_zero() ? factor : product * factor;
    }
    return product;
}

WallStep meet_walls(const Box& box, const Real* before, Real* after, const Vector& spread, const RandomStream& noise,
                    std::uint64_t item)
{
    WallStep step;
    Index through = 0;
    Real place = 0;
    int faces = 0;
    for_faces(box, Face::exit, [&](Index k, Real at, Real outward) {
        const int face = faces++;
        const Real from = outward * (at - before[k]), to = outward * (at - after[k]);
        if (to > 0) {
            if (spread(k) == 0) return;
            const Real chance = std::exp(-2 * from * to / (spread(k) * spread(k)));
            Real u = 1;
            // Most agents are too far from an exit to need a random number.
            if (chance > 1e-12) noise.part("walls").part(face).uniform(item, 1, &u);
            if (!(u < chance)) return;
        }
        // Where the straight line, or its mirror image, meets the face.
        const Real share = from > 0 ? from / (from + std::abs(to)) : 0;
        if (step.leaves && share >= step.share) return;
        step = {true, share};
        through = k;
        place = at;
    });
    if (step.leaves)
        for (Index k = 0; k < box.dimension(); ++k) after[k] = before[k] + step.share * (after[k] - before[k]);
    for (Index k = 0; k < box.dimension(); ++k) after[k] = reflected(box, k, after[k]);
    if (step.leaves) after[through] = place;
    return step;
}

}  // namespace mfg
