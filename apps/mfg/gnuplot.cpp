#include "gnuplot.hpp"

#include <mfg/error.hpp>
#include <mfg/io/files.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <sstream>

namespace fs = std::filesystem;
using mfg::Real;

namespace {

/// A new directory inside another one, gone with this object.
class TemporaryDirectory {
public:
    explicit TemporaryDirectory(const std::string& parent) : path_(parent + "/.gnuplot-XXXXXX")
    {
        if (!::mkdtemp(path_.data()))
            throw mfg::Error("cannot create a directory in '" + parent +
                             "': " + std::generic_category().message(errno));
    }
    ~TemporaryDirectory()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    std::string operator/(const std::string& name) const { return path_ + '/' + name; }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// gnuplot neither expands nor runs anything within single quotes.
std::string quote(const std::string& text)
{
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'') result += '\'';
        result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return result + '\'';
}

// Okabe and Ito's colours, which most colour-blind readers can tell apart.
constexpr std::array<const char*, 7> cycle{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#333333"};

constexpr const char* viridis =
    "'#440154','#482475','#414487','#355f8d','#2a788e','#21918c','#22a884','#44bf70','#7ad151','#bddf26','#fde725'";
// Blue, white, red with even steps of lightness.
constexpr const char* blue_white_red =
    "'#053061','#2166ac','#4393c3','#92c5de','#d1e5f0','#f7f7f7','#fddbc7','#f4a582','#d6604d','#b2182b','#67001f'";

std::string palette(const std::string& colours)
{
    std::string result;
    std::istringstream stream(colours);
    std::size_t i = 0;
    for (std::string colour; std::getline(stream, colour, ','); ++i)
        result += fmt::format("{}{} {}", i == 0 ? "" : ", ", i, colour);
    return "set palette defined (" + result + ")\n";
}

/// A rectangle in pixels, from the lower left corner of the picture.
struct Box {
    double left, bottom, width, height;
};

// Around the boxes of the plots, in pixels.
constexpr double left_margin = 60, top_margin = 34, bottom_margin = 34, label_line = 24, legend_line = 17;
// The bar of colours and its numbers stand to the right of a map.
constexpr double right_margin = 22, bar_margin = 62;

std::vector<const Curve*> labelled(const CurvePanel& panel)
{
    std::vector<const Curve*> curves;
    for (const Curve& curve : panel.curves)
        if (!curve.label.empty()) curves.push_back(&curve);
    return curves;
}

/// How many entries of the legend stand side by side below a plot.
std::size_t legend_columns(const CurvePanel& panel, double width)
{
    std::size_t longest = 1;
    for (const Curve* curve : labelled(panel)) longest = std::max(longest, curve->label.size());
    return std::max<std::size_t>(1, static_cast<std::size_t>((width + left_margin) / (6.5 * longest + 50)));
}

/// What stands below a plot and its numbers: the name of the abscissa and the legend.
double foot_height(const Panel& panel, double width)
{
    const auto* curves = std::get_if<CurvePanel>(&panel);
    if (!curves) return 0;
    const std::size_t entries = labelled(*curves).size(), columns = legend_columns(*curves, width);
    return label_line + legend_line * static_cast<double>((entries + columns - 1) / columns);
}

/// The size of a plot in a column of the given width: a map keeps its aspect.
std::array<double, 2> plot_size(const Panel& panel, double width)
{
    const auto* map = std::get_if<MapPanel>(&panel);
    if (!map) return {width, 0.68 * width};
    const double aspect = (map->y[1] - map->y[0]) / (map->x[1] - map->x[0]), tallest = 1.6 * width;
    if (width * aspect <= tallest) return {width, std::max(width * aspect, 12.0)};
    return {std::max(tallest / aspect, 12.0), tallest};
}

struct Layout {
    double width = 0, height = 0;
    std::vector<Box> boxes;
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
    for (std::size_t first = 0; first < count; first += columns) {
        const std::size_t last = std::min(first + columns, count);
        double plot_height = 0, foot = 0;
        for (std::size_t i = first; i < last; ++i) {
            plot_height = std::max(plot_height, plot_size(panels[i], plot_width)[1]);
            foot = std::max(foot, foot_height(panels[i], plot_width));
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
    for (Box& box : layout.boxes) box.bottom = layout.height - box.bottom;
    return layout;
}

/// Writes the script of a figure, and its data beside it.
class Script {
public:
    Script(const Figure& figure, const TemporaryDirectory& directory) : directory_(directory)
    {
        layout_ = arrange(figure.panels);
        text_ =
            "set multiplot\n"
            "set border 3 lc rgb '#444444' lw 0.8\n"
            "set tics nomirror out scale 0.5 font small textcolor rgb '#333333'\n";
        for (std::size_t i = 0; i < figure.panels.size(); ++i)
            std::visit([&](const auto& panel) { add(panel, layout_.boxes[i]); }, figure.panels[i]);
        text_ += "unset multiplot\n";
        mfg::write_file_atomically(directory / "figure.gp", text_);
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
        place(box, panel.title);
        text_ += "set border 3\nset xtics autofreq\n";
        text_ += "set grid lc rgb '#e4e4e4' lw 0.6 lt 1\nset xlabel " + quote(panel.x_label) +
                 " noenhanced offset 0,0.4 font medium\n";
        text_ += "set ylabel " + quote(panel.y_label) + " noenhanced offset 0.8,0 font medium\n";
        set_ordinate(panel);
        set_legend(panel, box);
        for (const Real mark : panel.marks)
            text_ += fmt::format(
                "set arrow from first {0}, graph 0 to first {0}, graph 1 nohead back "
                "lc rgb '#999999' lw 0.8 dt (6,4)\n",
                mark);
        std::string plots;
        for (const Curve& curve : panel.curves) {
            plots += fmt::format("{}'{}' with {} lw 1.2 lc rgb '{}' dt {} title {} noenhanced",
                                 plots.empty() ? "" : ", \\\n  ", save(curve),
                                 curve.x.size() == 1 ? "points pt 7 ps 0.5" : "lines",
                                 cycle[curve.colour % cycle.size()], curve.dashed ? "(8,4)" : "1", quote(curve.label));
        }
        text_ += "plot " + plots + "\nunset arrow\nunset key\nunset logscale\nunset grid\n";
    }

    void add(const MapPanel& panel, const Box& box)
    {
        place(box, panel.title);
        text_ += palette(panel.diverging ? blue_white_red : viridis);
        text_ += fmt::format("set xrange [{}:{}]\nset yrange [{}:{}]\nset cbrange [{}:{}]\n", panel.x[0], panel.x[1],
                             panel.y[0], panel.y[1], panel.range[0], panel.range[1]);
        text_ +=
            "set border 15\nset xtics autofreq\nset ytics autofreq\nset format y '%g'\nset xlabel ''\nset ylabel "
            "''\nunset key\n";
        text_ += "set cbtics scale 0.3 offset -0.6,0\nset format cb '%g'\n";
        text_ += fmt::format(
            "set colorbox vertical user origin screen {}, screen {} size screen {}, screen {} front noborder\n",
            (box.left + box.width + 8) / layout_.width, box.bottom / layout_.height, 9 / layout_.width,
            box.height / layout_.height);
        const std::size_t ny = panel.values.shape(0), nx = panel.values.shape(1);
        const double dx = (panel.x[1] - panel.x[0]) / static_cast<double>(nx),
                     dy = (panel.y[1] - panel.y[0]) / static_cast<double>(ny);
        text_ +=
            fmt::format("plot '{}' binary array=({},{}) dx={} dy={} origin=({},{}) format='%double' with image notitle",
                        save(panel.values), nx, ny, dx, dy, panel.x[0] + dx / 2, panel.y[0] + dy / 2);
        const char* const colour = panel.diverging ? "#222222" : "#ffffff";
        for (const mfg::Cube& lines : panel.lines) {
            text_ +=
                fmt::format(", \\\n  '{}' with lines lw 0.7 lc rgb '{}' notitle", save(lines, lines.shape(1)), colour);
            text_ += fmt::format(", \\\n  '{}' with points pt 7 ps 0.3 lc rgb '{}' notitle", save(lines, 1), colour);
        }
        text_ += "\nset xrange [*:*]\n";
    }

    void place(const Box& box, const std::string& title)
    {
        text_ += fmt::format(
            "set lmargin at screen {}\nset rmargin at screen {}\nset bmargin at screen {}\nset tmargin at screen {}\n",
            box.left / layout_.width, (box.left + box.width) / layout_.width, box.bottom / layout_.height,
            (box.bottom + box.height) / layout_.height);
        text_ += "set title " + quote(title) + " noenhanced offset 0,-0.4\n";
    }

    /// A logarithmic axis shows next to no numbers over less than most of a decade.
    void set_ordinate(const CurvePanel& panel)
    {
        Real low = std::numeric_limits<Real>::infinity(), high = -low;
        for (const Curve& curve : panel.curves)
            for (const Real y : curve.y) low = std::min(low, y), high = std::max(high, y);
        text_ += "set yrange [*:*]\nset ytics autofreq\nset format y '%g'\n";
        if (!panel.prefer_log || !(low > 0) || high < 5 * low) return;
        text_ += fmt::format("set logscale y\nset yrange [{}:{}]\n", low / 1.2, high * 1.2);
        if (high >= 1000 * low) {
            text_ += "set format y '10^{%L}'\n";
            return;
        }
        std::string ticks;
        for (double decade = std::pow(10.0, std::floor(std::log10(low))); decade <= high; decade *= 10)
            for (const double tick : {decade, 2 * decade, 5 * decade})
                ticks += fmt::format("{}'{:g}' {:g}", ticks.empty() ? "" : ", ", tick, tick);
        text_ += "set ytics (" + ticks + ")\n";
    }

    void set_legend(const CurvePanel& panel, const Box& box)
    {
        if (labelled(panel).empty()) {
            text_ += "unset key\n";
            return;
        }
        text_ += fmt::format(
            "set key at screen {}, screen {} center top horizontal maxcols {} Left reverse samplen 2.2 width 0.5 "
            "noenhanced font medium\n",
            (box.left + box.width / 2) / layout_.width, (box.bottom - bottom_margin - label_line + 6) / layout_.height,
            legend_columns(panel, box.width));
    }

    std::string new_name() { return fmt::format("data{}", files_++); }

    std::string save(const Curve& curve)
    {
        std::string text;
        for (std::size_t i = 0; i < curve.x.size(); ++i) text += fmt::format("{} {}\n", curve.x[i], curve.y[i]);
        const std::string name = new_name();
        mfg::write_file_atomically(directory_ / name, text);
        return name;
    }

    std::string save(const mfg::Matrix& values)
    {
        const std::string name = new_name();
        mfg::write_file_atomically(directory_ / name,
                                   {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Real)});
        return name;
    }

    /// The first points of each path.
    std::string save(const mfg::Cube& lines, std::size_t points)
    {
        std::string text;
        for (std::size_t i = 0; i < lines.shape(0); ++i, text += '\n')
            for (std::size_t k = 0; k < points; ++k) text += fmt::format("{} {}\n", lines(i, k, 0), lines(i, k, 1));
        const std::string name = new_name();
        mfg::write_file_atomically(directory_ / name, text);
        return name;
    }

    const TemporaryDirectory& directory_;
    Layout layout_;
    std::string text_;
    std::size_t files_ = 0;
};

/// The line of gnuplot's output that says what is wrong: `"figure.gp" line 3: ...`, after a copy of the statement.
std::string first_error(const std::string& output)
{
    std::istringstream stream(output);
    std::string first;
    for (std::string line; std::getline(stream, line);) {
        if (line.find(" line ") != line.npos && line.find("warning") == line.npos) return line;
        if (first.empty() && line.find_first_not_of(" \t^") != line.npos) first = line;
    }
    return first.empty() ? "no message" : first;
}

/// Runs gnuplot in the directory; no shell is involved.
void run_gnuplot(const TemporaryDirectory& directory, const std::string& figure)
{
    const std::string log = directory / "log";
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
    ::posix_spawn_file_actions_addchdir_np(&actions, directory.path().c_str());
    // Without the user's start-up file, which could change what is drawn.
    std::string program = "gnuplot", standard = "--default-settings", script = "main.gp";
    char* arguments[] = {program.data(), standard.data(), script.data(), nullptr};
    pid_t child = 0;
    const int error = ::posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error == ENOENT)
        throw mfg::Error("gnuplot is not installed, and draws the figures; install gnuplot-nox or gnuplot");
    if (error != 0) throw mfg::Error("cannot start gnuplot: " + std::generic_category().message(error));

    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw mfg::Error("gnuplot cannot draw the figure '" + figure + "': " + first_error(mfg::read_file(log)) +
                         "; install gnuplot-nox 5.4 or newer");
}

}  // namespace

void draw(const Figure& figure, const std::string& directory)
{
    const TemporaryDirectory scratch(directory);
    const Script script(figure, scratch);
    mfg::write_file_atomically(scratch / "main.gp", script.main());
    run_gnuplot(scratch, figure.name);
    for (const std::string ending : {".svg", ".png"}) {
        std::error_code error;
        fs::rename(scratch / ("figure" + ending), directory + '/' + figure.name + ending, error);
        if (error)
            throw mfg::Error("cannot write '" + directory + '/' + figure.name + ending + "': " + error.message());
    }
}
