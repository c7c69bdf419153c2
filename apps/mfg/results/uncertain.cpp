#include "results/uncertain.hpp"

#include "results/finished_run.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

using json = nlohmann::ordered_json;

namespace {

const std::string suffix = "_standard_error";

}  // namespace

std::string with_standard_error(const std::string& mean, const json& value, const json& error, const char* sign)
{
    if (!value.is_number() || !error.is_number() || !(error.get<double>() > 0)) return mean;
    const double number = value.get<double>(), uncertain = error.get<double>();
    const int decimals = std::max(0, 1 - static_cast<int>(std::floor(std::log10(uncertain))));
    if (decimals > 9 || std::max(std::abs(number), uncertain) > 1e6)
        return fmt::format("{} {} {:.2g}", mean, sign, uncertain);
    return fmt::format("{:.{}f} {} {:.{}f}", number, decimals, sign, uncertain, decimals);
}

const json& standard_error_of(const json& group, const std::string& name)
{
    return entry(group, {(name + suffix).c_str()});
}

bool is_standard_error(const json& group, const std::string& name)
{
    return ends_with(name, suffix) && group.is_object() && group.contains(name.substr(0, name.size() - suffix.size()));
}
