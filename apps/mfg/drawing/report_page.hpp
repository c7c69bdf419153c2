#pragma once
#include "results/finished_run.hpp"

#include <string>

/// Pictures as HTML; either may be empty.
struct ReportPictures {
    std::string solution, training;
};

/// One self-contained HTML page about a run. `configuration`: the text of its config.ini, or nothing.
std::string render(const FinishedRun& run, const std::string& configuration, const ReportPictures& pictures);
