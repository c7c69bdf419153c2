#pragma once
#include <mfg/autodiff/jet.hpp>

#include <array>

namespace mfg {

/// A function of numbers, feature by feature, that no formula on jets states: `function(a)` gives it with its first and
/// second derivative. Adjoints flow to `a` by the first derivative of the value; those of derivatives do not.
template <class Function>
Jet numeric_function(const Jet& a, const Function& function)
{
    const Variable at = a.value();
    Tape& tape = at.tape();
    const auto array = [&] { return tape.constant(at.rows(), at.columns()); };
    const Variable from = array(), value = array(), first = array(), second = array();
    for (Index r = 0; r < at.rows(); ++r)
        for (Index j = 0; j < at.columns(); ++j) {
            const std::array<Real, 3> f = function(at(r, j));
            from.write_row(r)[j] = at(r, j);
            value.write_row(r)[j] = f[0];
            first.write_row(r)[j] = f[1];
            second.write_row(r)[j] = f[2];
        }
    // Its Taylor polynomial at the values has the derivatives of the function.
    const Jet e = a - Jet(from);
    return Jet(value) + Jet(first) * e + Real(0.5) * (Jet(second) * square(e));
}

}  // namespace mfg
