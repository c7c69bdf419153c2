#include "figures.hpp"

#include <mfg/error.hpp>
#include <mfg/io/files.hpp>
#include <mfg/io/npy.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

using mfg::Real;
using nlohmann::json;

namespace {

/// Keeps the lowest and the highest point of each stretch, so that a long history makes a small file and the same
/// picture.
void thin(Curve& curve)
{
    constexpr std::size_t stretches = 600;
    const std::size_t count = curve.x.size();
    if (count <= 3 * stretches) return;
    Curve kept = curve;
    kept.x.clear();
    kept.y.clear();
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
    curve = std::move(kept);
}

/// The columns of a history by name.
class Columns {
public:
    explicit Columns(const mfg::HistoryTable& history) : history_(history) {}

    /// The rows in which both columns hold a finite number.
    Curve curve(const std::string& x, const std::string& y) const
    {
        Curve curve;
        const std::size_t columns = history_.columns.size(), i = history_.find(x), j = history_.find(y);
        if (i == columns || j == columns) return curve;
        for (std::size_t row = 0; row < history_.rows.shape(0); ++row) {
            const Real abscissa = history_.rows(row, i), ordinate = history_.rows(row, j);
            if (!std::isfinite(abscissa) || !std::isfinite(ordinate)) continue;
            curve.x.push_back(abscissa);
            curve.y.push_back(ordinate);
        }
        thin(curve);
        return curve;
    }

    /// The values of `x` at which a new level begins.
    std::vector<Real> level_starts(const std::string& x) const
    {
        std::vector<Real> starts;
        const std::size_t columns = history_.columns.size(), i = history_.find(x), j = history_.find("level");
        if (i == columns || j == columns) return starts;
        for (std::size_t row = 1; row < history_.rows.shape(0); ++row)
            if (history_.rows(row, j) != history_.rows(row - 1, j) && std::isfinite(history_.rows(row, i)))
                starts.push_back(history_.rows(row, i));
        return starts;
    }

    std::vector<std::string> terms() const
    {
        std::vector<std::string> names;
        for (const std::string& column : history_.columns)
            if (column.rfind("terms.", 0) == 0) names.push_back(column.substr(6));
        return names;
    }

private:
    const mfg::HistoryTable& history_;
};

/// A quantity over `x`, for the training and, where it was measured, for the validation.
CurvePanel course(const Columns& columns, const std::string& x, const std::string& quantity, const std::string& title)
{
    CurvePanel panel;
    panel.title = title;
    panel.x_label = x == "seconds" ? "wall time in seconds" : x;
    panel.prefer_log = true;
    panel.marks = columns.level_starts(x);
    Curve training = columns.curve(x, quantity), validation = columns.curve(x, "validation." + quantity);
    if (!training.x.empty()) {
        if (!validation.x.empty()) training.label = "training";
        panel.curves.push_back(std::move(training));
    }
    if (!validation.x.empty()) {
        validation.label = "validation";
        validation.dashed = true;
        validation.colour = 1;
        panel.curves.push_back(std::move(validation));
    }
    return panel;
}

std::string readable(std::string name)
{
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
}

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

MapPanel read_map(const json& description, const std::string& folder)
{
    MapPanel panel;
    panel.title = description.value("title", "");
    panel.values = mfg::read_npy_matrix(folder + plain_name(description.at("file")));
    if (panel.values.size() == 0) throw mfg::Error("a heatmap is empty");
    panel.x = read_interval(description.at("x"));
    panel.y = read_interval(description.at("y"));
    const std::string colour = description.value("colour", "density");
    if (colour != "density" && colour != "signed") throw mfg::Error("a colour is neither 'density' nor 'signed'");
    panel.diverging = colour == "signed";
    panel.range = colour_range(description.value("range", json()), panel.values, panel.diverging);
    for (const json& file : description.value("lines", json::array())) {
        mfg::Cube lines = mfg::read_npy_cube(folder + plain_name(file));
        if (lines.shape(2) != 2) throw mfg::Error("lines are not [paths x points x 2]");
        if (lines.size() > 0) panel.lines.push_back(std::move(lines));
    }
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
    for (std::size_t j = 1; j < table.shape(1); ++j) {
        Curve curve;
        curve.colour = j - 1;
        if (j <= labels.size()) curve.label = labels[j - 1];
        for (std::size_t i = 0; i < table.shape(0); ++i) {
            if (!std::isfinite(table(i, 0)) || !std::isfinite(table(i, j))) continue;
            curve.x.push_back(table(i, 0));
            curve.y.push_back(table(i, j));
        }
        thin(curve);
        if (!curve.x.empty()) panel.curves.push_back(std::move(curve));
    }
    if (panel.curves.empty()) throw mfg::Error("curves without a finite point");
    return panel;
}

Figure read_figure(const json& description, const std::string& folder)
{
    Figure figure;
    figure.name = plain_name(description.at("name"));
    figure.title = description.value("title", figure.name);
    for (const json& panel : description.at("panels")) {
        const std::string kind = panel.at("kind").get<std::string>();
        if (kind == "heatmap")
            figure.panels.push_back(read_map(panel, folder));
        else if (kind == "curves")
            figure.panels.push_back(read_curves(panel, folder));
        else
            throw mfg::Error("the kind of a panel is neither 'heatmap' nor 'curves'");
    }
    if (figure.panels.empty()) throw mfg::Error("a figure has no panels");
    return figure;
}

}  // namespace

std::vector<Figure> convergence_figures(const mfg::HistoryTable& history)
{
    const Columns columns(history);
    std::vector<Figure> figures;
    const auto add = [&](const Figure& figure) {
        if (!figure.panels.empty()) figures.push_back(figure);
    };
    // A term that is zero all along is none of this problem's.
    const auto append = [](Figure& figure, CurvePanel panel) {
        const auto is_zero = [](const Curve& c) {
            return std::all_of(c.y.begin(), c.y.end(), [](auto y) { return y == 0; });
        };
        if (std::all_of(panel.curves.begin(), panel.curves.end(), is_zero)) return;
        figure.panels.emplace_back(std::move(panel));
    };
    const std::string levels = columns.level_starts("iteration").empty() ? "" : "; vertical lines mark new levels";

    Figure convergence{"convergence", "Objective and norm of its gradient" + levels, {}};
    append(convergence, course(columns, "iteration", "objective", "objective"));
    append(convergence, course(columns, "seconds", "objective", "objective over time"));
    append(convergence, course(columns, "iteration", "gradient_norm", "gradient norm"));
    append(convergence, course(columns, "iteration", "residual", "residual"));
    add(convergence);

    for (const std::string x : {"iteration", "seconds"}) {
        const bool timed = x == "seconds";
        Figure terms{timed ? "terms_time" : "terms",
                     (timed ? "Terms of the objective over wall time" : "Terms of the objective") + levels,
                     {}};
        for (const std::string& term : columns.terms())
            append(terms, course(columns, x, "terms." + term, readable(term)));
        add(terms);
    }
    return figures;
}

std::vector<Figure> field_figures(const std::string& directory)
{
    const std::string folder = directory + "/fields/", path = folder + "figures.json";
    std::vector<Figure> figures;
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
