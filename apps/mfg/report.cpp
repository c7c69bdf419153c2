#include "command_line.hpp"
#include "convergence.hpp"
#include "figures.hpp"
#include "finished_run.hpp"
#include "report_page.hpp"

#include <mfg/run/files.hpp>

#include <filesystem>
#include <iostream>

const char* const report_help = R"(mfg report DIR

Writes pictures (SVG and PNG) into DIR/figures and one self-contained page, DIR/report.html.
)";

int report(const Arguments& arguments)
{
    const CommandLine line = read_command_line(arguments, {});
    require_words(line, 1, 1, report_help);
    const FinishedRun run = read_finished_run(line.words.front());
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
