#pragma once
#include <nlohmann/json.hpp>

#include <string>

/// Numbers with standard errors, as results have them: NAME and NAME_standard_error in one group.

/// A mean and its standard error with two digits, such as `1.2340 +- 0.0056`, with a sign between them. `mean` as it is
/// where the error is not known.
std::string with_standard_error(const std::string& mean, const nlohmann::ordered_json& value,
                                const nlohmann::ordered_json& error, const char* sign = "+-");

/// The standard error of an entry of a group, or null.
const nlohmann::ordered_json& standard_error_of(const nlohmann::ordered_json& group, const std::string& name);

/// Whether an entry of a group is the standard error of another one.
bool is_standard_error(const nlohmann::ordered_json& group, const std::string& name);
