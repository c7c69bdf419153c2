#include "property.hpp"

#include <mfg/run/npy.hpp>

namespace {

template <std::size_t Rank>
void parse(const std::string& bytes)
{
    may_refuse([&] {
        const mfg::Array<Rank> array = mfg::parse_npy<Rank>(bytes);
        // An entry has 4 bytes at least.
        require(array.size() <= bytes.size() / 4, "an array has no more entries than its file has bytes for");
    });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string bytes = text_of(data, size);
    parse<1>(bytes);
    parse<2>(bytes);
    parse<3>(bytes);
    return 0;
}
