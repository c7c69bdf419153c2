#pragma once
#include <mfg/run/history.hpp>

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string>
#include <vector>

/// The files of a run that has ended.
struct FinishedRun {
    std::string directory;              ///< as the user named it, without a slash at its end
    nlohmann::ordered_json result;      ///< result.json, an object
    nlohmann::ordered_json validation;  ///< validation.json of `mfg validate`, an object, or null
    mfg::HistoryTable history;
    std::string label = {};  ///< its name among others
};

/// The object in the text of a result.json or validation.json.
nlohmann::ordered_json parse_result(const std::string& text);

/// An Error says so if the directory is not that of a finished run.
FinishedRun read_finished_run(std::string directory);

/// The entry of an object by its path, or null.
const nlohmann::ordered_json& entry(const nlohmann::ordered_json& object, std::initializer_list<const char*> path);

/// What a number of a group is in a run, in words: numbers of one name that are different quantities must not stand
/// side by side. Objectives and terms (groups `objective` and `terms`) are those of the method; for measures the result
/// has definitions.
std::string meaning_of(const nlohmann::ordered_json& result, const std::string& group, const std::string& name);

/// The groups of measures in a result, by their names: `errors`, `residuals`, then what else the method returned.
/// `baselines` are shown with the errors.
std::vector<std::string> measure_groups(const nlohmann::ordered_json& result);

/// The long name of a group of measures.
std::string measure_title(const std::string& group);
