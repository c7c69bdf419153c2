#include "property.hpp"

#include <drawing/figures.hpp>

#include <mfg/run/npy.hpp>

namespace {

/// A file of 2 x 3, or 2 x 3 x 2, or no array at all, and nothing else.
std::string field(const std::string& name)
{
    const auto file = [](const std::string& shape, std::size_t count) {
        std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + "}\n", bytes;
        bytes = std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header;
        for (std::size_t i = 0; i < count; ++i) {
            const double value = static_cast<double>(i);
            bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
        }
        return bytes;
    };
    if (name == "map.npy") return file("(2, 3)", 6);
    if (name == "paths.npy") return file("(2, 3, 2)", 12);
    if (name == "none.npy") return "none";
    throw mfg::Error("cannot read '" + name + "'");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    may_refuse([&] {
        for (const Drawing& drawing : parse_figures(text_of(data, size), field)) {
            if (const Figure* figure = std::get_if<Figure>(&drawing))
                require(!figure->panels.empty(), "a figure has panels");
            else
                require(std::get<Animation>(drawing).times.size() == 2, "an animation has a time for each of its maps");
        }
    });
    return 0;
}
