#pragma once
#include <mfg/base/array.hpp>

#include <array>
#include <string>
#include <variant>
#include <vector>

/// How many curves can be told apart by their colours.
constexpr std::size_t colour_count = 7;

/// One line of a plot.
struct Curve {
    std::string label;  ///< empty: not in the legend
    std::vector<mfg::Real> x, y;
    std::size_t colour = 0;  ///< a number of the colour cycle
    bool dashed = false;
};

/// Curves over common axes.
struct CurvePanel {
    std::string title, x_label, y_label;
    std::vector<Curve> curves;
    std::vector<mfg::Real> marks;  ///< abscissae of vertical lines
    bool prefer_log = false;       ///< logarithmic ordinate, where all values are positive and differ much
};

/// A function of the plane in colours, with curves over it.
struct MapPanel {
    std::string title, x_label, y_label;
    mfg::Matrix values;                     ///< `[ny x nx]`, lowest y first
    std::array<mfg::Real, 2> x, y;          ///< the edges of the map
    std::array<mfg::Real, 2> range;         ///< of the colours
    bool diverging = false;                 ///< zero is the middle of the palette
    bool keeps_aspect = true;               ///< both axes have the same unit
    std::vector<mfg::Cube> lines;           ///< `[paths x points x 2]` each
    std::vector<mfg::Cube> backward_lines;  ///< the same in another colour
    std::vector<mfg::Cube> walls, exits;    ///< the same, wide and without points
};

using Panel = std::variant<CurvePanel, MapPanel>;

struct Figure {
    std::string name;   ///< of its files, without the ending
    std::string title;  ///< its caption
    std::vector<Panel> panels = {};
};

/// Draws the panels on a grid with gnuplot and writes `directory`/NAME.svg and NAME.png, whose name is returned.
std::string draw(const Figure& figure, const std::string& directory);

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

/// Writes `directory`/NAME.gif with gnuplot: one picture a time, each with colours from 0 to its largest value. Returns
/// the name.
std::string draw(const Animation& animation, const std::string& directory);
