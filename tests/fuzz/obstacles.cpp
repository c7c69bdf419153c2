#include "property.hpp"

#include "problems/common/obstacles.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    may_refuse([&] {
        constexpr int dimension = 3;
        const mfg::Obstacles obstacles = mfg::Obstacles::parse(text_of(data, size), dimension);
        require(obstacles.coordinates() <= dimension, "obstacles lie within the space");
        require(obstacles.empty() == (obstacles.coordinates() == 0), "an obstacle has a coordinate");
    });
    return 0;
}
