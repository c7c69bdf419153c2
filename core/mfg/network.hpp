#pragma once
#include <mfg/autodiff/jet.hpp>
#include <mfg/random/random.hpp>

#include <string>
#include <vector>

namespace mfg {

/// What a network is a function of, and how many values it has there.
struct NetworkInput {
    int dimension = 1;  ///< of space
    bool time = true;   ///< time is the last input
    int outputs = 1;    ///< more than one: the network is a map, e.g. into space
    /// Number of inputs: rows of `input` in `Network::evaluate`.
    int features() const { return dimension + (time ? 1 : 0); }
};

/// A named part of a network's parameters, row-major in the parameter vector.
struct ParameterBlock {
    std::string name;  ///< LAYER.KIND, e.g. "opening.weight", or one word
    int rows, columns;
    Index size() const { return Index{rows} * columns; }
};

/// Variables on a tape, in a fixed order; the memory is the tape's.
class MFG_API VariableList {
public:
    VariableList() = default;
    VariableList(Tape& tape, int size);
    Variable& operator[](int i) { return variables_[i]; }
    const Variable& operator[](int i) const { return variables_[i]; }
    int size() const { return size_; }
    /// `count` of them from number `first` on.
    VariableList part(int first, int count) const;

private:
    Variable* variables_ = nullptr;
    int size_ = 0;
};

/// A parametrised function of space and time. Has settings, no state: parameters come as arguments.
class MFG_API Network {
public:
    static constexpr const char* kind = "network";
    using Interface = Network;

    virtual ~Network();

    /// The parameters for an input, in the order in which they stand in the parameter vector.
    virtual std::vector<ParameterBlock> blocks(const NetworkInput& input) const = 0;
    /// Starting values of block number `block`, to `values` (row-major). They follow from the stream alone; all blocks
    /// are given the same, and `block` as its item keeps them independent.
    virtual void initialise(const NetworkInput& input, const RandomStream& stream, int block, Real* values) const = 0;
    /// What depends on the parameters alone, found once for each tile of samples and handed to `evaluate`; by default
    /// the parameters themselves.
    virtual VariableList prepare(Tape&, const VariableList& parameters, const NetworkInput&) const
    {
        return parameters;
    }
    /// The network's value at `input` (`input.features()` rows: x, then t where there is time), `outputs` features,
    /// with the derivatives that the shape of `input` asks for. Written with jet operations, all derivatives follow;
    /// closed forms may replace them where `input.is_coordinates()`.
    virtual Jet evaluate(Tape& tape, const VariableList& prepared, const Jet& input) const = 0;
};

}  // namespace mfg
