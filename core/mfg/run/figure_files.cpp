#include <mfg/base/error.hpp>
#include <mfg/run/figure_files.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/json.hpp>
#include <mfg/run/npy.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

namespace mfg {
namespace {

using Json = nlohmann::ordered_json;

/// The figures of an earlier export.
Json earlier_figures(const std::string& path)
{
    if (!std::filesystem::exists(path)) return Json::array();
    try {
        const Json figures = parse_json(read_file(path)).at("figures");
        for (const Json& figure : figures) figure.at("name").get<std::string>();
        return figures;
    } catch (const std::exception& failure) {
        throw Error("'" + path + "' is malformed: " + failure.what());
    }
}

/// Writes the arrays of one figure and describes its panels.
class FigureWriter {
public:
    FigureWriter(const RunDirectory& run, const Figure& figure) : run_(run)
    {
        for (const Panel& panel : figure.panels)
            if (const auto* map = std::get_if<Heatmap>(&panel.content)) extend_range(*map);
        for (const Panel& panel : figure.panels)
            panels_.push_back(std::visit([&](const auto& content) { return describe(panel, content); }, panel.content));
        description_ = {{"name", figure.name}, {"title", figure.title}, {"panels", panels_}};
    }

    const Json& description() const { return description_; }

private:
    struct Range {
        Real low = std::numeric_limits<Real>::infinity(), high = -std::numeric_limits<Real>::infinity();
    };

    void extend_range(const Heatmap& map)
    {
        Range& range = ranges_[map.scale];
        for (std::size_t i = 0; i < map.values.size(); ++i) {
            const Real value = map.values.flat(i);
            if (!std::isfinite(value) || (map.inhabited.size() > 0 && map.inhabited.flat(i) == 0)) continue;
            range.low = std::min(range.low, value);
            range.high = std::max(range.high, value);
        }
    }

    /// The file's name in the folder.
    template <class Array>
    std::string write(const std::string& name, const Array& array) const
    {
        write_npy(run_.file("fields/" + name + ".npy"), array);
        return name + ".npy";
    }

    Json over_plane(const Panel& panel, const std::string& kind, const std::string& file, const Window& window,
                    const std::string& x_label = "x\u2081", const std::string& y_label = "x\u2082") const
    {
        return {{"kind", kind},
                {"title", panel.title},
                {"file", file},
                {"x", {window.x_low, window.x_high}},
                {"y", {window.y_low, window.y_high}},
                {"x_label", x_label},
                {"y_label", y_label}};
    }

    Json describe(const Panel& panel, const Heatmap& map) const
    {
        Json json = over_plane(panel, "heatmap", write(panel.name, map.values), map.window, map.x_label, map.y_label);
        const Range& common = ranges_.at(map.scale);
        if (map.is_signed) json["colour"] = "signed";
        if (!map.keeps_aspect) json["aspect"] = "free";
        json["range"] = map.range ? Json{map.range->first, map.range->second} : Json{common.low, common.high};
        if (map.lines.size() > 0) json["lines"] = {write(panel.name + "_lines", map.lines)};
        if (map.backward_lines.size() > 0)
            json["backward_lines"] = {write(panel.name + "_backward_lines", map.backward_lines)};
        if (map.walls.size() > 0) json["walls"] = {write(panel.name + "_walls", map.walls)};
        if (map.exits.size() > 0) json["exits"] = {write(panel.name + "_exits", map.exits)};
        if (map.inhabited.size() > 0) json["inhabited"] = write(panel.name + "_inhabited", map.inhabited);
        return json;
    }

    Json describe(const Panel& panel, const Curves& curves) const
    {
        return {{"kind", "curves"},        {"title", panel.title},      {"file", write(panel.name, curves.table)},
                {"labels", curves.labels}, {"x_label", curves.x_label}, {"y_label", curves.y_label}};
    }

    Json describe(const Panel& panel, const Animation& animation) const
    {
        Json json = over_plane(panel, "animation", write(panel.name, animation.values), animation.window);
        json["times"] = std::vector<Real>(animation.times.begin(), animation.times.end());
        json["points"] = write(panel.name + "_points", animation.points);
        if (animation.obstacles.size() > 0) json["obstacles"] = write(panel.name + "_obstacles", animation.obstacles);
        return json;
    }

    const RunDirectory& run_;
    std::map<std::string, Range> ranges_;
    Json panels_ = Json::array(), description_;
};

}  // namespace

void write_figures(const RunDirectory& run, const std::vector<Figure>& figures, bool keep)
{
    create_directories(run.file("fields"));
    const std::string path = run.file("fields/figures.json");
    Json all = Json::array();
    if (keep)
        for (const Json& old : earlier_figures(path))
            if (std::none_of(figures.begin(), figures.end(), [&](const Figure& f) { return f.name == old["name"]; }))
                all.push_back(old);
    for (const Figure& figure : figures) all.push_back(FigureWriter(run, figure).description());
    run.write_text("fields/figures.json", json_text({{"figures", all}}));
}

}  // namespace mfg
