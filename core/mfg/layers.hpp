#pragma once
#include <mfg/network.hpp>
#include <mfg/plugin/options.hpp>

#include <string>

namespace mfg {

/// Smooth functions between the layers of a network: tanh, sin, log_cosh (|y| + log(1 + exp(-2|y|))), softplus
/// (log(1 + exp y)) and swish (y / (1 + exp(-y))).
class MFG_API Activation {
public:
    static const Choices& names();
    explicit Activation(const std::string& name);
    Jet operator()(const Jet& y) const;

private:
    Function function_;
    bool halved_ = false;  // the function at y/2, as part of a formula
};

/// Starting values of one block of a feed-forward network: zero for biases, weights as `glorot` has them (`units`: rows
/// that belong to one layer, where a block has those of several), the output's times `output_scale`.
MFG_API void initialise_block(const ParameterBlock& shape, const RandomStream& stream, int block, int units,
                              Real output_scale, Real* values);

/// Starting weights of Glorot and Bengio: independent normal numbers of variance 2 / (inputs + outputs), which keeps
/// the size of values from layer to layer. `item` of the stream, for `count` weights.
MFG_API void glorot(const RandomStream& stream, std::uint64_t item, int inputs, int outputs, Index count, Real* values);

}  // namespace mfg
