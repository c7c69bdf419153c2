#include "property.hpp"

#include <drawing/report_page.hpp>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    may_refuse([&] {
        const nlohmann::ordered_json result = parse_result(text_of(data, size));
        const std::string page = render({"run", result, result, {}}, "", {});
        require(page.find('\0') == page.npos, "a page is a text");
    });
    return 0;
}
