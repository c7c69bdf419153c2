#pragma once
#include <nlohmann/json.hpp>

#include <string>

/// Judges what was measured of an answer: adds `verdict` and `verdict_reasons`. `reference`: the exact optimum as it
/// stands in result.json, or null.
void add_verdict(nlohmann::ordered_json& measured, const nlohmann::ordered_json& reference);

/// "verdict: roughly solved: " and the weightiest reasons, one line; nothing if there is no verdict.
std::string verdict_line(const nlohmann::ordered_json& result);
