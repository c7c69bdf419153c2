#pragma once
#include "animation.hpp"
#include "gnuplot.hpp"

using Drawing = std::variant<Figure, Animation>;

/// The figures that the run itself describes in DIRECTORY/fields/figures.json; none when there is no such file.
std::vector<Drawing> field_figures(const std::string& directory);
