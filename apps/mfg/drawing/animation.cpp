#include "drawing/gnuplot.hpp"
#include "drawing/gnuplot_process.hpp"
#include "drawing/refined_map.hpp"

#include <mfg/plane.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

using mfg::Real;

namespace {

/// Centiseconds that a frame is shown; the last one is shown so many times.
constexpr unsigned delay = 9, last_repeated = 13;
/// Of the map, in pixels; a file of this size and number of colours stays well below 1.5 MB.
constexpr double largest_side = 400;
constexpr int colours = 96;
constexpr double left = 52, right = 14, top = 30, bottom = 44;
/// Times that the trail behind a point reaches back.
constexpr std::size_t trail = 4;

/// The way of the points to where they are at each time, as lines of `trail` + 1 points: one block of data a time.
std::string trails(const mfg::Cube& points)
{
    std::string text;
    for (std::size_t k = 0; k < points.shape(1); ++k, text += '\n')
        for (std::size_t i = 0; i < points.shape(0); ++i, text += '\n')
            for (std::size_t j = k; j <= k + trail; ++j) {
                const std::size_t time = std::max(j, trail) - trail;
                text += fmt::format("{:.5g} {:.5g}\n", points(i, time, 0), points(i, time, 1));
            }
    return text;
}

/// Statements that put contour lines of a map into the file `contours`; empty for a constant map.
std::string find_contours(const Animation& animation, GnuplotProcess& gnuplot)
{
    const mfg::Matrix& map = animation.obstacles;
    if (map.shape(0) < 2 || map.shape(1) < 2) return "";
    const auto [low, high] = std::minmax_element(map.begin(), map.end());
    if (!std::isfinite(*low) || !std::isfinite(*high) || !(*low < *high)) return "";
    std::string levels;
    for (const double share : {0.2, 0.5, 0.8})
        levels += fmt::format("{}{}", levels.empty() ? "" : ",", *low + share * (*high - *low));
    return fmt::format(
        "set contour base\nunset surface\nset cntrparam levels discrete {}\nset table 'contours'\n"
        "splot '{}' binary {} using 1 with lines\nunset table\nunset contour\n",
        levels, gnuplot.add_data(bytes_of(map)), map_format(map, animation.x, animation.y, ",0"));
}

}  // namespace

std::string draw(const Animation& animation, const std::string& directory)
{
    GnuplotProcess gnuplot(directory);
    const Real width = animation.x[1] - animation.x[0], height = animation.y[1] - animation.y[0];
    const double scale = largest_side / std::max(width, height);
    const double map_width = std::max(scale * width, 40.0), map_height = std::max(scale * height, 40.0);
    const double total_width = left + map_width + right, total_height = top + map_height + bottom;

    std::string script = "set encoding utf8\n" + set_palette(false);
    script += fmt::format(
        "set palette maxcolors {}\n"
        "set terminal gif animate delay {} loop 0 optimize size {:.0f},{:.0f} font 'sans-serif,11' background 'white'\n"
        "set output 'figure.gif'\n"
        "set border 15 lc rgb '#444444'\nset tics out nomirror scale 0.5 textcolor rgb '#333333'\n"
        "unset key\nunset colorbox\nset xlabel {} noenhanced offset 0,0.3\nset ylabel {} noenhanced offset 1.2,0\n"
        "set xrange [{}:{}]\nset yrange [{}:{}]\n",
        colours, delay, total_width, total_height, quote(animation.x_label), quote(animation.y_label), animation.x[0],
        animation.x[1], animation.y[0], animation.y[1]);
    script += set_margins(left / total_width, 1 - right / total_width, bottom / total_height, 1 - top / total_height);

    const std::size_t ny = animation.frames.shape(1), nx = animation.frames.shape(2);
    const std::size_t factor = std::max<std::size_t>(1, static_cast<std::size_t>(largest_side) / std::max(ny, nx) / 2);
    std::string over;
    if (const std::string contours = find_contours(animation, gnuplot); !contours.empty()) {
        script += contours;
        // One of the predefined colours of a GIF: the map needs all others.
        over += ", 'contours' using 1:2 with lines lw 1 lc rgb '#ffa500'";
    }
    if (animation.points.size() > 0)
        over += fmt::format(
            ", '{0}' index frame with lines lw 1 lc rgb '#c0c0c0'"
            ", '{0}' index frame every ::{1}::{1} with points pt 7 ps 0.4 lc rgb '#ffffff'",
            gnuplot.add_data(trails(animation.points)), trail);
    // Three digits of the final time.
    const Real last = std::abs(animation.times.back());
    const int decimals = last > 0 ? std::clamp(2 - static_cast<int>(std::floor(std::log10(last))), 0, 9) : 2;
    std::string maps, plot;
    for (std::size_t k = 0; k < animation.times.size(); ++k) {
        mfg::Matrix map = refined(mfg::as_map(&animation.frames(k, 0, 0), ny, nx), factor);
        std::transform(map.begin(), map.end(), map.begin(), drawable);
        Real largest = 0;
        for (const Real value : map)
            if (std::isfinite(value)) largest = std::max(largest, value);
        plot = fmt::format(
            "frame = {}\nset title 't = {:.{}f}' offset 0,-0.4\nset cbrange [0:{}]\n"
            "plot 'maps' binary skip={} {} with image{}\n",
            k, animation.times[k], decimals, largest > 0 ? largest : 1, maps.size(),
            map_format(map, animation.x, animation.y), over);
        maps += bytes_of(map);
        script += plot;
    }
    // gnuplot leaves out a picture that equals the one before: two pixels in the corner change.
    for (unsigned i = 1; i < last_repeated; ++i)
        script +=
            fmt::format("set object 1 rectangle at screen 0,0 size screen {},{} fc rgb '#{}' fs solid noborder\n{}",
                        2 / total_width, 2 / total_height, i % 2 == 0 ? "ffffff" : "c0c0c0", plot);
    gnuplot.write("maps", maps);
    gnuplot.write("main.gp", script + "set output\n");
    gnuplot.run(animation.name);
    gnuplot.take({"gif"}, animation.name);
    return animation.name + ".gif";
}
