#pragma once
#include <mfg/run/history.hpp>

#include <nlohmann/json.hpp>

#include <string>

/// The files of a run that has ended.
struct FinishedRun {
    std::string directory;              ///< as the user named it, without a slash at its end
    nlohmann::ordered_json result;      ///< result.json, an object
    nlohmann::ordered_json validation;  ///< validation.json of `mfg validate`, an object, or null
    mfg::HistoryTable history;
};

/// The object in the text of a result.json or validation.json.
nlohmann::ordered_json parse_result(const std::string& text);

/// An Error says so if the directory is not that of a finished run.
FinishedRun read_finished_run(std::string directory);
