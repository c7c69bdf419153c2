#include "commands/commands.hpp"
#include "drawing/convergence.hpp"
#include "drawing/figures.hpp"
#include "drawing/html.hpp"
#include "drawing/report_page.hpp"

#include <mfg/run/files.hpp>

#include <filesystem>
#include <iostream>

namespace {

struct NoOptions {};

int report(const Arguments& words, const NoOptions&)
{
    const FinishedRun run = read_finished_run(words.front());
    const std::string folder = run.directory + "/figures";
    std::vector<Drawing> drawings = field_figures(run.directory);
    for (Figure& figure : convergence_figures(run.history)) drawings.push_back(std::move(figure));

    mfg::create_directories(folder);
    std::string pictures;
    const auto add = [&](const auto& figure) { pictures += html_picture(folder, draw(figure, folder), figure.title); };
    for (const Drawing& drawing : drawings) std::visit(add, drawing);

    const std::string configuration = run.directory + "/config.ini", page = run.directory + "/report.html";
    const std::string text = std::filesystem::exists(configuration) ? mfg::read_file(configuration) : "";
    mfg::write_file_atomically(page, render(run, text, pictures));
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
