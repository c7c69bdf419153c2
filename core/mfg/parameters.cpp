#include <mfg/base/error.hpp>
#include <mfg/parameters.hpp>

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
        const auto& [block, offset] = entries_[i];
        list[i] = tape.leaf(parameters + offset, gradient ? gradient + offset : nullptr, block.rows, block.columns);
    }
    return list;
}

ParameterSubset::ParameterSubset(const ParameterLayout& layout, const std::vector<std::string>& fields)
    : layout_(&layout), own_offset_(layout.entries().size(), nowhere)
{
    const auto belongs = [](const std::string& block, const std::string& field) {
        return block == field || block.compare(0, field.size() + 1, field + ".") == 0;
    };
    for (std::size_t i = 0; i < own_offset_.size(); ++i) {
        const ParameterBlock& block = layout.entries()[i].block;
        if (!fields.empty() && std::none_of(fields.begin(), fields.end(),
                                            [&](const std::string& field) { return belongs(block.name, field); }))
            continue;
        own_offset_[i] = size_;
        size_ += block.size();
    }
    for (const std::string& field : fields)
        if (std::none_of(layout.entries().begin(), layout.entries().end(),
                         [&](const auto& entry) { return belongs(entry.block.name, field); }))
            throw Error("parameters: a player is to move '" + field + "', which is none of the unknowns");
}

std::vector<ParameterLayout::Entry> ParameterSubset::entries() const
{
    std::vector<ParameterLayout::Entry> entries;
    for (std::size_t i = 0; i < own_offset_.size(); ++i)
        if (own_offset_[i] != nowhere) entries.push_back({layout_->entries()[i].block, own_offset_[i]});
    return entries;
}

void ParameterSubset::gather(const Vector& all, Vector& own) const
{
    for (std::size_t i = 0; i < own_offset_.size(); ++i) {
        const auto& [block, offset] = layout_->entries()[i];
        if (own_offset_[i] != nowhere) std::copy_n(all.data() + offset, block.size(), own.data() + own_offset_[i]);
    }
}

void ParameterSubset::scatter(const Vector& own, Vector& all) const
{
    for (std::size_t i = 0; i < own_offset_.size(); ++i) {
        const auto& [block, offset] = layout_->entries()[i];
        if (own_offset_[i] != nowhere) std::copy_n(own.data() + own_offset_[i], block.size(), all.data() + offset);
    }
}

VariableList ParameterSubset::variables(Tape& tape, const Real* all, Real* gradient) const
{
    VariableList list(tape, static_cast<int>(own_offset_.size()));
    for (int i = 0; i < list.size(); ++i) {
        const auto& [block, offset] = layout_->entries()[i];
        const std::size_t own = own_offset_[i];
        list[i] = own == nowhere
                      ? tape.constant_view(all + offset, block.rows, block.columns)
                      : tape.leaf(all + offset, gradient ? gradient + own : nullptr, block.rows, block.columns);
    }
    return list;
}

}  // namespace mfg
