#include "drawing/convergence.hpp"

#include "text.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

using mfg::Real;

namespace {

/// The terms of the objective that have columns.
std::vector<std::string> terms_in(const std::vector<std::string>& columns)
{
    std::vector<std::string> names;
    for (const std::string& column : columns)
        if (starts_with(column, "terms.")) names.push_back(column.substr(6));
    return names;
}

/// The players of terms PLAYER.TERM; none if there is one objective.
std::vector<std::string> players_in(const std::vector<std::string>& columns)
{
    std::vector<std::string> names;
    for (const std::string& term : terms_in(columns)) {
        const std::size_t dot = term.find('.');
        if (dot == std::string::npos) return {};
        if (names.empty() || names.back() != term.substr(0, dot)) names.push_back(term.substr(0, dot));
    }
    return names;
}

/// The tracked quantities, columns GROUP.NAME, by group.
std::vector<std::pair<std::string, std::vector<std::string>>> tracked_in(const std::vector<std::string>& columns)
{
    std::vector<std::pair<std::string, std::vector<std::string>>> groups;
    for (const std::string& column : columns) {
        const std::string group = column.substr(0, column.find('.'));
        if (group == column || group == "terms" || group == "validation") continue;
        auto at = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == group; });
        if (at == groups.end()) at = groups.insert(at, {group, {}});
        at->second.push_back(column.substr(group.size() + 1));
    }
    return groups;
}

/// The rows in which both columns hold a finite number; none where a column is missing.
Curve curve_of(const mfg::HistoryTable& history, const std::string& x, const std::string& y)
{
    Curve curve;
    const std::size_t columns = history.columns.size(), i = history.find(x), j = history.find(y);
    if (i == columns || j == columns) return curve;
    for (std::size_t row = 0; row < history.rows.shape(0); ++row) {
        const Real abscissa = history.rows(row, i), ordinate = history.rows(row, j);
        if (!std::isfinite(abscissa) || !std::isfinite(ordinate)) continue;
        curve.x.push_back(abscissa);
        curve.y.push_back(ordinate);
    }
    return curve;
}

/// The values of `x` at which a new level begins.
std::vector<Real> level_starts(const mfg::HistoryTable& history, const std::string& x)
{
    const Curve level = curve_of(history, x, "level");
    std::vector<Real> starts;
    for (std::size_t row = 1; row < level.x.size(); ++row)
        if (level.y[row] != level.y[row - 1]) starts.push_back(level.x[row]);
    return starts;
}

/// The objective of a player: the sum of its terms, whose columns have `prefix` before them.
Curve objective_of(const mfg::HistoryTable& history, const std::string& player, const std::string& x,
                   const std::string& prefix)
{
    Curve sum;
    for (const std::string& term : terms_in(history.columns)) {
        if (!starts_with(term, player + ".")) continue;
        const Curve part = curve_of(history, x, prefix + "terms." + term);
        if (sum.x.empty()) {
            sum = part;
        } else if (sum.x == part.x) {
            std::transform(part.y.begin(), part.y.end(), sum.y.begin(), sum.y.begin(), std::plus<Real>());
        }
    }
    return sum;
}

std::string axis_name(const std::string& column)
{
    return column == "seconds" ? "wall time in seconds" : column == "gradients" ? "gradient evaluations" : column;
}

bool is_zero(const Curve& curve)
{
    return std::all_of(curve.y.begin(), curve.y.end(), [](Real y) { return y == 0; });
}

/// A panel without curves, with a mark where a new level begins in `history`.
CurvePanel panel_over(const std::string& x, const std::string& title, const mfg::HistoryTable& history)
{
    CurvePanel panel;
    panel.title = title;
    panel.x_label = axis_name(x);
    panel.prefer_log = true;
    panel.marks = level_starts(history, x);
    return panel;
}

/// Two curves of one quantity over `x`, of which either may be empty.
CurvePanel course(CurvePanel panel, Curve training, Curve validation)
{
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

/// A quantity over `x`, for the training and, where it was measured, for the validation.
CurvePanel course(const mfg::HistoryTable& history, const std::string& x, const std::string& quantity,
                  const std::string& title)
{
    return course(panel_over(x, title, history), curve_of(history, x, quantity),
                  curve_of(history, x, "validation." + quantity));
}

/// Whether one curve hides the other.
bool coincide(const Curve& a, const Curve& b)
{
    return std::equal(a.y.begin(), a.y.end(), b.y.begin(), b.y.end(),
                      [](Real u, Real v) { return std::abs(u - v) <= 1e-9 * std::abs(u); });
}

/// Of one panel: each has its own colour, and they are dashed the second time.
constexpr std::size_t most_curves = 2 * colour_count;

/// What was followed of a group over the iterations, from number `first` on: what is not positive everywhere, and what
/// is, so that it may have a logarithmic axis. Either panel may be empty.
std::vector<CurvePanel> followed(const mfg::HistoryTable& history, const std::string& group,
                                 const std::vector<std::string>& names, std::size_t first)
{
    std::vector<CurvePanel> panels(2, panel_over("iteration", "over iterations", history));
    for (std::size_t i = 0; i < std::min(most_curves, names.size() - first); ++i) {
        const std::string& name = names[first + i];
        Curve curve = curve_of(history, "iteration", group + "." + name);
        // A quantity of other problems is zero all along, and has no logarithm.
        if (is_zero(curve)) continue;
        curve.label = readable(name);
        curve.colour = i;
        const bool positive = std::all_of(curve.y.begin(), curve.y.end(), [](Real y) { return y >= 0; });
        std::vector<Curve>& others = panels[positive ? 1 : 0].curves;
        curve.dashed = i >= colour_count || std::any_of(others.begin(), others.end(),
                                                        [&](const Curve& other) { return coincide(other, curve); });
        others.push_back(std::move(curve));
    }
    if (panels[0].curves.empty() || panels[1].curves.empty()) return panels;
    for (CurvePanel& split : panels) {
        std::vector<std::string> labels;
        for (const Curve& curve : split.curves) labels.push_back(curve.label);
        split.title = joined(labels) + " " + split.title;
    }
    return panels;
}

/// A quantity GROUP.NAME, or one without a group, of several runs over `x`, without runs in which it is zero: a panel
/// for each meaning that it has in these runs.
std::vector<CurvePanel> side_by_side(const std::vector<FinishedRun>& runs, const std::string& x,
                                     const std::string& group, const std::string& name)
{
    const std::string quantity = name.empty() ? group : group + "." + name;
    std::vector<CurvePanel> panels;
    std::vector<std::string> meanings;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        Curve curve = curve_of(runs[i].history, x, "validation." + quantity);
        if (curve.x.empty()) curve = curve_of(runs[i].history, x, quantity);
        if (is_zero(curve)) continue;
        curve.label = runs[i].label;
        curve.colour = i;
        curve.dashed = i >= colour_count;
        const std::string meaning = meaning_of(runs[i].result, group, name);
        const auto at = std::find(meanings.begin(), meanings.end(), meaning);
        const auto number = static_cast<std::size_t>(at - meanings.begin());
        if (at == meanings.end()) {
            meanings.push_back(meaning);
            panels.push_back(panel_over(x, readable(name.empty() ? group : name), {}));
        }
        panels[number].curves.push_back(std::move(curve));
    }
    for (std::size_t k = 0; k < panels.size() && panels.size() > 1; ++k) panels[k].title += ", " + meanings[k];
    return panels;
}

/// Appends a panel unless it is empty, or all of it is zero, like a term of other problems.
void append(Figure& figure, CurvePanel panel)
{
    if (!std::all_of(panel.curves.begin(), panel.curves.end(), is_zero)) figure.panels.emplace_back(std::move(panel));
}

std::vector<Figure> without_empty(std::vector<Figure> figures)
{
    figures.erase(std::remove_if(figures.begin(), figures.end(), [](const Figure& f) { return f.panels.empty(); }),
                  figures.end());
    return figures;
}

}  // namespace

std::vector<Figure> convergence_figures(const mfg::HistoryTable& history)
{
    std::vector<Figure> figures;
    const std::string levels = level_starts(history, "iteration").empty() ? "" : "; vertical lines mark new levels";

    Figure convergence{"convergence", "Objective and norm of its gradient" + levels};
    const std::vector<std::string> players = players_in(history.columns);
    for (const std::string& player : players)
        append(convergence, course(panel_over("iteration", "objective of " + player, history),
                                   objective_of(history, player, "iteration", ""),
                                   objective_of(history, player, "iteration", "validation.")));
    if (players.empty()) {
        append(convergence, course(history, "iteration", "objective", "objective"));
        append(convergence, course(history, "seconds", "objective", "objective over time"));
    }
    append(convergence, course(history, "iteration", "gradient_norm", "gradient norm"));
    append(convergence, course(history, "iteration", "residual", "residual"));
    figures.push_back(convergence);

    Figure terms{"terms", "Terms of the objective" + levels};
    for (const std::string& term : terms_in(history.columns))
        append(terms, course(history, "iteration", "terms." + term, readable(term)));
    figures.push_back(terms);
    for (const auto& [group, names] : tracked_in(history.columns)) {
        Figure figure{group, measure_title(group) + " during the training" + levels};
        for (std::size_t first = 0; first < names.size(); first += most_curves)
            for (CurvePanel& panel : followed(history, group, names, first)) append(figure, std::move(panel));
        figures.push_back(figure);
    }
    return without_empty(figures);
}

std::vector<Figure> comparison_figures(const std::vector<FinishedRun>& runs)
{
    std::vector<std::string> columns;
    for (const FinishedRun& run : runs)
        for (const std::string& column : run.history.columns)
            if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);

    const std::vector<std::string> abscissae{"iteration", "seconds", "gradients"};
    Figure objective{"objective", "Objective on the validation sample"};
    for (const std::string& x : abscissae)
        for (CurvePanel& panel : side_by_side(runs, x, "objective", "")) append(objective, std::move(panel));
    std::vector<Figure> figures{objective};
    const auto add = [&](const std::string& group, const std::string& title, const std::vector<std::string>& names) {
        for (const std::string& x : abscissae) {
            Figure figure{group + "_" + x, title + axis_name(x)};
            for (const std::string& name : names)
                for (CurvePanel& panel : side_by_side(runs, x, group, name)) append(figure, std::move(panel));
            figures.push_back(std::move(figure));
        }
    };
    add("terms", "Terms of the objective on the validation sample over ", terms_in(columns));
    for (const auto& [group, names] : tracked_in(columns))
        add(group, measure_title(group) + " during the training, over ", names);
    return without_empty(figures);
}
