#include <mfg/base/constants.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/plane.hpp>
#include "population_solution.hpp"

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

constexpr int map_times = 6, drawn_paths = 32, density_agents = 4096;
constexpr std::size_t cells = 96;

/// Values of Gaussian kernels around coordinate `c` of agents at the middles of cells, `[agents x cells]`. Their width
/// is Scott's rule, but at least a cell, so that a law on a line can be seen.
Matrix kernels(const Cube& paths, std::size_t k, std::size_t c, Real low, Real high)
{
    const Index n = columns(paths);
    Vector x = make_vector(n);
    for (Index i = 0; i < n; ++i) x(i) = paths(k, i, c);
    const Real width = std::max(xt::stddev(x)() * std::pow(n, Real(-1) / 6), (high - low) / cells);
    const Real norm = 1 / (width * sqrt_two_pi);
    Matrix values = make_matrix(n, cells);
    for (Index i = 0; i < n; ++i)
        for (std::size_t j = 0; j < cells; ++j) {
            const Real z = (centre(low, high, j, cells) - x(i)) / width;
            values(i, j) = std::abs(z) < 6 ? norm * std::exp(-z * z / 2) : 0;
        }
    return values;
}

class PopulationFigures {
public:
    PopulationFigures(const PopulationSolution& solution, const MeanFieldGame& game, const RandomStream& stream)
        : solution_(solution), game_(game), stream_(stream), window_(game.window())
    {
    }

    std::vector<Figure> all() const
    {
        if (game_.dimension() == 1) return {curves()};
        std::vector<Figure> figures = maps();
        figures.push_back(animation());
        return figures;
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
        return linalg::dot(linalg::transpose(y), x) / static_cast<Real>(x.shape(0));
    }

    std::vector<Figure> maps() const
    {
        const Cube paths = solution_.paths(stream_.part("maps"), density_agents, map_times);
        const Cube lines = plane_paths(solution_.paths(stream_.part("lines"), drawn_paths, 33));
        Figure population{
            "population", caption("The generator's population in time (white: t \u2192 G(z, t) for some agents)"), {}};
        for (int k = 0; k < map_times; ++k) {
            const std::string name = std::to_string(k);
            Heatmap map{density(paths, k), window_, "population " + name};
            if (k == 0) map.lines = lines;
            population.panels.push_back({"population_" + name, time_text(time(k, map_times)), map});
        }
        std::vector<Figure> figures{population};
        if (const Matrix running = running_cost_map(game_, window_, cells); running.size() > 0) {
            Heatmap map{running, window_, "running"};
            map.lines = lines;
            figures.push_back({"generated_paths",
                               caption("Agents over the running cost"),
                               {{"running_cost", "running cost, without others", map}}});
        }
        return figures;
    }

    Figure animation() const
    {
        constexpr int frames = 31, points = 160;
        const Cube paths = solution_.paths(stream_.part("frames"), density_agents, frames);
        Animation moving{Cube::from_shape({frames, cells, cells}), window_, make_vector(frames),
                         plane_paths(solution_.paths(stream_.part("points"), points, frames)),
                         running_cost_map(game_, window_, cells)};
        for (int k = 0; k < frames; ++k) {
            moving.times(k) = time(k, frames);
            const Matrix now = density(paths, k);
            std::copy(now.begin(), now.end(), &moving.values(k, 0, 0));
        }
        const std::string title =
            caption("The generator's population in time; the colours of each moment reach from 0 to its maximum" +
                    std::string(moving.obstacles.size() > 0 ? "; orange: contour lines of the running cost" : ""));
        return {"population_in_time", title, {{"population_in_time", title, moving}}};
    }

    Figure curves() const
    {
        const Cube paths = solution_.paths(stream_.part("maps"), density_agents, map_times);
        Curves curves{make_matrix(cells, map_times + 1), {}, "x", ""};
        for (int k = 0; k < map_times; ++k) {
            const Vector density = xt::mean(kernels(paths, k, 0, window_.x_low, window_.x_high), {0});
            for (std::size_t j = 0; j < cells; ++j) {
                curves.table(j, 0) = centre(window_.x_low, window_.x_high, j, cells);
                curves.table(j, k + 1) = density(j);
            }
            curves.labels.push_back(time_text(time(k, map_times)));
        }
        return {"population", "The generator's population in time", {{"population", "density", curves}}};
    }

    const PopulationSolution& solution_;
    const MeanFieldGame& game_;
    const RandomStream& stream_;
    Window window_;
};

}  // namespace

std::vector<Figure> PopulationSolution::figures(const RandomStream& stream) const
{
    return PopulationFigures(*this, saddle_.game, stream.part("figures")).all();
}

}  // namespace mfg
