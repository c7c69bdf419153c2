#pragma once
#include <mfg/base/array.hpp>
#include <mfg/network.hpp>

#include <string>
#include <vector>

namespace mfg {

/// The blocks of a method's parameter vector, named FIELD.LAYER.KIND.
class MFG_API ParameterLayout {
public:
    struct Entry {
        ParameterBlock block;
        std::size_t offset;
    };

    /// Appends the blocks of the network of one field, and remembers how to start it.
    void add(const std::string& field, const Network& network, const NetworkInput& input);

    /// Appends a separate block, which starts as `start` everywhere.
    void add(const ParameterBlock& block, Real start = 0);

    std::size_t size() const { return size_; }
    const std::vector<Entry>& entries() const { return entries_; }
    /// Starting values; each block has its own random stream.
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

/// Those blocks of a parameter vector that one player moves: a vector of their own, one block after the other.
class MFG_API ParameterSubset {
public:
    /// All of `layout`, which outlives this object.
    ParameterSubset(const ParameterLayout& layout) : ParameterSubset(layout, {}) {}
    /// The blocks of some fields, named FIELD or FIELD.LAYER.KIND; of none: all. An Error if there is no such field.
    ParameterSubset(const ParameterLayout& layout, const std::vector<std::string>& fields);

    const ParameterLayout& layout() const { return *layout_; }
    /// Of the player's own vector.
    std::size_t size() const { return size_; }
    bool is_all() const { return size_ == layout_->size(); }
    /// The player's blocks, with their offsets in its own vector.
    std::vector<ParameterLayout::Entry> entries() const;
    /// Takes the player's numbers from a whole vector, or puts them back.
    void gather(const Vector& all, Vector& own) const;
    void scatter(const Vector& own, Vector& all) const;
    /// All blocks of a whole vector as variables; those of the player give their adjoints to its own `gradient`, or
    /// nobody's where that is null, and no derivatives flow to the others.
    VariableList variables(Tape& tape, const Real* all, Real* gradient) const;

private:
    static constexpr std::size_t nowhere = ~std::size_t{0};
    const ParameterLayout* layout_;
    std::vector<std::size_t> own_offset_;  // of each entry of the layout; nowhere: another player's
    std::size_t size_ = 0;
};

}  // namespace mfg
