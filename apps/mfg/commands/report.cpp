#include "commands/commands.hpp"
#include "drawing/convergence.hpp"
#include "drawing/figures.hpp"
#include "drawing/report_page.hpp"
#include "results/finished_run.hpp"

#include <mfg/run/files.hpp>

#include <filesystem>
#include <iostream>

namespace {

struct NoOptions {};

int report(const Arguments& words, const NoOptions&)
{
    const FinishedRun run = read_finished_run(words.front());
    const std::string directory = run.directory, folder = directory + "/figures";
    std::vector<Drawing> drawings = field_figures(directory);
    for (Figure& figure : convergence_figures(run.history)) drawings.push_back(std::move(figure));

    mfg::create_directories(folder);
    std::vector<Picture> pictures;
    for (const Drawing& drawing : drawings) {
        std::visit([&](const auto& figure) { draw(figure, folder); }, drawing);
        const bool moves = std::holds_alternative<Animation>(drawing);
        std::visit([&](const auto& f) { pictures.push_back({f.name + (moves ? ".gif" : ".png"), f.title}); }, drawing);
    }

    const std::string configuration = directory + "/config.ini", page = directory + "/report.html";
    const std::string text = std::filesystem::exists(configuration) ? mfg::read_file(configuration) : "";
    mfg::write_file_atomically(page, render({directory, run.result, run.validation, text, pictures}));
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
