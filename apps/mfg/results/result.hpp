#pragma once
#include <mfg/run/assemble.hpp>

#include <nlohmann/json_fwd.hpp>

#include <functional>

/// Is told what is measured next, and may throw to stop it.
using StageStart = std::function<void(const char* stage)>;

/// Everything that result.json says about a finished training: it evaluates the kept parameters on fresh samples.
nlohmann::ordered_json evaluate_result(const mfg::Run& run, const std::vector<std::string>& terms,
                                       const mfg::TrainingResult& training, const StageStart& begin);

/// Objective, terms and the method's measures at the given parameters, on samples of random streams that start with
/// `purpose`: `validation`, `validation_fine` where there is a time grid, and the groups of the measures.
nlohmann::ordered_json fresh_metrics(const mfg::Run& run, const std::vector<std::string>& terms,
                                     const mfg::Vector& parameters, const std::string& purpose,
                                     const StageStart& begin);

/// The exact optimum beside terms with these names: {objective, terms, source}, or {costs, source} for a method that
/// minimises something else; null where it is not known.
nlohmann::ordered_json reference_numbers(const mfg::Run& run, const std::vector<std::string>& terms);

/// Says on stderr which files have changed since the results in the directory were computed.
void note_changed_files(const mfg::Run& run, const mfg::RunDirectory& directory);

/// The main numbers as a table for the terminal.
std::string result_table(const nlohmann::ordered_json& result);
