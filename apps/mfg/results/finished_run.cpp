#include "results/finished_run.hpp"

#include <mfg/base/error.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/json.hpp>

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
