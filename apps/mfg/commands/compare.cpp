#include "commands/commands.hpp"
#include "drawing/comparison_tables.hpp"
#include "drawing/convergence.hpp"
#include "drawing/html.hpp"
#include "drawing/pictures.hpp"
#include "results/interruption.hpp"
#include "text.hpp"

#include <mfg/plugin/options.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/json.hpp>

#include <filesystem>
#include <iostream>
#include <set>

using json = nlohmann::ordered_json;

namespace {

json seconds_per_iteration(const json& result)
{
    const json seconds = entry(result, {"seconds"}), iterations = entry(result, {"iterations"});
    if (!seconds.is_number() || !iterations.is_number() || iterations.get<double>() <= 0) return nullptr;
    return seconds.get<double>() / iterations.get<double>();
}

/// The names of the directories, as long as these differ; else the paths.
std::vector<FinishedRun> read_runs(const Arguments& directories)
{
    std::vector<FinishedRun> runs;
    std::set<std::string> names;
    for (const std::string& directory : directories) {
        FinishedRun& run = runs.emplace_back(read_finished_run(directory));
        run.result["seconds_per_iteration"] = seconds_per_iteration(run.result);
        // "." and ".." are names of no directory.
        const std::string name = std::filesystem::weakly_canonical(run.directory).filename().string();
        names.insert(name);
        run.label = mfg::printable(name);
    }
    if (names.size() < runs.size())
        for (FinishedRun& run : runs) run.label = mfg::printable(run.directory);
    return runs;
}

/// All that the runs say of themselves, one object a run.
json as_json(const std::vector<FinishedRun>& runs)
{
    json all = json::array();
    for (const FinishedRun& run : runs) {
        json object{{"run", run.label}, {"directory", run.directory}};
        object.update(run.result);
        all.push_back(object);
    }
    return all;
}

/// Pictures and a page; returns its path.
std::string write_page(const std::vector<FinishedRun>& runs, const std::vector<Table>& all, const std::string& output)
{
    Pictures pictures(output + "/figures");
    std::string html =
        "<h1>Comparison of " + std::to_string(runs.size()) + " runs</h1>\n<h2>Numbers</h2>\n<div class=\"tables\">\n";
    for (const Table& table : all) html += table.html();
    html += "</div>\n<h2>Figures</h2>\n" + pictures.draw_all(comparison_figures(runs));
    const std::string page = output + "/comparison.html";
    mfg::write_file_atomically(page, html_page("Comparison of runs", html));
    return page;
}

struct Settings {
    std::string format = "text", output;
};

void declare(CommandOptions& o, Settings& s)
{
    o.choice("format", s.format, {"text", "markdown", "json"}, "format of the output");
    o.path(Value::directory, "output", "DIR", s.output,
           "also draw objective and terms over iterations, wall time and gradient evaluations, and write "
           "DIR/comparison.html");
}

int compare(const Arguments& words, const Settings& settings)
{
    const std::vector<FinishedRun> runs = read_runs(words);
    const std::vector<Table> all = comparison_tables(runs);
    const Interruption interruption;
    std::string page;
    try {
        if (!settings.output.empty()) page = write_page(runs, all, settings.output);
    } catch (const Interrupted&) {
        interruption.finish();
    }
    if (settings.format == "json") {
        std::cout << mfg::json_text(as_json(runs));
        return 0;
    }
    std::string text;
    for (const Table& table : all)
        text += (text.empty() ? "" : "\n") + (settings.format == "text" ? table.text("  ") : table.markdown());
    std::cout << text;
    if (!page.empty()) std::cout << "\n" << page << "\n";
    return 0;
}

}  // namespace

Command compare_command()
{
    return with_options<Settings>(
        {"compare",
         "show runs side by side",
         {{Value::run, "DIR", true, true}},
         R"(Shows finished runs side by side: the settings that differ, the objective and its terms on fresh
samples (also with finer time steps), time, evaluations, errors and residuals, with standard errors
(+-) where they are known. Each method has its own table of the objective, and measures that are
different quantities in different runs have different columns. The directories name the runs.
)"},
        declare, compare);
}
