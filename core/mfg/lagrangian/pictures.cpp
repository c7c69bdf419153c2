#include <mfg/lagrangian/pictures.hpp>

#include <cmath>

namespace mfg {
namespace {

constexpr std::size_t cells = 128;
constexpr int characteristics_shown = 24;
constexpr int times_shown = 33;

/// Centres of the cells of the window, row by row from the lowest y, the other coordinates zero.
Matrix cell_centres(const Window& window, int dimension)
{
    Matrix points = make_matrix(cells * cells, static_cast<std::size_t>(dimension));
    for (std::size_t row = 0; row < cells; ++row) {
        for (std::size_t column = 0; column < cells; ++column) {
            const auto at = [](Real low, Real high, std::size_t i) {
                return low + (high - low) * (static_cast<Real>(i) + Real(0.5)) / cells;
            };
            points(row * cells + column, 0) = at(window.x_low, window.x_high, column);
            points(row * cells + column, 1) = at(window.y_low, window.y_high, row);
        }
    }
    return points;
}

template <class Value>
Matrix image(Value value)
{
    Matrix result = make_matrix(cells, cells);
    for (std::size_t i = 0; i < cells * cells; ++i) result(i / cells, i % cells) = value(i);
    return result;
}

Matrix first_columns(const Matrix& points, std::size_t count)
{
    Matrix result = make_matrix(points.shape(0), count);
    for (std::size_t i = 0; i < points.shape(0); ++i)
        for (std::size_t k = 0; k < count; ++k) result(i, k) = points(i, k);
    return result;
}

Cube first_two(const Cube& paths)
{
    Cube result = Cube::from_shape({paths.shape(0), paths.shape(1), 2});
    for (std::size_t i = 0; i < paths.shape(0); ++i)
        for (std::size_t k = 0; k < paths.shape(1); ++k)
            for (std::size_t c = 0; c < 2; ++c) result(i, k, c) = paths(i, k, c);
    return result;
}

}  // namespace

void export_path_pictures(const LearnedPaths& learned, const RandomStream& stream, FieldExport& to)
{
    const MeanFieldGame& game = learned.paths.game();
    const int d = game.dimension();
    if (d < 2) return;
    const std::size_t dimension = static_cast<std::size_t>(d);
    const Real horizon = game.horizon();
    const Window window = game.window();
    const Matrix grid = cell_centres(window, d);
    const Density& initial = game.initial_density();
    const Density* target = game.target_density();

    // Starting points of the characteristics: a fresh sample, in the plane that is shown.
    Matrix starts = initial.sample(stream, characteristics_shown);
    for (std::size_t i = 0; i < starts.shape(0); ++i)
        for (std::size_t k = 2; k < dimension; ++k) starts(i, k) = 0;
    const Cube forward = learned.trajectories(starts, 0, horizon, times_shown);
    const Cube shown = first_two(forward);

    const Vector log_initial = log_density_at(initial, grid);
    const Matrix flowed_back = learned.flow(grid, horizon, 0);
    const Vector log_at_origin = log_density_at(initial, first_columns(flowed_back, dimension));

    to.figure("densities", "Densities on the plane of the first two coordinates");
    to.map("initial_density", "initial density", image([&](std::size_t i) { return std::exp(log_initial(i)); }), window,
           "initial");
    if (target) {
        const Vector log_target = log_density_at(*target, grid);
        const Matrix flowed = learned.flow(grid, 0, horizon);
        const Vector log_at_end = log_density_at(*target, first_columns(flowed, dimension));
        to.map("pull_back", "pull-back of the target to t = 0, characteristics",
               image([&](std::size_t i) { return std::exp(log_at_end(i) + flowed(i, dimension)); }), window, "initial",
               &shown);
        to.map("target_density", "target density", image([&](std::size_t i) { return std::exp(log_target(i)); }),
               window, "target");
    }
    // Backward integration accumulates minus the log determinant of the forward map.
    to.map("push_forward", "push-forward of the initial density to t = T, characteristics",
           image([&](std::size_t i) { return std::exp(log_at_origin(i) + flowed_back(i, dimension)); }), window,
           "target", &shown);

    to.figure("value_function", "Value function on the plane of the first two coordinates");
    for (const bool end : {false, true}) {
        const Matrix values = learned.map(grid, 1, [&](Tape& tape, const VariableList& prepared, const Variable& x) {
            return learned.paths.value(tape, prepared, x, end ? horizon : 0);
        });
        to.map(end ? "value_final" : "value_initial", end ? "value function at t = T" : "value function at t = 0",
               image([&](std::size_t i) { return values(i, 0); }), window, end ? "value at T" : "value at 0");
    }
}

}  // namespace mfg
