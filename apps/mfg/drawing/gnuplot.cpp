#include "drawing/gnuplot.hpp"

#include "drawing/gnuplot_process.hpp"
#include "drawing/refined_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

using mfg::Real;

namespace {

// Okabe and Ito's colours, which most colour-blind readers can tell apart.
constexpr std::array<const char*, colour_count> cycle{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                      "#e69f00", "#56b4e9", "#333333"};

/// A rectangle in pixels, from the lower left corner of the picture.
struct Box {
    double left, bottom, width, height;
};

// Around the boxes of the plots, in pixels.
constexpr double left_margin = 60, top_margin = 34, bottom_margin = 34, label_line = 24, legend_line = 17;
// The bar of colours and its numbers stand to the right of a map.
constexpr double right_margin = 22, bar_margin = 62;
/// Cells are drawn as so many each way, with values in between.
constexpr std::size_t finer_maps = 2;

void make_drawable(CurvePanel& panel)
{
    for (Curve& curve : panel.curves)
        for (auto* numbers : {&curve.x, &curve.y})
            std::transform(numbers->begin(), numbers->end(), numbers->begin(), drawable);
    std::transform(panel.marks.begin(), panel.marks.end(), panel.marks.begin(), drawable);
}

void make_drawable(MapPanel& panel)
{
    std::transform(panel.values.begin(), panel.values.end(), panel.values.begin(), drawable);
    Real &low = panel.range[0], &high = panel.range[1];
    low = drawable(low);
    high = drawable(high);
    // Of a map that is the same everywhere; it must not vanish beside large numbers.
    const Real least = Real(1e-9) * std::max(std::abs(low), std::abs(high));
    if (!(high - low > least)) high = low + std::max(least, Real(1));
}

/// Keeps the lowest and the highest point of each stretch, so that a long history makes a small file and the same
/// picture.
Curve thinned(const Curve& curve)
{
    constexpr std::size_t stretches = 600;
    const std::size_t count = curve.x.size();
    if (count <= 3 * stretches) return curve;
    Curve kept;
    const auto keep = [&](std::size_t i) {
        kept.x.push_back(curve.x[i]);
        kept.y.push_back(curve.y[i]);
    };
    keep(0);
    for (std::size_t s = 0; s < stretches; ++s) {
        const auto first = curve.y.begin() + static_cast<std::ptrdiff_t>(s * count / stretches);
        const auto last = curve.y.begin() + static_cast<std::ptrdiff_t>((s + 1) * count / stretches);
        auto [low, high] = std::minmax_element(first, last);
        if (high < low) std::swap(low, high);
        keep(static_cast<std::size_t>(low - curve.y.begin()));
        keep(static_cast<std::size_t>(high - curve.y.begin()));
    }
    keep(count - 1);
    return kept;
}

std::vector<const Curve*> labelled(const CurvePanel& panel)
{
    std::vector<const Curve*> curves;
    for (const Curve& curve : panel.curves)
        if (!curve.label.empty()) curves.push_back(&curve);
    return curves;
}

/// Names of curves below a plot, in columns of equal width.
struct Legend {
    Legend(const CurvePanel& panel, double width) : curves(labelled(panel))
    {
        std::size_t longest = 1;
        for (const Curve* curve : curves) longest = std::max(longest, curve->label.size());
        column_width = 6.5 * static_cast<double>(longest) + sample_width + 20;
        const auto fitting = static_cast<std::size_t>(width / column_width);
        columns = std::clamp<std::size_t>(fitting, 1, std::max<std::size_t>(curves.size(), 1));
    }
    double height() const { return legend_line * static_cast<double>((curves.size() + columns - 1) / columns); }

    static constexpr double sample_width = 26;  ///< of the piece of line before a name
    std::vector<const Curve*> curves;
    double column_width;
    std::size_t columns;
};

/// The panel whose legend serves all: all are curves, and it names each label of the others. Null if there is none, or
/// no other.
const CurvePanel* common_legend(const std::vector<Panel>& panels)
{
    const auto* first = panels.empty() ? nullptr : std::get_if<CurvePanel>(&panels.front());
    if (!first || panels.size() < 2) return nullptr;
    for (const Panel& panel : panels) {
        const auto* curves = std::get_if<CurvePanel>(&panel);
        if (!curves) return nullptr;
        for (const Curve* curve : labelled(*curves)) {
            const auto same = [&](const Curve& c) {
                return c.label == curve->label && c.colour == curve->colour && c.dashed == curve->dashed;
            };
            if (std::none_of(first->curves.begin(), first->curves.end(), same)) return nullptr;
        }
    }
    return labelled(*first).empty() ? nullptr : first;
}

/// The height of the label of the abscissa and the legend, below a plot and its numbers.
double foot_height(const Panel& panel, double width, bool with_legend)
{
    const auto* curves = std::get_if<CurvePanel>(&panel);
    if (!curves) return std::get<MapPanel>(panel).x_label.empty() ? 0 : 18;
    return label_line + (with_legend ? Legend(*curves, width + 2 * right_margin).height() : 0);
}

/// The size of a plot in a column of the given width: a map of the plane keeps its aspect.
std::array<double, 2> plot_size(const Panel& panel, double width)
{
    const auto* map = std::get_if<MapPanel>(&panel);
    if (!map || !map->keeps_aspect) return {width, 0.68 * width};
    const double aspect = (map->y[1] - map->y[0]) / (map->x[1] - map->x[0]), tallest = 1.6 * width;
    if (width * aspect <= tallest) return {width, std::max(width * aspect, 12.0)};
    return {std::max(tallest / aspect, 12.0), tallest};
}

struct Layout {
    double width = 0, height = 0;
    std::vector<Box> boxes;
    const CurvePanel* legend = nullptr;  ///< the panel with the legend of all
};

Layout arrange(const std::vector<Panel>& panels)
{
    const std::size_t count = panels.size();
    const std::size_t columns = count <= 3 ? count : count == 4 ? 2 : count <= 9 ? 3 : 4;
    const double plot_width = columns == 1 ? 430 : columns == 2 ? 330 : columns == 3 ? 255 : 215;
    const bool has_maps = std::any_of(panels.begin(), panels.end(),
                                      [](const Panel& panel) { return std::holds_alternative<MapPanel>(panel); });
    const double column_width = left_margin + plot_width + (has_maps ? bar_margin : right_margin);

    Layout layout;
    layout.width = static_cast<double>(columns) * column_width;
    layout.legend = common_legend(panels);
    for (std::size_t first = 0; first < count; first += columns) {
        const std::size_t last = std::min(first + columns, count);
        double plot_height = 0, foot = 0;
        for (std::size_t i = first; i < last; ++i) {
            plot_height = std::max(plot_height, plot_size(panels[i], plot_width)[1]);
            foot = std::max(foot, foot_height(panels[i], plot_width, !layout.legend));
        }
        for (std::size_t i = first; i < last; ++i) {
            const auto [width, height] = plot_size(panels[i], plot_width);
            const double left = static_cast<double>(i - first) * column_width + left_margin;
            // From the top for now: the total height is not known yet.
            const double top = layout.height + top_margin;
            layout.boxes.push_back({left + (plot_width - width) / 2, top + height, width, height});
        }
        layout.height += top_margin + plot_height + bottom_margin + foot;
    }
    if (layout.legend) layout.height += Legend(*layout.legend, layout.width - right_margin).height() + 6;
    for (Box& box : layout.boxes) box.bottom = layout.height - box.bottom;
    return layout;
}

/// Writes the script and the data of a figure.
class Script {
public:
    /// Keeps references to both.
    Script(const Figure& figure, GnuplotProcess& gnuplot) : gnuplot_(gnuplot), layout_(arrange(figure.panels))
    {
        text_ =
            "set multiplot\nunset key\n"
            "set border 3 lc rgb '#444444' lw 0.8\n"
            "set tics nomirror out scale 0.5 font small textcolor rgb '#333333'\n";
        for (std::size_t i = 0; i < figure.panels.size(); ++i)
            std::visit([&](const auto& panel) { add(panel, layout_.boxes[i]); }, figure.panels[i]);
        text_ += "unset multiplot\n";
        gnuplot_.write("figure.gp", text_);
    }

    /// Draws the same figure with both terminals. One counts letters in pixels, the other in points; the picture of
    /// pixels has two for each of the drawing's.
    std::string main() const
    {
        return "set encoding utf8\n" + terminal("svg", 1, 12, "") +
               terminal("png", 2, 9, "fontscale 2 linewidth 2 pointscale 2");
    }

private:
    std::string terminal(const std::string& ending, double scale, double letters, const std::string& options) const
    {
        return fmt::format(
            "reset\nmedium = ',{}'\nsmall = ',{}'\n"
            "set terminal {} size {:.0f},{:.0f} font 'sans-serif,{}' background rgb 'white' {}\n"
            "set output 'figure.{}'\nload 'figure.gp'\nset output\n",
            letters * 0.92, letters * 0.84, ending == "png" ? "pngcairo" : ending, scale * layout_.width,
            scale * layout_.height, letters, options, ending);
    }

    void add(const CurvePanel& panel, const Box& box)
    {
        place(panel, box);
        text_ += "set border 3\nset grid lc rgb '#e4e4e4' lw 0.6 lt 1\n";
        set_abscissa(panel, box);
        set_ordinate(panel);
        add_legend(panel, box);
        for (const Real mark : panel.marks)
            text_ += fmt::format(
                "set arrow from first {0}, graph 0 to first {0}, graph 1 nohead back "
                "lc rgb '#999999' lw 0.8 dt (6,4)\n",
                mark);
        std::string plots;
        for (const Curve& curve : panel.curves) {
            plots +=
                fmt::format("{}'{}' with {} lw 1.2 lc rgb '{}' dt {}", plots.empty() ? "" : ", \\\n  ", save(curve),
                            curve.x.size() == 1 ? "points pt 7 ps 0.5" : "lines", colour_of(curve), dashes_of(curve));
        }
        text_ += "plot " + plots + "\nunset arrow\nunset label\nunset logscale\nunset grid\n";
    }

    void add(const MapPanel& panel, const Box& box)
    {
        place(panel, box);
        text_ += set_palette(panel.diverging);
        text_ += fmt::format(
            "set xrange [{}:{}]\nset yrange [{}:{}]\nset cbrange [{}:{}]\n"
            "set object 1 rectangle from graph 0,0 to graph 1,1 behind fillcolor rgb '#eeeeee' fillstyle solid "
            "noborder\n"
            "set border 15\nset xtics autofreq\nset ytics autofreq\nset format y '%g'\n"
            "set cbtics scale 0.3 offset -0.6,0\nset format cb '%g'\n"
            "set colorbox vertical user origin screen {}, screen {} size screen {}, screen {} front noborder\n",
            panel.x[0], panel.x[1], panel.y[0], panel.y[1], panel.range[0], panel.range[1],
            (box.left + box.width + 8) / layout_.width, box.bottom / layout_.height, 9 / layout_.width,
            box.height / layout_.height);
        const mfg::Matrix values = refined(panel.values, finer_maps);
        text_ += fmt::format("plot '{}' binary {} with image notitle", gnuplot_.add_data(bytes_of(values)),
                             map_format(values, panel.x, panel.y));
        for (const mfg::Cube& lines : panel.lines) add_lines(lines, panel.diverging ? "#222222" : "#ffffff");
        for (const mfg::Cube& lines : panel.backward_lines) add_lines(lines, "#ff5a36");
        for (const mfg::Cube& lines : panel.walls) add_walls(lines, "#000000");
        for (const mfg::Cube& lines : panel.exits) add_walls(lines, "#2ca02c");
        text_ += "\nunset object\nset xrange [*:*]\n";
    }

    static std::string points_of(const mfg::Cube& lines)
    {
        std::string text;
        for (std::size_t i = 0; i < lines.shape(0); ++i, text += '\n')
            for (std::size_t k = 0; k < lines.shape(1); ++k)
                text += fmt::format("{} {}\n", lines(i, k, 0), lines(i, k, 1));
        return text;
    }

    void add_walls(const mfg::Cube& lines, const char* colour)
    {
        text_ += fmt::format(", \\\n  '{}' with lines lw 4 lc rgb '{}' notitle", gnuplot_.add_data(points_of(lines)),
                             colour);
    }

    /// Paths, and a dot where each starts.
    void add_lines(const mfg::Cube& lines, const char* colour)
    {
        text_ += fmt::format(
            ", \\\n  '{0}' with lines lw 0.8 lc rgb '{1}' notitle"
            ", \\\n  '{0}' every ::0::0 with points pt 7 ps 0.3 lc rgb '{1}' notitle",
            gnuplot_.add_data(points_of(lines)), colour);
    }

    template <class AnyPanel>
    void place(const AnyPanel& panel, const Box& box)
    {
        text_ += set_margins(box.left / layout_.width, (box.left + box.width) / layout_.width,
                             box.bottom / layout_.height, (box.bottom + box.height) / layout_.height);
        text_ += fmt::format(
            "set title {} noenhanced offset 0,-0.4\n"
            "set xlabel {} noenhanced offset 0,0.5 font medium\nset ylabel {} noenhanced offset 0.8,0 font medium\n",
            quote(panel.title), quote(panel.x_label), quote(panel.y_label));
    }

    /// The axis ends where the curves do, and has so few numbers that they stand apart.
    void set_abscissa(const CurvePanel& panel, const Box& box)
    {
        Real low = std::numeric_limits<Real>::infinity(), high = -low;
        for (const Curve& curve : panel.curves)
            for (const Real x : curve.x) low = std::min(low, x), high = std::max(high, x);
        text_ += "set xrange [*:*]\nset xtics autofreq\n";
        if (!(low < high)) return;
        // A training starts at zero, wherever its first number stands.
        if (low > 0 && low < 0.1 * high) low = 0;
        const double wanted = (high - low) / std::max(2.0, box.width / 48),
                     decade = std::pow(10, std::floor(std::log10(wanted)));
        double step = 10 * decade;
        for (const double factor : {5.0, 2.0, 1.0})
            if (factor * decade >= wanted) step = factor * decade;
        text_ += fmt::format("set xrange [{}:{}]\nset xtics {}\n", low, high, step);
    }

    /// A logarithmic axis shows next to no numbers over less than most of a decade. It leaves out zeros, as a term may
    /// be at the start, where they are few.
    void set_ordinate(const CurvePanel& panel)
    {
        constexpr std::size_t few = 20;  // one of so many
        Real low = std::numeric_limits<Real>::infinity(), high = -low;
        std::size_t zeros = 0, all = 0;
        for (const Curve& curve : panel.curves) {
            all += curve.y.size();
            for (const Real y : curve.y) {
                if (y == 0) ++zeros;
                if (y != 0 || !panel.prefer_log) low = std::min(low, y);
                high = std::max(high, y);
            }
        }
        if (few * zeros > all) low = std::min<Real>(low, 0);
        text_ += "set yrange [*:*]\nset ytics autofreq\nset format y '%g'\n";
        if (!panel.prefer_log || !(low > 0) || high < 5 * low) return;
        text_ += fmt::format("set logscale y\nset yrange [{}:{}]\n", low / 1.2, high * 1.2);
        if (high >= 1000 * low) {
            text_ += "set format y '10^{%L}'\n";
            return;
        }
        const bool close = high < 20 * low;
        std::string ticks;
        for (double decade = std::pow(10.0, std::floor(std::log10(low))); decade <= high; decade *= 10)
            for (const double factor :
                 close ? std::vector<double>{1, 1.5, 2, 3, 4, 5, 7} : std::vector<double>{1, 2, 5})
                ticks += fmt::format("{}'{:g}' {:g}", ticks.empty() ? "" : ", ", factor * decade, factor * decade);
        text_ += "set ytics (" + ticks + ")\n";
    }

    /// Not gnuplot's own, which chooses its columns for the width of one plot.
    void add_legend(const CurvePanel& panel, const Box& box)
    {
        const bool common = layout_.legend == &panel;
        if (layout_.legend && !common) return;
        const Legend legend(panel, common ? layout_.width - right_margin : box.width + 2 * right_margin);
        const double middle = common ? layout_.width / 2 : box.left + box.width / 2;
        const double top = common ? legend.height() + 8 : box.bottom - bottom_margin - label_line + 6;
        // A name may be longer than the picture is wide: at least its beginning is to be seen.
        const double left = std::max(middle - legend.column_width * static_cast<double>(legend.columns) / 2, 0.0) + 10;
        for (std::size_t i = 0; i < legend.curves.size(); ++i) {
            const Curve& curve = *legend.curves[i];
            const double x = left + legend.column_width * static_cast<double>(i % legend.columns);
            const double y = top - legend_line * (static_cast<double>(i / legend.columns) + 0.5);
            text_ += fmt::format(
                "set arrow from screen {0}, screen {2} to screen {1}, screen {2} nohead lw 1.2 lc rgb '{3}' dt {4}\n"
                "set label {5} at screen {6}, screen {2} left noenhanced font medium\n",
                x / layout_.width, (x + legend.sample_width) / layout_.width, y / layout_.height, colour_of(curve),
                dashes_of(curve), quote(curve.label), (x + legend.sample_width + 6) / layout_.width);
        }
    }

    static const char* colour_of(const Curve& curve) { return cycle[curve.colour % cycle.size()]; }
    static const char* dashes_of(const Curve& curve) { return curve.dashed ? "(8,4)" : "1"; }

    std::string save(const Curve& whole)
    {
        const Curve curve = thinned(whole);
        std::string text;
        for (std::size_t i = 0; i < curve.x.size(); ++i) text += fmt::format("{} {}\n", curve.x[i], curve.y[i]);
        return gnuplot_.add_data(text);
    }

    GnuplotProcess& gnuplot_;
    Layout layout_;
    std::string text_;
};

}  // namespace

std::string draw(const Figure& given, const std::string& directory)
{
    GnuplotProcess gnuplot(directory);
    Figure figure = given;
    for (Panel& panel : figure.panels) std::visit([](auto& any) { make_drawable(any); }, panel);
    const Script script(figure, gnuplot);
    gnuplot.write("main.gp", script.main());
    gnuplot.run(figure.name);
    gnuplot.take({"svg", "png"}, figure.name);
    return figure.name + ".png";
}
