#pragma once
#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string>
#include <vector>

/// The entry of an object by its path, or null.
const nlohmann::ordered_json& entry(const nlohmann::ordered_json& object, std::initializer_list<const char*> path);

/// The groups of measures in a result, by their names: `errors`, `residuals`, then what else the method returned.
std::vector<std::string> measure_groups(const nlohmann::ordered_json& result);

/// The long name of a group of measures.
std::string measure_title(const std::string& group);
