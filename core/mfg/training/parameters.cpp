#include <mfg/training/parameters.hpp>

#include <algorithm>

namespace mfg {

void ParameterLayout::add(const std::string& field, const Network& network, const NetworkInput& input)
{
    parts_.push_back({field, &network, input, 0});
    for (ParameterBlock block : network.blocks(input)) {
        block.name = field + "." + block.name;
        entries_.push_back({block, size_});
        size_ += block.size();
    }
}

void ParameterLayout::add(const ParameterBlock& block, Real start)
{
    parts_.push_back({block.name, nullptr, {}, start});
    entries_.push_back({block, size_});
    size_ += block.size();
}

Vector ParameterLayout::initialise(std::uint64_t seed) const
{
    Vector values = make_vector(size_);
    std::size_t entry = 0;
    for (const Part& part : parts_) {
        if (!part.network) {
            const auto& [block, offset] = entries_[entry++];
            std::fill_n(values.data() + offset, block.size(), part.start);
            continue;
        }
        const RandomStream stream(seed, "initialisation of " + part.name);
        const int count = static_cast<int>(part.network->blocks(part.input).size());
        for (int block = 0; block < count; ++block)
            part.network->initialise(part.input, stream, block, values.data() + entries_[entry++].offset);
    }
    return values;
}

VariableList ParameterLayout::variables(Tape& tape, const Real* parameters, Real* gradient) const
{
    VariableList list(tape, static_cast<int>(entries_.size()));
    for (int i = 0; i < list.size(); ++i) {
        const auto& [block, offset] = entries_[static_cast<std::size_t>(i)];
        list[i] = tape.leaf(parameters + offset, gradient ? gradient + offset : nullptr, block.rows, block.columns);
    }
    return list;
}

}  // namespace mfg
