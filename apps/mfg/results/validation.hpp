#pragma once
#include "run/composition.hpp"

#include <nlohmann/json_fwd.hpp>

/// Objective and terms of losses, one per player, at the players' parameters, on one fresh sample of a stream named
/// after `purpose`: plain means and, where the losses know functions of a sample with expectation zero, means with
/// these as control variates.
nlohmann::ordered_json validation(const Composition& run, const std::vector<std::string>& names,
                                  const mfg::Vector& parameters, const std::vector<const mfg::Loss*>& losses,
                                  const std::string& purpose);
