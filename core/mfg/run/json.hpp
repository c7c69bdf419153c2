#pragma once
#include <mfg/base/export.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace mfg {

/// The value that a JSON text describes, which may come from anywhere: an Error says what is wrong with it. Nesting and
/// the number of names are limited, so that whoever walks through the value needs neither much stack nor much time.
MFG_API nlohmann::ordered_json parse_json(const std::string& text);

/// The text of a file that holds the value, which a terminal may show: control characters are escaped. Bytes that are
/// not UTF-8 are replaced, numbers that are not finite are null.
MFG_API std::string json_text(const nlohmann::ordered_json& value);

}  // namespace mfg
