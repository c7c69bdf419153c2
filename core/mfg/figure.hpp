#pragma once
#include <mfg/problem.hpp>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mfg {

/// Values over a window of the plane, as colours.
struct Heatmap {
    Matrix values;  ///< `[ny x nx]`, first row at the lowest y
    Window window{};
    /// Heatmaps of a figure with the same scale share their colour range.
    std::string scale = {};
    bool is_signed = false;                           ///< zero is the middle of the colours
    std::optional<std::pair<Real, Real>> range = {};  ///< of the colours, if it is not that of the values
    Cube lines = {}, backward_lines = {};             ///< curves on top `[paths x points x 2]`, in two colours
    Cube walls = {}, exits = {};                      ///< of the domain, curves like these
    /// 1 where there are agents, else 0, `[ny x nx]`: elsewhere nothing is shown, because nothing was asked of the
    /// solution there. Empty: everywhere.
    Matrix inhabited = {};
    std::string x_label = "x\u2081", y_label = "x\u2082";
    bool keeps_aspect = true;  ///< both axes have the same unit
};

/// Curves over common axes.
struct Curves {
    Matrix table;                     ///< `[points x (1 + curves)]`, abscissae in the first column
    std::vector<std::string> labels;  ///< one a curve
    std::string x_label, y_label;
};

/// A heatmap that changes in time, with points that move over it. Each time has its own colours, from 0 to the largest
/// value.
struct Animation {
    Cube values;  ///< `[times x ny x nx]`
    Window window{};
    Vector times;
    Cube points;            ///< `[points x times x 2]`
    Matrix obstacles = {};  ///< contour lines of this map stay; any shape, over the same window
};

/// A part of a figure; its arrays are saved under its name.
struct Panel {
    std::string name, title;
    std::variant<Heatmap, Curves, Animation> content;
};

/// A picture as data: panels, and the caption over them. An animation is the only panel of its figure.
struct Figure {
    std::string name, title;
    std::vector<Panel> panels;
};

}  // namespace mfg
