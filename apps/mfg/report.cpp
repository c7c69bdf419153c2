#include "command_line.hpp"
#include "figures.hpp"
#include "report_page.hpp"

#include <mfg/error.hpp>
#include <mfg/io/files.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <iostream>

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

namespace {

json read_result(const std::string& path)
{
    try {
        json result = json::parse(mfg::read_file(path));
        if (!result.is_object()) throw mfg::Error("'" + path + "' does not hold the result of a run");
        return result;
    } catch (const json::exception& failure) {
        throw mfg::Error("'" + path + "' is malformed: " + failure.what());
    }
}

/// `DIR/` and `DIR` name the same run.
std::string without_last_slash(std::string directory)
{
    while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
    return directory;
}

}  // namespace

int report(const Arguments& arguments)
{
    const CommandLine line = read_command_line(arguments, {});
    require_words(line, 1, 1, "mfg report DIR");
    const std::string directory = without_last_slash(line.words.front());
    for (const std::string file : {"result.json", "history.csv"})
        if (!fs::exists(directory + '/' + file))
            throw mfg::Error("'" + directory + "' is not the directory of a finished run: it has no " + file);

    const json result = read_result(directory + "/result.json");
    std::vector<Figure> figures = field_figures(directory);
    for (Figure& figure : convergence_figures(mfg::read_history(directory + "/history.csv")))
        figures.push_back(std::move(figure));

    mfg::create_directories(directory + "/figures");
    for (const Figure& figure : figures) draw(figure, directory + "/figures");

    const std::string configuration = directory + "/config.ini", page = directory + "/report.html";
    const std::string text = fs::exists(configuration) ? mfg::read_file(configuration) : "";
    mfg::write_file_atomically(page, render({directory, result, text, figures}));
    std::cout << page << "\n";
    return 0;
}
