#include "figures.hpp"

#include <mfg/error.hpp>
#include <mfg/io/files.hpp>
#include <mfg/io/npy.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>

using mfg::Real;
using nlohmann::json;

namespace {

std::array<Real, 2> read_interval(const json& interval)
{
    const std::array<Real, 2> ends{interval.at(0).get<Real>(), interval.at(1).get<Real>()};
    if (!std::isfinite(ends[0]) || !std::isfinite(ends[1]) || !(ends[0] < ends[1]))
        throw mfg::Error("an interval is not [low, high] with low < high");
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

/// A name in the fields folder, and nothing beside it.
std::string plain_name(const json& value)
{
    const std::string name = value.get<std::string>();
    if (name.empty() || name.front() == '.' || name.find('/') != name.npos || name.find('\0') != name.npos)
        throw mfg::Error("'" + name + "' is no plain file name");
    return name;
}

std::vector<mfg::Cube> read_lines(const json& description, const char* name, const std::string& folder)
{
    std::vector<mfg::Cube> all;
    for (const json& file : description.value(name, json::array())) {
        mfg::Cube lines = mfg::read_npy_cube(folder + plain_name(file));
        if (lines.shape(2) != 2) throw mfg::Error("lines are not [paths x points x 2]");
        if (lines.size() > 0) all.push_back(std::move(lines));
    }
    return all;
}

MapPanel read_map(const json& description, const std::string& folder)
{
    MapPanel panel;
    panel.title = description.value("title", "");
    panel.x_label = description.value("x_label", "");
    panel.y_label = description.value("y_label", "");
    panel.values = mfg::read_npy_matrix(folder + plain_name(description.at("file")));
    if (panel.values.size() == 0) throw mfg::Error("a heatmap is empty");
    panel.x = read_interval(description.at("x"));
    panel.y = read_interval(description.at("y"));
    const std::string colour = description.value("colour", "density");
    if (colour != "density" && colour != "signed") throw mfg::Error("a colour is neither 'density' nor 'signed'");
    panel.diverging = colour == "signed";
    panel.range = colour_range(description.value("range", json()), panel.values, panel.diverging);
    panel.lines = read_lines(description, "lines", folder);
    panel.backward_lines = read_lines(description, "backward_lines", folder);
    return panel;
}

CurvePanel read_curves(const json& description, const std::string& folder)
{
    CurvePanel panel;
    panel.title = description.value("title", "");
    panel.x_label = description.value("x_label", "");
    panel.y_label = description.value("y_label", "");
    const mfg::Matrix table = mfg::read_npy_matrix(folder + plain_name(description.at("file")));
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

Animation read_animation(const json& description, const std::string& folder)
{
    Animation animation;
    animation.x_label = description.value("x_label", "");
    animation.y_label = description.value("y_label", "");
    animation.x = read_interval(description.at("x"));
    animation.y = read_interval(description.at("y"));
    animation.times = description.at("times").get<std::vector<Real>>();
    animation.frames = mfg::read_npy_cube(folder + plain_name(description.at("file")));
    if (animation.frames.size() == 0) throw mfg::Error("an animation is empty");
    const std::size_t count = animation.frames.shape(0);
    if (animation.times.size() != count) throw mfg::Error("an animation has not as many times as maps");
    if (description.contains("points")) {
        animation.points = mfg::read_npy_cube(folder + plain_name(description.at("points")));
        if (animation.points.shape(1) != count || animation.points.shape(2) != 2)
            throw mfg::Error("points of an animation are not [points x times x 2]");
    }
    if (description.contains("obstacles"))
        animation.obstacles = mfg::read_npy_matrix(folder + plain_name(description.at("obstacles")));
    return animation;
}

Drawing read_figure(const json& description, const std::string& folder)
{
    const std::string name = plain_name(description.at("name")), title = description.value("title", name);
    const json& panels = description.at("panels");
    if (panels.size() == 1 && panels[0].at("kind") == "animation") {
        Animation animation = read_animation(panels[0], folder);
        animation.name = name;
        animation.title = title;
        return animation;
    }
    Figure figure{name, title, {}};
    for (const json& panel : panels) {
        const std::string kind = panel.at("kind").get<std::string>();
        if (kind == "heatmap")
            figure.panels.push_back(read_map(panel, folder));
        else if (kind == "curves")
            figure.panels.push_back(read_curves(panel, folder));
        else
            throw mfg::Error(
                "the kind of a panel is neither 'heatmap' nor 'curves', nor 'animation' alone in its figure");
    }
    if (figure.panels.empty()) throw mfg::Error("a figure has no panels");
    return figure;
}

}  // namespace

std::vector<Drawing> field_figures(const std::string& directory)
{
    const std::string folder = directory + "/fields/", path = folder + "figures.json";
    std::vector<Drawing> figures;
    if (!std::filesystem::exists(path)) return figures;
    try {
        const json document = json::parse(mfg::read_file(path));
        for (const json& figure : document.at("figures")) figures.push_back(read_figure(figure, folder));
    } catch (const json::exception& failure) {
        throw mfg::Error("'" + path + "' is malformed: " + failure.what());
    } catch (const mfg::Error& failure) {
        throw mfg::Error("'" + path + "': " + failure.what());
    }
    return figures;
}
