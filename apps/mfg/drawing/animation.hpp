#pragma once
#include <mfg/base/array.hpp>

#include <array>
#include <string>
#include <vector>

/// A function of the plane as it changes in time, with points that move over it.
struct Animation {
    std::string name;   ///< of its file, without the ending
    std::string title;  ///< its caption
    std::string x_label, y_label;
    mfg::Cube frames;  ///< `[times x ny x nx]`, lowest y first
    std::vector<mfg::Real> times;
    std::array<mfg::Real, 2> x, y;  ///< the edges of the window
    mfg::Cube points;               ///< `[points x times x 2]`, may be empty
    mfg::Matrix obstacles;          ///< `[ny x nx]` over the window, drawn as contour lines; may be empty
};

/// Writes `directory`/NAME.gif with gnuplot: one picture a time, each with colours from 0 to its largest value.
void draw(const Animation& animation, const std::string& directory);
