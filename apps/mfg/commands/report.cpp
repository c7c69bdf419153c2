#include "commands/commands.hpp"
#include "drawing/convergence.hpp"
#include "drawing/pictures.hpp"
#include "drawing/report_page.hpp"
#include "results/interruption.hpp"

#include <mfg/run/files.hpp>

#include <filesystem>
#include <iostream>

namespace {

struct NoOptions {};

int report(const Arguments& words, const NoOptions&)
{
    const FinishedRun run = read_finished_run(words.front());
    const std::vector<Drawing> solution = field_figures(run.directory);
    const std::vector<Figure> training = convergence_figures(run.history);
    const std::string configuration = run.directory + "/config.ini", page = run.directory + "/report.html";
    const std::string text = std::filesystem::exists(configuration) ? mfg::read_file(configuration) : "";

    const Interruption interruption;
    try {
        Pictures pictures(run.directory + "/figures");
        const std::string of_solution = pictures.draw_all(solution), of_training = pictures.draw_all(training);
        mfg::write_file_atomically(page, render(run, text, {of_solution, of_training}));
    } catch (const Interrupted&) {
        interruption.finish();
    }
    std::cout << page << "\n";
    return 0;
}

}  // namespace

Command report_command()
{
    return with_options<NoOptions>(
        {"report",
         "draw pictures of a run and make a web page",
         {{Value::run, "DIR"}},
         R"(Draws pictures (SVG and PNG) in DIR/figures and writes one self-contained page, DIR/report.html.
)"},
        [](CommandOptions&, NoOptions&) {}, report);
}
