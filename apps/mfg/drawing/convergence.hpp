#pragma once
#include "drawing/gnuplot.hpp"
#include "results/finished_run.hpp"

/// The course of a training: the objective over iterations and over time, its terms, the gradient, and what was
/// followed, over iterations.
std::vector<Figure> convergence_figures(const mfg::HistoryTable& history);

/// Objective and terms of several runs over iterations, wall time and evaluations of the gradient: on the validation
/// sample, where a run has measured there.
std::vector<Figure> comparison_figures(const std::vector<FinishedRun>& runs);
