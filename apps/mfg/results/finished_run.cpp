#include "results/finished_run.hpp"

#include "text.hpp"

#include <mfg/base/error.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/json.hpp>

#include <algorithm>
#include <filesystem>

using json = nlohmann::ordered_json;

namespace {

json read_result(const std::string& path)
{
    const std::string text = mfg::read_file(path);
    try {
        return parse_result(text);
    } catch (const mfg::Error& failure) {
        throw mfg::Error("'" + path + "' is malformed: " + failure.what());
    }
}

}  // namespace

json parse_result(const std::string& text)
{
    json result = mfg::parse_json(text);
    if (!result.is_object()) throw mfg::Error("it does not hold the result of a run");
    return result;
}

FinishedRun read_finished_run(std::string directory)
{
    while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
    for (const std::string file : {"result.json", "history.csv"})
        if (!std::filesystem::exists(directory + '/' + file))
            throw mfg::Error("'" + directory + "' is not the directory of a finished run: it has no " + file);
    const std::string validation = directory + "/validation.json";
    return {directory, read_result(directory + "/result.json"),
            std::filesystem::exists(validation) ? read_result(validation) : json(),
            mfg::read_history(directory + "/history.csv")};
}

const json& entry(const json& object, std::initializer_list<const char*> path)
{
    static const json null;
    const json* at = &object;
    for (const char* key : path) {
        if (!at->is_object() || !at->contains(key)) return null;
        at = &at->at(key);
    }
    return *at;
}

std::string meaning_of(const json& result, const std::string& group, const std::string& name)
{
    const auto text = [](const json& value) { return value.is_string() ? value.get<std::string>() : std::string(); };
    if (group == "objective" || group == "terms") return text(entry(result, {"method"}));
    const json& own = entry(result, {"definitions", (group + "." + name).c_str()});
    return text(own.is_null() ? entry(result, {"definitions", group.c_str()}) : own);
}

std::vector<std::string> measure_groups(const json& result)
{
    std::vector<std::string> groups;
    const auto is_group = [](const std::string& name, const json& value) {
        if (name == "terms" || name == "validation" || name == "validation_fine" || name == "reference" ||
            name == "published" || name == "rerun" || name == "baselines" || !value.is_object() || value.empty())
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
    if (group == "duality") return "Estimates of primal and dual value and of the gap";
    if (group == "round_trip") return "Distance after a path forward and back again";
    if (group == "weights") return "Factors of the terms";
    return capitalised(readable(group));
}
