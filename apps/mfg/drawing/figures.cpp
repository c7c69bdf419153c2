#include "drawing/figures.hpp"

#include <mfg/base/error.hpp>
#include <mfg/plugin/options.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/json.hpp>
#include <mfg/run/npy.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>

using mfg::Real;
using json = nlohmann::ordered_json;

namespace {

std::array<Real, 2> read_interval(const json& interval)
{
    const std::array<Real, 2> ends{interval.at(0).get<Real>(), interval.at(1).get<Real>()};
    constexpr Real largest = 1e300, least_share = 1e-9;
    const Real size = std::max(std::abs(ends[0]), std::abs(ends[1]));
    if (!(ends[0] < ends[1])) throw mfg::Error("an interval is not [low, high] with low < high");
    if (!(size <= largest) || ends[1] - ends[0] < least_share * size)
        throw mfg::Error("an interval is too wide or too narrow to be drawn");
    return ends;
}

/// The range that is given, or that of the values where none is given or it is empty, as of a constant map.
std::array<Real, 2> colour_range(const json& given, const mfg::Matrix& values, bool diverging)
{
    Real low = std::numeric_limits<Real>::infinity(), high = -low;
    if (given.is_array() && given.size() == 2 && given[0].is_number() && given[1].is_number()) {
        low = given[0].get<Real>();
        high = given[1].get<Real>();
    }
    if (!(low < high)) {
        for (const Real value : values) {
            if (!std::isfinite(value)) continue;
            low = std::min(low, value);
            high = std::max(high, value);
        }
        if (low > 0 && low < 0.3 * high) low = 0;
    }
    if (low > high) low = high = 0;
    if (diverging) {
        high = std::max(std::abs(low), std::abs(high));
        low = -high;
    }
    return {low, low < high ? high : low + 1};
}

/// A file name in the fields folder, without a path.
std::string plain_name(const json& value)
{
    const std::string name = value.get<std::string>();
    constexpr std::size_t longest = 200;
    const auto unfit = [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '/'; };
    if (name.empty() || name.front() == '.' || name.size() > longest || std::any_of(name.begin(), name.end(), unfit))
        throw mfg::Error("'" + mfg::printable(name) + "' is not a plain file name");
    return name;
}

/// The array in a file of the fields folder that the entry names.
template <std::size_t Rank>
mfg::Array<Rank> read_array(const json& entry, const ReadField& read)
{
    const std::string name = plain_name(entry);
    try {
        return mfg::parse_npy<Rank>(read(name));
    } catch (const mfg::Error& failure) {
        throw mfg::Error("array '" + name + "': " + failure.what());
    }
}

std::vector<mfg::Cube> read_lines(const json& description, const char* name, const ReadField& read)
{
    std::vector<mfg::Cube> all;
    for (const json& file : description.value(name, json::array())) {
        mfg::Cube lines = read_array<3>(file, read);
        if (lines.shape(2) != 2) throw mfg::Error("lines are not [paths x points x 2]");
        if (lines.size() > 0) all.push_back(std::move(lines));
    }
    return all;
}

/// A panel with its title and the names of its axes.
template <class Panel>
Panel read_texts(const json& description)
{
    Panel panel;
    panel.title = description.value("title", "");
    panel.x_label = description.value("x_label", "");
    panel.y_label = description.value("y_label", "");
    return panel;
}

MapPanel read_map(const json& description, const ReadField& read)
{
    auto panel = read_texts<MapPanel>(description);
    panel.values = read_array<2>(description.at("file"), read);
    if (panel.values.size() == 0) throw mfg::Error("a heatmap is empty");
    if (description.contains("inhabited")) {
        const mfg::Matrix inhabited = read_array<2>(description.at("inhabited"), read);
        if (inhabited.shape() != panel.values.shape()) throw mfg::Error("'inhabited' has not the shape of its map");
        for (std::size_t i = 0; i < panel.values.size(); ++i)
            if (inhabited.flat(i) == 0) panel.values.flat(i) = std::numeric_limits<Real>::quiet_NaN();
    }
    panel.x = read_interval(description.at("x"));
    panel.y = read_interval(description.at("y"));
    const std::string colour = description.value("colour", "density");
    if (colour != "density" && colour != "signed") throw mfg::Error("a colour is neither 'density' nor 'signed'");
    panel.diverging = colour == "signed";
    panel.keeps_aspect = description.value("aspect", "") != "free";
    panel.range = colour_range(description.value("range", json()), panel.values, panel.diverging);
    panel.lines = read_lines(description, "lines", read);
    panel.backward_lines = read_lines(description, "backward_lines", read);
    panel.walls = read_lines(description, "walls", read);
    panel.exits = read_lines(description, "exits", read);
    return panel;
}

CurvePanel read_curves(const json& description, const ReadField& read)
{
    auto panel = read_texts<CurvePanel>(description);
    const mfg::Matrix table = read_array<2>(description.at("file"), read);
    const auto labels = description.value("labels", std::vector<std::string>());
    std::size_t coloured = 0;
    bool has_exact = false;
    for (std::size_t j = 1; j < table.shape(1); ++j) {
        Curve curve;
        if (j <= labels.size()) curve.label = labels[j - 1];
        // Exact solutions lie over what they are compared with, which is to be seen between the dashes.
        curve.dashed = curve.label == "exact";
        curve.colour = curve.dashed ? colour_count - 1 : coloured++;
        if (curve.dashed && std::exchange(has_exact, true)) curve.label.clear();
        for (std::size_t i = 0; i < table.shape(0); ++i) {
            if (!std::isfinite(table(i, 0)) || !std::isfinite(table(i, j))) continue;
            curve.x.push_back(table(i, 0));
            curve.y.push_back(table(i, j));
        }
        if (!curve.x.empty()) panel.curves.push_back(std::move(curve));
    }
    if (panel.curves.empty()) throw mfg::Error("curves without a finite point");
    return panel;
}

Animation read_animation(const json& description, const ReadField& read)
{
    auto animation = read_texts<Animation>(description);
    animation.x = read_interval(description.at("x"));
    animation.y = read_interval(description.at("y"));
    animation.times = description.at("times").get<std::vector<Real>>();
    animation.frames = read_array<3>(description.at("file"), read);
    if (animation.frames.size() == 0) throw mfg::Error("an animation is empty");
    const std::size_t count = animation.frames.shape(0);
    if (animation.times.size() != count) throw mfg::Error("an animation has not as many times as maps");
    if (description.contains("points")) {
        animation.points = read_array<3>(description.at("points"), read);
        if (animation.points.shape(1) != count || animation.points.shape(2) != 2)
            throw mfg::Error("points of an animation are not [points x times x 2]");
    }
    if (description.contains("obstacles")) animation.obstacles = read_array<2>(description.at("obstacles"), read);
    return animation;
}

Drawing read_figure(const json& description, const ReadField& read)
{
    const std::string name = plain_name(description.at("name")), title = description.value("title", name);
    const json& panels = description.at("panels");
    if (panels.size() == 1 && panels[0].at("kind") == "animation") {
        Animation animation = read_animation(panels[0], read);
        animation.name = name;
        animation.title = title;
        return animation;
    }
    Figure figure{name, title};
    for (const json& panel : panels) {
        const std::string kind = panel.at("kind").get<std::string>();
        if (kind == "heatmap")
            figure.panels.push_back(read_map(panel, read));
        else if (kind == "curves")
            figure.panels.push_back(read_curves(panel, read));
        else
            throw mfg::Error(
                "the kind of a panel is neither 'heatmap' nor 'curves', nor 'animation' alone in its figure");
    }
    if (figure.panels.empty()) throw mfg::Error("a figure has no panels");
    return figure;
}

}  // namespace

std::vector<Drawing> parse_figures(const std::string& text, const ReadField& read)
{
    std::vector<Drawing> figures;
    try {
        const json document = mfg::parse_json(text);
        for (const json& figure : document.at("figures")) figures.push_back(read_figure(figure, read));
    } catch (const json::exception& failure) {
        throw mfg::Error(std::string("it is malformed: ") + failure.what());
    }
    return figures;
}

std::vector<Drawing> field_figures(const std::string& directory)
{
    const std::string folder = directory + "/fields/", path = folder + "figures.json";
    if (!std::filesystem::exists(path)) return {};
    const std::string text = mfg::read_file(path);
    try {
        return parse_figures(text,
                             [&](const std::string& name) { return mfg::read_file(folder + name, mfg::largest_npy); });
    } catch (const mfg::Error& failure) {
        throw mfg::Error("'" + path + "': " + failure.what());
    }
}
