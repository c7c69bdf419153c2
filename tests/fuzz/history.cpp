#include "property.hpp"

#include <drawing/convergence.hpp>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    may_refuse([&] {
        const mfg::HistoryTable table = mfg::parse_history(text_of(data, size));
        require(table.rows.size() <= size, "a cell has at least the byte behind it");
        convergence_figures(table);
        comparison_figures({{"", {}, {}, table, "one"}, {"", {}, {}, table, "two"}});
    });
    return 0;
}
