#include <mfg/assessment/plane.hpp>
#include <mfg/autodiff/map_points.hpp>
#include "learned_population.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace mfg {
namespace {

constexpr int map_times = 6, drawn_paths = 32, density_agents = 4096;
constexpr std::size_t cells = 96;

std::string at_time(Real t)
{
    std::ostringstream text;
    text.precision(3);
    text << "t = " << t;
    return text.str();
}

/// Values of Gaussian kernels around coordinate `c` of agents at the middles of cells, `[agents x cells]`. Their width
/// is Scott's rule, but at least a cell, so that a law on a line can be seen.
Matrix kernels(const Cube& paths, std::size_t k, std::size_t c, Real low, Real high)
{
    const std::size_t n = paths.shape(0);
    Real mean = 0, square = 0;
    for (std::size_t i = 0; i < n; ++i) {
        mean += paths(i, k, c) / static_cast<Real>(n);
        square += paths(i, k, c) * paths(i, k, c) / static_cast<Real>(n);
    }
    const Real deviation = std::sqrt(std::max(Real(0), square - mean * mean));
    const Real width = std::max(deviation * std::pow(static_cast<Real>(n), Real(-1) / 6), (high - low) / cells);
    const Real norm = 1 / (width * std::sqrt(2 * Real(3.14159265358979323846)));
    Matrix values = make_matrix(n, cells);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < cells; ++j) {
            const Real off = (centre(low, high, j, cells) - paths(i, k, c)) / width;
            values(i, j) = std::abs(off) < 6 ? norm * std::exp(-off * off / 2) : 0;
        }
    return values;
}

class Pictures {
public:
    Pictures(const LearnedPopulation& learned, const RandomStream& stream, FieldExport& to)
        : learned_(learned), stream_(stream), to_(to), game_(learned.saddle.game), window_(game_.window())
    {
    }

    void export_all()
    {
        if (game_.dimension() == 1) {
            curves();
            return;
        }
        maps();
        animation();
    }

private:
    std::string caption(const std::string& text) const
    {
        return game_.dimension() == 2
                   ? text
                   : text + "; the first two of " + std::to_string(game_.dimension()) + " coordinates";
    }
    Real time(int k, int times) const { return game_.horizon() * k / (times - 1); }

    /// The density of the first two coordinates, `[cells x cells]`.
    Matrix density(const Cube& paths, std::size_t k) const
    {
        const Matrix x = kernels(paths, k, 0, window_.x_low, window_.x_high),
                     y = kernels(paths, k, 1, window_.y_low, window_.y_high);
        Matrix map = make_matrix(cells, cells);
        const std::size_t n = x.shape(0);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t row = 0; row < cells; ++row) {
                if (y(i, row) == 0) continue;
                const Real factor = y(i, row) / static_cast<Real>(n);
                for (std::size_t column = 0; column < cells; ++column) map(row, column) += factor * x(i, column);
            }
        return map;
    }

    /// The running cost that does not depend on others, where it is not the same everywhere.
    Matrix running_cost() const
    {
        const Matrix points = cell_centres(window_, cells, static_cast<std::size_t>(game_.dimension()));
        const Matrix cost = map_points(points, 1, [&](Tape& tape, const Variable& x) {
            const Variable zero = tape.constant(1, x.columns(), 0);
            const Jet c = game_.running_cost({Jet(x), Jet(zero), Jet(zero)});
            return c.is_zero() ? zero : c.value();
        });
        if (std::all_of(cost.begin(), cost.end(), [&](Real c) { return c == cost(0, 0); })) return make_matrix(0, 0);
        Matrix map = make_matrix(cells, cells);
        std::copy(cost.begin(), cost.end(), map.begin());
        return map;
    }

    void maps()
    {
        const Cube paths = learned_.paths(stream_.part(0), density_agents, map_times);
        const Cube lines = first_two(learned_.paths(stream_.part(1), drawn_paths, 33));
        to_.figure("population",
                   caption("The generator's population in time (white: t \u2192 G(z, t) for some agents)"));
        for (int k = 0; k < map_times; ++k)
            to_.map("population_" + std::to_string(k), at_time(time(k, map_times)),
                    density(paths, static_cast<std::size_t>(k)), window_, "population " + std::to_string(k),
                    k == 0 ? MapDetails(&lines) : MapDetails());
        if (const Matrix running = running_cost(); running.size() > 0) {
            to_.figure("generated_paths", caption("Agents over the running cost"));
            to_.map("running_cost", "running cost, without others", running, window_, "running", MapDetails(&lines));
        }
    }

    void animation()
    {
        constexpr int frames = 31, points = 160;
        const Cube paths = learned_.paths(stream_.part(2), density_agents, frames);
        Cube moving = Cube::from_shape({static_cast<std::size_t>(frames), cells, cells});
        Vector times = make_vector(frames);
        for (int k = 0; k < frames; ++k) {
            times(static_cast<std::size_t>(k)) = time(k, frames);
            const Matrix now = density(paths, static_cast<std::size_t>(k));
            std::copy(now.begin(), now.end(), moving.begin() + static_cast<std::ptrdiff_t>(k * now.size()));
        }
        const Matrix running = running_cost();
        to_.animation(
            "population_in_time",
            caption("The generator's population in time; the colours of each moment reach from 0 to its maximum" +
                    std::string(running.size() > 0 ? "; orange: contour lines of the running cost" : "")),
            moving, window_, times, first_two(learned_.paths(stream_.part(3), points, frames)),
            running.size() > 0 ? &running : nullptr);
    }

    void curves()
    {
        const Cube paths = learned_.paths(stream_.part(0), density_agents, map_times);
        Matrix table = make_matrix(cells, map_times + 1);
        std::vector<std::string> labels;
        for (int k = 0; k < map_times; ++k) {
            const Matrix x = kernels(paths, static_cast<std::size_t>(k), 0, window_.x_low, window_.x_high);
            for (std::size_t j = 0; j < cells; ++j) {
                table(j, 0) = centre(window_.x_low, window_.x_high, j, cells);
                for (std::size_t i = 0; i < x.shape(0); ++i)
                    table(j, static_cast<std::size_t>(k) + 1) += x(i, j) / static_cast<Real>(x.shape(0));
            }
            labels.push_back(at_time(time(k, map_times)));
        }
        to_.figure("population", "The generator's population in time");
        to_.curves("population", "density", table, labels, "x", "");
    }

    const LearnedPopulation& learned_;
    const RandomStream& stream_;
    FieldExport& to_;
    const MeanFieldGame& game_;
    Window window_;
};

}  // namespace

void export_population_pictures(const LearnedPopulation& learned, const RandomStream& stream, FieldExport& to)
{
    Pictures(learned, stream, to).export_all();
}

}  // namespace mfg
