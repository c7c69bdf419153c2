#include <mfg/layers.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

const Choices& Activation::names()
{
    static const Choices all{"tanh", "sin", "log_cosh", "softplus", "swish"};
    return all;
}

Activation::Activation(const std::string& name)
    : function_(name == "sin"                              ? Function::sine
                : name == "log_cosh" || name == "softplus" ? Function::log_cosh
                                                           : Function::hyperbolic_tangent),
      halved_(name == "softplus" || name == "swish")
{
}

Jet Activation::operator()(const Jet& y) const
{
    if (!halved_) return apply(function_, y);
    const Jet half = 0.5 * y, f = apply(function_, half);
    // softplus(y) = y/2 + log_cosh(y/2); swish(y) = y/2 (1 + tanh(y/2)).
    return function_ == Function::log_cosh ? half + f : half + half * f;
}

void initialise_block(const ParameterBlock& shape, const RandomStream& stream, int block, int units, Real output_scale,
                      Real* values)
{
    const Index count = shape.size();
    if (shape.name.find(".bias") != std::string::npos)
        std::fill_n(values, count, Real(0));
    else
        glorot(stream, block, shape.columns, std::min(shape.rows, units), count, values);
    if (shape.name == "output.weight")
        for (int i = 0; i < count; ++i) values[i] *= output_scale;
}

void glorot(const RandomStream& stream, std::uint64_t item, int inputs, int outputs, Index count, Real* values)
{
    stream.normal(item, count, values);
    const Real deviation = std::sqrt(Real(2) / (inputs + outputs));
    for (int i = 0; i < count; ++i) values[i] *= deviation;
}

}  // namespace mfg
