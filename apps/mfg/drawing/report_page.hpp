#pragma once
#include "results/finished_run.hpp"

#include <string>

/// One self-contained HTML page about a run. `configuration`: the text of its config.ini, or nothing; `pictures`: HTML.
std::string render(const FinishedRun& run, const std::string& configuration, const std::string& pictures);
