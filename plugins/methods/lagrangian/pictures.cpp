#include "pictures.hpp"
#include <mfg/assessment/plane.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/parallel.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace mfg {
namespace {

constexpr std::size_t map_cells = 128;
constexpr int sampled_paths = 24, path_times = 33;
constexpr int animation_points = 120;
/// Paths from elsewhere do not count: colours are chosen for the values where the initial density exceeds this part of
/// its maximum.
constexpr Real inhabited = 1e-2;

/// Rows `begin`, ..., `end - 1`.
Matrix rows_of(const Matrix& points, std::size_t begin, std::size_t end)
{
    Matrix part = make_matrix(end - begin, points.shape(1));
    std::copy(points.begin() + static_cast<std::ptrdiff_t>(begin * points.shape(1)),
              points.begin() + static_cast<std::ptrdiff_t>(end * points.shape(1)), part.begin());
    return part;
}

/// `function(part) -> [rows x outputs]` over parts of the points, on all threads. The parts have a fixed size, so that
/// the result does not depend on the number of threads.
template <class Function>
Matrix in_parallel(const Matrix& points, std::size_t outputs, const Function& function)
{
    constexpr std::size_t part_size = 512;
    const std::size_t n = points.shape(0), parts = (n + part_size - 1) / part_size;
    Matrix result = make_matrix(n, outputs);
    parallel_rows(parts, std::numeric_limits<std::size_t>::max(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t part = begin; part < end; ++part) {
            const std::size_t first = part * part_size, last = std::min(first + part_size, n);
            const Matrix values = function(rows_of(points, first, last));
            std::copy(values.begin(), values.end(), result.begin() + static_cast<std::ptrdiff_t>(first * outputs));
        }
    });
    return result;
}

Matrix first_columns(const Matrix& points, std::size_t count)
{
    Matrix result = make_matrix(points.shape(0), count);
    for (std::size_t i = 0; i < points.shape(0); ++i)
        for (std::size_t k = 0; k < count; ++k) result(i, k) = points(i, k);
    return result;
}

/// The smallest and the largest `value(i)` of the cells i for which `counts(i)`.
template <class Value, class Counts>
std::pair<Real, Real> range_where(std::size_t cells, const Counts& counts, const Value& value)
{
    Real low = std::numeric_limits<Real>::infinity(), high = -low;
    for (std::size_t i = 0; i < cells; ++i) {
        if (!counts(i) || !std::isfinite(value(i))) continue;
        low = std::min(low, value(i));
        high = std::max(high, value(i));
    }
    return {low, high};
}

class Pictures {
public:
    Pictures(const LearnedPaths& learned, const RandomStream& stream, FieldExport& to)
        : learned_(learned),
          stream_(stream),
          to_(to),
          game_(learned.paths.game()),
          dimension_(static_cast<std::size_t>(game_.dimension())),
          horizon_(game_.horizon()),
          window_(game_.window())
    {
    }

    void export_all()
    {
        if (dimension_ == 1) {
            curves();
            return;
        }
        follow_cells();
        find_running_cost();
        densities();
        characteristics();
        value_function();
        terminal_condition();
        animation();
    }

private:
    /// Captions of maps in higher dimensions.
    std::string on_slice(const std::string& caption) const
    {
        return dimension_ == 2 ? caption
                               : caption + "; slice where all other coordinates are 0 (densities are those of all " +
                                     std::to_string(dimension_) + " coordinates, not normalised on the slice)";
    }

    template <class Value>
    Matrix image(const Value& value) const
    {
        Matrix result = make_matrix(map_cells, map_cells);
        for (std::size_t i = 0; i < result.size(); ++i) result(i / map_cells, i % map_cells) = value(i);
        return result;
    }

    template <class Value>
    MapDetails coloured_where_inhabited(const Value& value) const
    {
        MapDetails details;
        details.range = range_where(
            grid_.shape(0), [&](std::size_t i) { return log_initial_(i) > log_least_; }, value);
        return details;
    }

    Vector log_density(const Density& density, const Matrix& points) const
    {
        const Matrix values = in_parallel(points, 1, [&](const Matrix& part) {
            const Vector log = log_density_at(density, part);
            Matrix column = make_matrix(log.size(), 1);
            std::copy(log.begin(), log.end(), column.begin());
            return column;
        });
        Vector result = make_vector(values.size());
        std::copy(values.begin(), values.end(), result.begin());
        return result;
    }

    Matrix flow(const Matrix& points, Real t0, Real t1) const
    {
        return in_parallel(points, dimension_ + 1, [&](const Matrix& part) { return learned_.flow(part, t0, t1); });
    }

    /// Density at time t at the points: back to the start, where it is given. Backward integration accumulates minus
    /// the log determinant of the forward map.
    Vector density(const Matrix& points, Real t) const
    {
        if (t == 0) {
            Vector result = log_density(game_.initial_density(), points);
            for (Real& value : result) value = std::exp(value);
            return result;
        }
        const Matrix back = flow(points, t, 0);
        Vector result = log_density(game_.initial_density(), first_columns(back, dimension_));
        for (std::size_t i = 0; i < result.size(); ++i) result(i) = std::exp(result(i) + back(i, dimension_));
        return result;
    }

    Matrix values(const Matrix& points, Real t) const
    {
        return in_parallel(points, 1, [&](const Matrix& part) {
            return learned_.map(part, 1, [&](Tape& tape, const VariableList& prepared, const Variable& x) {
                return learned_.paths.value(tape, prepared, x, t);
            });
        });
    }

    void follow_cells()
    {
        grid_ = cell_centres(window_, map_cells, dimension_);
        log_initial_ = log_density(game_.initial_density(), grid_);
        log_least_ = *std::max_element(log_initial_.begin(), log_initial_.end()) + std::log(inhabited);

        Matrix starts = make_matrix(grid_.shape(0), dimension_ + 1);
        for (std::size_t i = 0; i < starts.shape(0); ++i) {
            for (std::size_t k = 0; k < dimension_; ++k) starts(i, k) = grid_(i, k);
            starts(i, dimension_) = log_initial_(i);
        }
        const int d = game_.dimension();
        const auto follow = [&](Tape& tape, const VariableList& prepared, const Variable& start) {
            const PathEnd end = learned_.paths.integrate(tape, prepared, {start.rows(0, d), start.rows(d, 1)}, 0,
                                                         horizon_, learned_.steps);
            const Variable coupling = learned_.paths.terminal_cost(tape, end).coupling;
            return vconcat({end.x, end.log_determinant, learned_.paths.value(tape, prepared, end.x, horizon_),
                            coupling.exists() ? combine({{game_.weights().terminal, coupling}})
                                              : tape.constant(1, start.columns(), 0)});
        };
        ends_ =
            in_parallel(starts, dimension_ + 3, [&](const Matrix& part) { return learned_.map(part, d + 3, follow); });
    }
    Real log_determinant(std::size_t i) const { return ends_(i, dimension_); }
    Real value_at_end(std::size_t i) const { return ends_(i, dimension_ + 1); }
    Real terminal_coupling(std::size_t i) const { return ends_(i, dimension_ + 2); }

    /// The part of the running cost that does not depend on the density, if it is not the same everywhere.
    void find_running_cost()
    {
        const Matrix running = in_parallel(grid_, 1, [&](const Matrix& part) {
            return map_points(part, 1, [&](Tape& tape, const Variable& x) {
                const Variable zero = tape.constant(1, x.columns(), 0);
                const Jet cost = game_.running_cost({Jet(x), Jet(zero), Jet(zero)});
                return cost.is_zero() ? zero : cost.value();
            });
        });
        if (std::any_of(running.begin(), running.end(), [&](Real c) { return c != running(0, 0); }))
            running_ = image([&](std::size_t i) { return running(i, 0); });
    }

    /// Points of the density, moved to the plane that is shown.
    Matrix sample(const Density& density, int count) const
    {
        Matrix points = density.sample(stream_, count);
        for (std::size_t i = 0; i < points.shape(0); ++i)
            for (std::size_t k = 2; k < dimension_; ++k) points(i, k) = 0;
        return points;
    }

    void densities()
    {
        const Density* target = game_.target_density();
        Matrix starts = game_.shown_starts();
        if (starts.shape(0) > 0 && starts.shape(1) != dimension_)
            throw Error("problem: the starting points of pictures need one column for each dimension of the space");
        if (starts.shape(0) == 0) starts = sample(game_.initial_density(), sampled_paths);
        forward_ = first_two(learned_.trajectories(starts, 0, horizon_, path_times));
        if (target) {
            const std::size_t count = starts.shape(0);
            // Not those whose random numbers the starts were made of.
            const Matrix ends = rows_of(sample(*target, 2 * static_cast<int>(count)), count, 2 * count);
            backward_ = first_two(learned_.trajectories(ends, horizon_, 0, path_times));
        }

        const auto initial = [&](std::size_t i) { return std::exp(log_initial_(i)); };
        const Vector pushed = density(grid_, horizon_);
        const auto push_forward = [&](std::size_t i) { return pushed(i); };
        to_.figure("densities", on_slice("What is given (left) and what the paths make of it. White: characteristics "
                                         "from the start; red: backward from samples of the target"));
        to_.map("initial_density", "initial density \u03c1\u2080", image(initial), window_, "initial");
        if (!target) {
            to_.map("push_forward", "push-forward of \u03c1\u2080 to T", image(push_forward), window_, "final",
                    {&forward_});
            return;
        }
        const Vector log_target = log_density(*target, grid_);
        const Vector log_at_end = log_density(*target, first_columns(ends_, dimension_));
        const auto aim = [&](std::size_t i) { return std::exp(log_target(i)); };
        const auto pull_back = [&](std::size_t i) { return std::exp(log_at_end(i) + log_determinant(i)); };
        to_.map("pull_back", "pull-back of \u03c1\u2081 to t = 0", image(pull_back), window_, "initial", {&forward_});
        to_.map("pull_back_residual", "|\u03c1\u2080 \u2212 pull-back|",
                image([&](std::size_t i) { return std::abs(initial(i) - pull_back(i)); }), window_,
                "pull-back residual");
        to_.map("target_density", "target density \u03c1\u2081", image(aim), window_, "final");
        to_.map("push_forward", "push-forward of \u03c1\u2080 to T", image(push_forward), window_, "final",
                {nullptr, &backward_});
        to_.map("push_forward_residual", "|\u03c1\u2081 \u2212 push-forward|",
                image([&](std::size_t i) { return std::abs(aim(i) - push_forward(i)); }), window_,
                "push-forward residual");
    }

    void characteristics()
    {
        const Cube* backward = backward_.size() > 0 ? &backward_ : nullptr;
        to_.figure("characteristics",
                   on_slice("Characteristics from the start (white) and backward from samples of the "
                            "target (red); log determinant of the map from x to the path's end z(x), "
                            "coloured for where agents start"));
        to_.map("paths", "paths over \u03c1\u2080", image([&](std::size_t i) { return std::exp(log_initial_(i)); }),
                window_, "initial", {&forward_, backward});
        if (running_.size() > 0)
            to_.map("running_cost", "running cost at t = 0, log m = 0", running_, window_, "running",
                    {&forward_, backward});
        MapDetails details = coloured_where_inhabited([&](std::size_t i) { return log_determinant(i); });
        // Where hardly any value has one of the signs, half of the colours would be wasted.
        details.is_signed = -details.range->first > Real(0.2) * details.range->second &&
                            details.range->second > -Real(0.2) * details.range->first;
        to_.map("log_determinant", "log determinant of \u2202z/\u2202x",
                image([&](std::size_t i) { return log_determinant(i); }), window_, "log determinant", details);
    }

    void value_function()
    {
        to_.figure("value_function", on_slice("Value function"));
        for (const bool end : {false, true}) {
            const Matrix value = values(grid_, end ? horizon_ : 0);
            to_.map(end ? "value_final" : "value_initial", end ? "\u03a6(x, T)" : "\u03a6(x, 0)",
                    image([&](std::size_t i) { return value(i, 0); }), window_, end ? "value at T" : "value at 0");
        }
    }

    void terminal_condition()
    {
        const auto both = [&](std::size_t i) {
            return i < grid_.shape(0) ? value_at_end(i) : terminal_coupling(i - grid_.shape(0));
        };
        MapDetails common;
        const auto counts = [&](std::size_t i) { return log_initial_(i % grid_.shape(0)) > log_least_; };
        common.range = range_where(2 * grid_.shape(0), counts, both);
        const auto gap = [&](std::size_t i) { return std::abs(value_at_end(i) - terminal_coupling(i)); };
        MapDetails difference = coloured_where_inhabited(gap);
        difference.range->first = 0;
        to_.figure("terminal_condition",
                   on_slice("Terminal condition of the Hamilton-Jacobi equation at the ends z(x) of "
                            "the paths from x, coloured for where agents start"));
        to_.map("value_at_end", "\u03a6(z(x), T)", image([&](std::size_t i) { return value_at_end(i); }), window_,
                "terminal", common);
        to_.map("terminal_coupling", "a\u2083 (g + \u2202g/\u2202 log m) at z(x)",
                image([&](std::size_t i) { return terminal_coupling(i); }), window_, "terminal", common);
        to_.map("terminal_gap", "absolute difference", image(gap), window_, "difference", difference);
    }

    void animation()
    {
        // Paths cost more in higher dimensions; the smaller maps are made larger when they are drawn.
        const std::size_t cells = dimension_ <= 3 ? 96 : dimension_ <= 20 ? 64 : 48;
        constexpr std::size_t frames = 31;
        const Matrix grid = cell_centres(window_, cells, dimension_);
        Cube moving = Cube::from_shape({frames, cells, cells});
        Vector times = make_vector(frames);
        for (std::size_t k = 0; k < frames; ++k) {
            times(k) = horizon_ * static_cast<Real>(k) / (frames - 1);
            const Vector now = density(grid, times(k));
            std::copy(now.begin(), now.end(), moving.begin() + static_cast<std::ptrdiff_t>(k * now.size()));
        }
        const Matrix starts = sample(game_.initial_density(), animation_points);
        to_.animation("density_in_time",
                      on_slice("Density and agents in time; the colours of each moment reach from 0 to its maximum" +
                               std::string(running_.size() > 0 ? "; orange: contour lines of the running cost" : "")),
                      moving, window_, times, first_two(learned_.trajectories(starts, 0, horizon_, frames)),
                      running_.size() > 0 ? &running_ : nullptr);
    }

    void curves()
    {
        constexpr std::size_t points = 400;
        constexpr int times = 5;
        Matrix x = make_matrix(points, 1);
        for (std::size_t i = 0; i < points; ++i) x(i, 0) = centre(window_.x_low, window_.x_high, i, points);

        const Density* target = game_.target_density();
        const std::size_t more = target ? 1 : 0;
        Matrix densities = make_matrix(points, 1 + times + more), value_table = make_matrix(points, 1 + times);
        std::vector<std::string> labels;
        for (int k = 0; k < times; ++k) {
            const Real t = horizon_ * k / (times - 1);
            const Vector m = density(x, t);
            const Matrix phi = values(x, t);
            const std::size_t column = static_cast<std::size_t>(k) + 1;
            for (std::size_t i = 0; i < points; ++i) {
                densities(i, 0) = value_table(i, 0) = x(i, 0);
                densities(i, column) = m(i);
                value_table(i, column) = phi(i, 0);
            }
            std::ostringstream label;
            label << "t = " << t;
            labels.push_back(label.str());
        }
        to_.figure("densities", "Density of the agents at some times");
        std::vector<std::string> density_labels = labels;
        if (target) {
            const Vector log_target = log_density(*target, x);
            for (std::size_t i = 0; i < points; ++i) densities(i, times + 1) = std::exp(log_target(i));
            density_labels.push_back("target");
        }
        to_.curves("density", "density", densities, density_labels, "x", "");
        to_.figure("value_function", "Value function at some times");
        to_.curves("value", "value function \u03a6(x, t)", value_table, labels, "x", "");
    }

    const LearnedPaths& learned_;
    const RandomStream& stream_;
    FieldExport& to_;
    const MeanFieldGame& game_;
    std::size_t dimension_;
    Real horizon_;
    Window window_;
    Matrix grid_;         // cells of the maps `[n x d]`
    Vector log_initial_;  // log rho0 there
    Real log_least_ = 0;  // where it is larger, agents start
    Matrix ends_;         // of the paths from there: z, log determinant, Phi(z,T), terminal coupling
    Matrix running_;      // `[ny x nx]`, empty if there is nothing to show
    Cube forward_, backward_;
};

}  // namespace

void export_path_pictures(const LearnedPaths& learned, const RandomStream& stream, FieldExport& to)
{
    Pictures(learned, stream, to).export_all();
}

}  // namespace mfg
