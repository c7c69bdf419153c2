#pragma once
#include "gnuplot.hpp"

#include <nlohmann/json_fwd.hpp>

/// One self-contained HTML page about a run.
struct ReportPage {
    std::string directory;                 ///< as the user named it
    const nlohmann::ordered_json& result;  ///< result.json
    std::string configuration;             ///< the text of config.ini, or nothing
    std::vector<Figure> figures;           ///< drawn in `directory`/figures
};

std::string render(const ReportPage& page);
