#pragma once
#include "animation.hpp"
#include "gnuplot.hpp"

#include <mfg/io/history.hpp>

/// The course of a training: the objective, its terms and the gradient, over iterations and over time.
std::vector<Figure> convergence_figures(const mfg::HistoryTable& history);

using Drawing = std::variant<Figure, Animation>;

/// The figures that the run itself describes in DIRECTORY/fields/figures.json; none when there is no such file.
std::vector<Drawing> field_figures(const std::string& directory);
