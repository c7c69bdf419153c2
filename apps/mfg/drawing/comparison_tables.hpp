#pragma once
#include "drawing/table.hpp"
#include "results/finished_run.hpp"

#include <vector>

/// Runs side by side: settings that differ, the training, the objective of each method, and a table for each group of
/// measures, in which every column is one quantity (see meaning_of). Tables without numbers are left out.
std::vector<Table> comparison_tables(const std::vector<FinishedRun>& runs);
