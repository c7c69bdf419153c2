#include <mfg/training/parameters.hpp>

namespace mfg {

void ParameterLayout::add(const std::string& field, const Network& network, const NetworkInput& input)
{
    fields_.push_back({field, &network, input});
    for (ParameterBlock block : network.blocks(input)) {
        block.name = field + "." + block.name;
        entries_.push_back({block, size_});
        size_ += block.size();
    }
}

Vector ParameterLayout::initialise(std::uint64_t seed) const
{
    Vector values = make_vector(size_);
    std::size_t entry = 0;
    for (const Field& field : fields_) {
        const RandomStream stream(seed, "initialisation of " + field.name);
        const int count = static_cast<int>(field.network->blocks(field.input).size());
        for (int block = 0; block < count; ++block)
            field.network->initialise(field.input, stream, block, values.data() + entries_[entry++].offset);
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
