#pragma once
#include <mfg/run/assemble.hpp>

#include <nlohmann/json_fwd.hpp>

/// Objective and terms of a run at parameters on fresh samples, as `validation` of result.json; `fine`: by the losses
/// with finer time steps. `purpose` names the random streams.
nlohmann::ordered_json validation(const mfg::Run& run, const std::vector<std::string>& terms,
                                  const mfg::Vector& parameters, const std::string& purpose, bool fine);
