#pragma once
#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

/// A drawn figure.
struct Picture {
    std::string file, caption;
};

/// One self-contained HTML page about a run.
struct ReportPage {
    std::string directory;                     ///< as the user named it
    const nlohmann::ordered_json& result;      ///< result.json
    const nlohmann::ordered_json& validation;  ///< validation.json, or null
    std::string configuration;                 ///< the text of config.ini, or nothing
    std::vector<Picture> pictures;             ///< in `directory`/figures
};

std::string render(const ReportPage& page);
