#pragma once
#include <mfg/array.hpp>
#include <mfg/network.hpp>

#include <string>
#include <vector>

namespace mfg {

/// The blocks of a player's parameter vector, named FIELD.LAYER.KIND.
class MFG_API ParameterLayout {
public:
    struct Entry {
        ParameterBlock block;
        std::size_t offset;
    };

    /// Appends the blocks of the network of one field, and remembers how to start it.
    void add(const std::string& field, const Network& network, const NetworkInput& input);

    /// Appends a block of its own, which starts as `start` everywhere.
    void add(const ParameterBlock& block, Real start = 0);

    std::size_t size() const { return size_; }
    const std::vector<Entry>& entries() const { return entries_; }
    /// Starting values; each block has a random stream of its own.
    Vector initialise(std::uint64_t seed) const;
    /// The blocks as variables; `gradient` (or null) receives their adjoints.
    VariableList variables(Tape& tape, const Real* parameters, Real* gradient) const;

private:
    /// What gives one or more entries their starting values: the network of a field, or a number.
    struct Part {
        std::string name;
        const Network* network;  ///< or null
        NetworkInput input;
        Real start;
    };
    std::vector<Part> parts_;
    std::vector<Entry> entries_;
    std::size_t size_ = 0;
};

}  // namespace mfg
