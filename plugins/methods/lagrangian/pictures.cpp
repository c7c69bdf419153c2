#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/coupling.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/plane.hpp>
#include "path_solution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace mfg {
namespace {

constexpr std::size_t map_cells = 128;
/// There are agents where their density exceeds this part of its maximum.
constexpr Real inhabited = 1e-3;

/// Density of the population at time t at rows of `x`.
Vector density(const Solution& solution, const Matrix& x, Real t)
{
    const auto formula = [&](const Fields& f) { return exp(solution.log_density(f)); };
    return xt::flatten(solution.map(with_time(solution.problem(), x, t), 0, 1, formula, Solution::Part::densities));
}

/// Value function there.
Vector value(const Solution& solution, const Matrix& x, Real t)
{
    return xt::flatten(solution.value("phi", with_time(solution.problem(), x, t)));
}

/// The lowest and the highest number that a map shows.
std::pair<Real, Real> range_of(const Heatmap& map)
{
    std::pair<Real, Real> range{std::numeric_limits<Real>::infinity(), -std::numeric_limits<Real>::infinity()};
    for (std::size_t i = 0; i < map.values.size(); ++i)
        if (map.inhabited.flat(i) != 0 && std::isfinite(map.values.flat(i)))
            range = {std::min(range.first, map.values.flat(i)), std::max(range.second, map.values.flat(i))};
    return range;
}

class Maps {
public:
    Maps(const Solution& solution, const RandomStream& stream)
        : solution_(solution),
          stream_(stream),
          game_(*solution.problem().mean_field_game()),
          target_(game_.target_density()),
          grid_(cell_centres(game_.window(), map_cells, game_.dimension())),
          log_initial_(log_density_at(game_.initial_density(), grid_)),
          initial_(xt::exp(log_initial_)),
          running_(running_cost_map(game_, game_.window(), map_cells)),
          pushed_(density(solution_, grid_, game_.horizon()))
    {
        follow_cells();
        follow_agents();
    }

    std::vector<Figure> all() const
    {
        return {densities(), characteristics(), value_function(), terminal_condition(), animation()};
    }

private:
    void follow_cells()
    {
        SimulationSettings settings{1};
        settings.with_log_density = true;
        const Simulation run = simulate(solution_, grid_, settings, stream_);
        log_change_ = run.log_density_change;
        ends_ = run.at(1);
        value_at_end_ = value(solution_, ends_, game_.horizon());

        Matrix rows = with_time(game_, ends_, 0);
        for (std::size_t i = 0; i < rows.shape(0); ++i) rows(i, game_.dimension()) = log_initial_(i) + log_change_(i);
        terminal_coupling_ = xt::flatten(map_points(rows, 1, [&](Tape&, const Variable& in) {
            const CostAndCoupling g = terminal_cost(game_, solution_.coupling(), in.rows(0, game_.dimension()),
                                                    in.rows(game_.dimension(), 1));
            return combine({{game_.weights().terminal, g.coupling}});
        }));
    }

    void follow_agents()
    {
        constexpr int agents = 24, times = 33;
        Matrix starts = game_.shown_starts();
        if (starts.shape(0) > 0 && columns(starts) != game_.dimension())
            throw Error("problem: the starting points of pictures need one column for each dimension of the space");
        if (starts.shape(0) == 0) starts = sample(game_.initial_density(), 0, agents);
        forward_ = paths(starts, times, false);
        // Not those ends whose random numbers the starts were made of.
        if (target_) backward_ = paths(sample(*target_, starts.shape(0), starts.shape(0)), times, true);
    }

    /// `count` points of the density after the first ones, moved to the plane that is shown.
    Matrix sample(const Density& density, std::size_t first, std::size_t count) const
    {
        const Matrix all = density.sample(stream_, static_cast<int>(first + count));
        Matrix points = make_matrix(count, game_.dimension());
        for (std::size_t i = 0; i < count; ++i) std::copy_n(&all(first + i, 0), 2, &points(i, 0));
        return points;
    }

    /// From the start or, backward, from the end, `[paths x times x 2]`.
    Cube paths(const Matrix& starts, int times, bool backward) const
    {
        SimulationSettings settings{times - 1};
        if (backward) {
            settings.from = game_.horizon();
            settings.duration = -game_.horizon();
        }
        return plane_paths(simulate(solution_, starts, settings, stream_).positions);
    }

    /// Captions of maps in higher dimensions.
    std::string on_slice(const std::string& caption) const
    {
        return game_.dimension() == 2
                   ? caption
                   : caption + "; slice where all other coordinates are 0 (densities are those of all " +
                         std::to_string(game_.dimension()) + " coordinates, not normalised on the slice)";
    }

    Panel map(const std::string& name, const std::string& title, const std::string& scale, const Vector& values,
              const Cube& lines = {}, const Cube& backward_lines = {}) const
    {
        return {
            name, title,
            Heatmap{
                as_map(values.data(), map_cells, map_cells), game_.window(), scale, false, {}, lines, backward_lines}};
    }

    /// A map of a function that is known only where a density is not small.
    Panel map_within(const Vector& density, const std::string& name, const std::string& title, const std::string& scale,
                     const Vector& values) const
    {
        Panel panel = map(name, title, scale, values);
        const Vector there = xt::where(density > inhabited * xt::amax(density)(), Real(1), Real(0));
        std::get<Heatmap>(panel.content).inhabited = as_map(there.data(), map_cells, map_cells);
        return panel;
    }

    /// What the lines over maps are; backward ones there are only with a target.
    std::string about_lines() const
    {
        return std::string("White: paths from the start") +
               (target_ ? "; red: backward from samples of the target" : "");
    }

    Figure densities() const
    {
        Figure figure{
            "densities",
            on_slice(std::string(target_ ? "Given densities (left) and densities" : "Given density, and that") +
                     " along the learned paths. " + about_lines()),
            {map("initial_density", "initial density \u03c1\u2080", "initial", initial_)}};
        const Panel push_forward = map("push_forward", "push-forward of \u03c1\u2080 to T",
                                       target_ ? "final" : "initial", pushed_, target_ ? Cube{} : forward_, backward_);
        if (!target_) {
            figure.panels.push_back(push_forward);
            return figure;
        }
        bool higher = false;
        const Vector aim = xt::exp(log_density_at(*target_, grid_)),
                     pulled = xt::exp(log_density_at(*target_, ends_) - log_change_);
        figure.panels.insert(figure.panels.end(),
                             {map("pull_back", "pull-back of \u03c1\u2081 to t = 0", "initial", pulled, forward_),
                              map("pull_back_residual", "|\u03c1\u2080 \u2212 pull-back|", "pull-back residual",
                                  xt::abs(initial_ - pulled)),
                              map("target_density", "target density \u03c1\u2081", "final", aim), push_forward,
                              map("push_forward_residual", "|\u03c1\u2081 \u2212 push-forward|",
                                  "push-forward residual", xt::abs(aim - pushed_))});
        // Each given density stands beside a learned one, and would be black beside a much higher one.
        for (const auto& [first, given, learned] : {std::tuple(0, &initial_, &pulled), std::tuple(3, &aim, &pushed_)}) {
            const Real highest = xt::amax(*given)(), all = std::max(highest, xt::amax(*learned)());
            for (const int panel : {first, first + 1})
                std::get<Heatmap>(figure.panels[panel].content).range = {0, std::min(all, 2 * highest)};
            if (all > 2 * highest) higher = true;
        }
        if (higher) figure.title += ". Colours end at twice the maximum of the given density";
        return figure;
    }

    Figure characteristics() const
    {
        Panel determinants = map_within(initial_, "log_determinant", "log determinant of \u2202z/\u2202x",
                                        "log determinant", -log_change_);
        // If hardly any value has one of the signs, half of the colours would be wasted.
        auto& shown = std::get<Heatmap>(determinants.content);
        const auto [low, high] = range_of(shown);
        shown.is_signed = -low > Real(0.2) * high && high > -Real(0.2) * low;
        Figure figure{
            "characteristics",
            on_slice(about_lines() +
                     ". Log determinant of the map from x to the path's end z(x), where agents start; grey: elsewhere"),
            {map("paths", "paths over \u03c1\u2080", "initial", initial_, forward_, backward_)}};
        if (running_.size() > 0)
            figure.panels.push_back({"running_cost", "running cost at t = 0, log m = 0",
                                     Heatmap{running_, game_.window(), "running", false, {}, forward_, backward_}});
        figure.panels.push_back(determinants);
        return figure;
    }

    Figure value_function() const
    {
        return {
            "value_function",
            on_slice("Value function, where agents start and where they arrive; grey: elsewhere"),
            {map_within(initial_, "value_initial", "\u03a6(x, 0)", "value", value(solution_, grid_, 0)),
             map_within(pushed_, "value_final", "\u03a6(x, T)", "value", value(solution_, grid_, game_.horizon()))}};
    }

    Figure terminal_condition() const
    {
        Panel gap = map_within(initial_, "terminal_gap", "absolute difference", "difference",
                               xt::abs(value_at_end_ - terminal_coupling_));
        auto& shown = std::get<Heatmap>(gap.content);
        shown.range = {0, range_of(shown).second};
        return {"terminal_condition",
                on_slice("Terminal condition of the Hamilton-Jacobi equation at the ends z(x) of "
                         "the paths from x, where agents start; grey: elsewhere"),
                {map_within(initial_, "value_at_end", "\u03a6(z(x), T)", "terminal", value_at_end_),
                 map_within(initial_, "terminal_coupling", "a\u2083 (g + \u2202g/\u2202 log m) at z(x)", "terminal",
                            terminal_coupling_),
                 gap}};
    }

    Figure animation() const
    {
        // Every cell of every frame is followed back to the start, so that this would cost more than all other maps
        // together; the smaller maps are made larger when they are drawn.
        const std::size_t cells = game_.dimension() <= 20 ? 48 : 40;
        constexpr std::size_t frames = 31, agents = 120;
        const Matrix grid = cell_centres(game_.window(), cells, game_.dimension());
        Animation moving{Cube::from_shape({frames, cells, cells}), game_.window(), make_vector(frames),
                         paths(sample(game_.initial_density(), 0, agents), frames, false), running_};
        for (std::size_t k = 0; k < frames; ++k) {
            moving.times(k) = game_.horizon() * static_cast<Real>(k) / (frames - 1);
            const Vector now = density(solution_, grid, moving.times(k));
            std::copy(now.begin(), now.end(), &moving.values(k, 0, 0));
        }
        const std::string title =
            on_slice("Density and agents in time; the colours of each moment reach from 0 to its maximum" +
                     std::string(running_.size() > 0 ? "; orange: contour lines of the running cost" : ""));
        return {"density_in_time", title, {{"density_in_time", title, std::move(moving)}}};
    }

    const Solution& solution_;
    const RandomStream& stream_;
    const MeanFieldGame& game_;
    const Density* target_;
    Matrix grid_;                   // cells of the maps `[n x d]`
    Vector log_initial_, initial_;  // rho0 there
    Matrix running_;                // `[ny x nx]`, empty if there is nothing to show
    Vector pushed_;                 // density at the end there
    // Of the paths from the cells: their ends, and Phi(z,T) and the terminal coupling there.
    Matrix ends_;
    Vector value_at_end_, terminal_coupling_;
    Vector log_change_;  // of the density along the path: minus the log determinant
    Cube forward_, backward_;
};

/// In one dimension.
std::vector<Figure> curves(const Solution& solution)
{
    constexpr std::size_t points = 400, times = 5;
    const MeanFieldGame& game = *solution.problem().mean_field_game();
    const Window window = game.window();
    const Density* target = game.target_density();
    Matrix x = make_matrix(points, 1);
    for (std::size_t i = 0; i < points; ++i) x(i, 0) = centre(window.x_low, window.x_high, i, points);

    Curves densities{make_matrix(points, 1 + times + (target ? 1 : 0)), {}, "x", ""},
        values{make_matrix(points, 1 + times), {}, "x", ""};
    const auto add = [&](Curves& to, const std::string& label, const Vector& column) {
        to.labels.push_back(label);
        for (std::size_t i = 0; i < points; ++i) {
            to.table(i, 0) = x(i, 0);
            to.table(i, to.labels.size()) = column(i);
        }
    };
    for (std::size_t k = 0; k < times; ++k) {
        const Real t = game.horizon() * static_cast<Real>(k) / (times - 1);
        add(densities, time_text(t), density(solution, x, t));
        add(values, time_text(t), value(solution, x, t));
    }
    if (target) add(densities, "target", xt::exp(log_density_at(*target, x)));

    constexpr std::size_t cells = 64;
    const Window over_time{window.x_low, window.x_high, 0, game.horizon()};
    const Matrix place_and_time = cell_centres(over_time, cells, 2);
    const Matrix at = solution.map(
        place_and_time, 0, 1, [&](const Fields& f) { return exp(solution.log_density(f)); }, Solution::Part::densities);
    Heatmap strip{as_map(at.data(), cells, cells), over_time};
    strip.x_label = "x";
    strip.y_label = "t";
    strip.keeps_aspect = false;
    return {{"densities", "Density of the agents at some times", {{"density", "density", std::move(densities)}}},
            {"density_strip", "Density of the agents over place and time", {{"density_strip", "density", strip}}},
            {"value_function",
             "Value function at some times",
             {{"value", "value function \u03a6(x, t)", std::move(values)}}}};
}

}  // namespace

std::vector<Figure> PathSolution::figures(const RandomStream& stream) const
{
    return problem().dimension() == 1 ? curves(*this) : Maps(*this, stream).all();
}

}  // namespace mfg
