#include "results/measures.hpp"

#include "text.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

const nlohmann::ordered_json& entry(const nlohmann::ordered_json& object, std::initializer_list<const char*> path)
{
    static const nlohmann::ordered_json null;
    const nlohmann::ordered_json* at = &object;
    for (const char* key : path) {
        if (!at->is_object() || !at->contains(key)) return null;
        at = &at->at(key);
    }
    return *at;
}

std::vector<std::string> measure_groups(const nlohmann::ordered_json& result)
{
    std::vector<std::string> groups;
    const auto is_group = [](const std::string& name, const nlohmann::ordered_json& value) {
        if (name == "terms" || name == "validation" || name == "validation_fine" || name == "reference" ||
            name == "published" || !value.is_object() || value.empty())
            return false;
        // A number that is none is null in a file.
        return std::all_of(value.begin(), value.end(), [](const auto& v) { return v.is_number() || v.is_null(); });
    };
    for (const auto& item : result.items())
        if (is_group(item.key(), item.value())) groups.push_back(item.key());
    const auto rank = [](const std::string& name) { return name == "errors" ? 0 : name == "residuals" ? 1 : 2; };
    std::stable_sort(groups.begin(), groups.end(),
                     [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
    return groups;
}

std::string measure_title(const std::string& group)
{
    if (group == "errors") return "Errors against the exact solution";
    if (group == "round_trip") return "Distance after a path forward and back again";
    if (group == "weights") return "Factors of the terms";
    std::string title = readable(group);
    if (!title.empty()) title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
    return title;
}
