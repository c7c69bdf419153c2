#include <mfg/costs/interaction.hpp>

namespace mfg {

Variable interaction_mean(const GaussianInteraction& kernel, const Variable& x, const Variable& y)
{
    Tape& tape = x.tape();
    const Real scale = 1 / (kernel.width * kernel.width);
    const Variable p = x.rows(0, kernel.coordinates), q = y.rows(0, kernel.coordinates);
    // -|p - q|^2 / (2 width^2) for all pairs is one product.
    const Variable left = stack({q, tape.constant(1, y.columns(), 1), dot_rows(q, q, Real(-0.5) * scale)});
    const Variable right =
        stack({combine({{scale, p}}), dot_rows(p, p, Real(-0.5) * scale), tape.constant(1, x.columns(), 1)});
    const Variable kernels = exp(Jet(matmul(left, right, true))).value();
    return sum_rows(kernels, kernel.weight / y.columns());
}

}  // namespace mfg
