#pragma once
#include "drawing/gnuplot.hpp"

#include <functional>

using Drawing = std::variant<Figure, Animation>;

/// The bytes of a file in the fields folder.
using ReadField = std::function<std::string(const std::string& name)>;

/// The figures that the text of a figures.json describes.
std::vector<Drawing> parse_figures(const std::string& text, const ReadField& read);

/// The figures that the run itself describes in DIRECTORY/fields/figures.json; none if this file is missing.
std::vector<Drawing> field_figures(const std::string& directory);
