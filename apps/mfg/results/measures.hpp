#pragma once
#include <mfg/assessment/unbeaten_errors.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

/// A group of measures as it stands in files and tables: in `errors` the control is first, then the centred value
/// function.
nlohmann::ordered_json as_json(const std::string& group, const std::map<std::string, mfg::Real>& values);

/// The groups `errors` and `baselines` of a result.
mfg::Measures errors_and_baselines(const nlohmann::ordered_json& result);

/// One number of a group.
struct ShownMeasure {
    std::string name;
    nlohmann::ordered_json value, standard_error;  ///< the latter null where there is none
    std::string baseline;                          ///< `0.377 (standing_still)`, of an error that has one
    bool unbeaten = false;                         ///< an error that is not smaller than this baseline
};

/// The numbers of one group of a result in their order, each with its standard error, if that stands beside it as
/// NAME_standard_error, and errors with the best baseline.
std::vector<ShownMeasure> shown_measures(const nlohmann::ordered_json& result, const std::string& group);

/// What the mark at an error says.
inline constexpr const char* unbeaten_note = "not smaller than the error of an answer that knows nothing";
