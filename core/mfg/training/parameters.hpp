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

    std::size_t size() const { return size_; }
    const std::vector<Entry>& entries() const { return entries_; }
    /// Starting values; each block has a random stream of its own.
    Vector initialise(std::uint64_t seed) const;
    /// The blocks as variables; `gradient` (or null) receives their adjoints.
    VariableList variables(Tape& tape, const Real* parameters, Real* gradient) const;

private:
    struct Field {
        std::string name;
        const Network* network;
        NetworkInput input;
    };
    std::vector<Field> fields_;
    std::vector<Entry> entries_;
    std::size_t size_ = 0;
};

}  // namespace mfg
