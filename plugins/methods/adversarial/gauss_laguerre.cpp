#include "gauss_laguerre.hpp"
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>

namespace mfg {

GaussLaguerre gauss_laguerre(int count)
{
    if (count < 1 || count > 32) throw Error("quadrature: a Gauss-Laguerre rule here has between 1 and 32 nodes");
    // Golub and Welsch (1969): the nodes are the eigenvalues of the matrix of the recurrence between the orthonormal
    // polynomials, and the first components of the eigenvectors are the square roots of the weights.
    const std::size_t n = count;
    Matrix recurrence = make_matrix(n, n);
    for (std::size_t k = 0; k < n; ++k) {
        recurrence(k, k) = static_cast<Real>(2 * k + 1);
        if (k > 0) recurrence(k, k - 1) = static_cast<Real>(k);
    }
    const auto [nodes, vectors] = linalg::eigh(recurrence);
    GaussLaguerre rule{nodes, make_vector(n)};
    for (std::size_t k = 0; k < n; ++k) rule.weights(k) = vectors(0, k) * vectors(0, k);
    return rule;
}

}  // namespace mfg
