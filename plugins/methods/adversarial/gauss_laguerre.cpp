#include "gauss_laguerre.hpp"
#include <mfg/base/error.hpp>

#include <cmath>

namespace mfg {
namespace {

/// The Laguerre polynomials L_n and L_{n-1} at y.
struct Laguerre {
    Real last, before;
};

Laguerre laguerre(int n, Real y)
{
    Real before = 0, last = 1;
    for (int k = 1; k <= n; ++k) {
        const Real next = ((2 * k - 1 - y) * last - (k - 1) * before) / k;
        before = last;
        last = next;
    }
    return {last, before};
}

}  // namespace

GaussLaguerre gauss_laguerre(int count)
{
    if (count < 1 || count > 32) throw Error("quadrature: a Gauss-Laguerre rule here has between 1 and 32 nodes");
    GaussLaguerre rule{make_vector(static_cast<std::size_t>(count)), make_vector(static_cast<std::size_t>(count))};
    const Real n = count;
    for (int k = 0; k < count; ++k) {
        // Newton's method with the nodes that were found divided out (Maehly), started below the next root: there the
        // polynomial is convex or concave towards it, so that no root is missed.
        Real y = k == 0 ? 0 : rule.nodes(static_cast<std::size_t>(k - 1)) + 1e-3 / n;
        for (int step = 0; step < 200; ++step) {
            const auto [last, before] = laguerre(count, y);
            const Real slope = y == 0 ? -n : n * (last - before) / y;
            Real found = 0;
            for (int i = 0; i < k; ++i) found += 1 / (y - rule.nodes(static_cast<std::size_t>(i)));
            const Real change = last / (slope - last * found);
            y -= change;
            if (std::abs(change) < 1e-14 * (1 + y)) break;
        }
        rule.nodes(static_cast<std::size_t>(k)) = y;
        const Real next = laguerre(count + 1, y).last;
        rule.weights(static_cast<std::size_t>(k)) = y / ((n + 1) * (n + 1) * next * next);
    }
    return rule;
}

}  // namespace mfg
