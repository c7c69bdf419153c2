#pragma once
#include "composition.hpp"

#include <nlohmann/json_fwd.hpp>

/// Everything that result.json says about a finished training: it evaluates the kept parameters on fresh samples.
nlohmann::ordered_json evaluate_result(const Configuration& configuration, const Composition& run,
                                       const mfg::TrainingResult& training);

/// The main numbers as a table for the terminal.
std::string result_table(const nlohmann::ordered_json& result);
