#include "potential_solver.hpp"
#include <mfg/base/error.hpp>
#include <mfg/base/parallel.hpp>
#include "continuity_projection.hpp"
#include "grid_solution.hpp"
#include "proximal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace mfg {
namespace {

/// The terminal density enters the pairing with this factor, so that averaging and it together have norm <= 1.
const Real terminal_factor = std::sqrt(Real(0.5));

/// Costs and squared lengths summed over a row of cells.
struct RowSums {
    Real transport = 0, running = 0, terminal = 0;
    Real gap = 0, length = 0;    ///< between averages of the flow and what the proximal steps found; of the latter
    Real changed = 0, dual = 0;  ///< of the dual variables in this step, and of the dual variables
};

/// values += relaxation (target - values)
void relax(Matrix& values, const Matrix& target, Real relaxation)
{
    const std::size_t columns = values.shape(1);
    parallel_rows(values.shape(0), 2 * columns, [&](std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) {
            Real* to = &values(k, 0);
            const Real* from = &target(k, 0);
            for (std::size_t i = 0; i < columns; ++i) to[i] += relaxation * (from[i] - to[i]);
        }
    });
}

}  // namespace

/// The iteration on one grid. Dual variables belong to the momenta at cell centres, to the density there (each
/// `[nt x cells]`) and to the terminal density. Densities count with the factor `speed`, which gives them the unit of a
/// momentum.
struct PotentialSolver::Level {
    /// What an ascent depends on: costs with their weights, a1, the dual step and the over-relaxation.
    struct Ascent {
        const DensityCost &running, &terminal;
        Real transport_weight, sigma, relaxation;
    };

    Level(const SpaceTimeGrid& g, Real speed_, const Matrix& initial)
        : grid(g), speed(speed_), flow(Flow::at_rest(g, initial)), density_end(initial)
    {
        for (std::size_t k = 0; k < g.nt; ++k) std::copy(initial.begin(), initial.end(), &density(k, 0));
        for (std::size_t j = 0; j < g.ny; ++j) {
            for (std::size_t i = 0; i < g.nx; ++i) {
                points(j, i) = g.x(i);
                points(j, g.nx + i) = g.y(j);
            }
        }
    }

    void start_from(const Level& coarser);
    void descend(Real tau);
    void ascend(const Ascent& a);
    RowSums ascend_in_interval(const Ascent& a, std::size_t k, std::size_t j);
    RowSums ascend_at_end(const Ascent& a, std::size_t j);

    SpaceTimeGrid grid;
    Real speed;
    ContinuityProjection projection{grid, speed};
    Flow flow, trial = flow;
    Matrix dual_x = make_matrix(grid.nt, grid.cells()), dual_y = dual_x, dual_density = dual_x;
    Matrix dual_end = make_matrix(1, grid.cells());
    Matrix density = dual_x, density_end;               ///< that the proximal steps have found; their next start
    Matrix points = make_matrix(grid.ny, 2 * grid.nx);  ///< centres of cells, each row of them as `[2 x nx]`
    std::vector<RowSums> sums =
        std::vector<RowSums>((grid.nt + 1) * grid.ny);  ///< of the rows of all intervals, then of the last time
};

/// Takes what a coarser grid has found, but for the initial density.
void PotentialSolver::Level::start_from(const Level& coarser)
{
    const SpaceTimeGrid &old = coarser.grid, &g = grid;
    const Axis nodes{old.nt + 1, g.nt + 1, Placement::nodes}, once{1, 1, Placement::nodes};
    const Axis intervals{old.nt, g.nt, Placement::centres};
    const Axis x{old.nx, g.nx, Placement::centres}, faces_x{old.nx + 1, g.nx + 1, Placement::nodes};
    const Axis y{old.ny, g.ny, Placement::centres}, faces_y{old.ny + 1, g.ny + 1, Placement::nodes};
    const Matrix initial = density_end;
    flow.density = interpolate(coarser.flow.density, nodes, y, x);
    std::copy(initial.begin(), initial.end(), flow.density.begin());
    flow.momentum_x = interpolate(coarser.flow.momentum_x, intervals, y, faces_x);
    flow.momentum_y = interpolate(coarser.flow.momentum_y, intervals, faces_y, x);
    // Else the violation would stay: the over-relaxed iteration shrinks it slowly.
    projection.project(flow);
    trial = flow;
    dual_x = interpolate(coarser.dual_x, intervals, y, x);
    dual_y = interpolate(coarser.dual_y, intervals, y, x);
    dual_density = interpolate(coarser.dual_density, intervals, y, x);
    // The dual variables of the last node are for one interval's length.
    dual_end = interpolate(coarser.dual_end, once, y, x);
    dual_end *= old.dt() / g.dt();
    density = interpolate(coarser.density, intervals, y, x);
    density_end = interpolate(coarser.density_end, once, y, x);
}

/// trial = projection of flow - tau K' dual.
void PotentialSolver::Level::descend(Real tau)
{
    const std::size_t nx = grid.nx, ny = grid.ny, nt = grid.nt;
    const Real half = tau / 2, by_speed = 1 / speed;
    parallel_rows(nt * ny, 8 * nx, [&](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row) {
            const std::size_t k = row / ny, j = row % ny;
            const Real *mx = &flow.momentum_x(k, j * (nx + 1)), *px = &dual_x(k, j * nx);
            Real* to_x = &trial.momentum_x(k, j * (nx + 1));
            for (std::size_t i = 1; i < nx; ++i) to_x[i] = mx[i] - half * (px[i - 1] + px[i]);
            if (j > 0) {
                const Real *my = &flow.momentum_y(k, j * nx), *py = &dual_y(k, j * nx), *below = py - nx;
                Real* to_y = &trial.momentum_y(k, j * nx);
                for (std::size_t i = 0; i < nx; ++i) to_y[i] = my[i] - half * (py[i] + below[i]);
            }
            const Real *rho = &flow.density(k + 1, j * nx), *before = &dual_density(k, j * nx);
            const Real* after = k + 1 < nt ? &dual_density(k + 1, j * nx) : &dual_end(0, j * nx);
            const Real share = k + 1 < nt ? half : tau * terminal_factor;
            Real* to = &trial.density(k + 1, j * nx);
            for (std::size_t i = 0; i < nx; ++i) to[i] = rho[i] - by_speed * (half * before[i] + share * after[i]);
        }
    });
    projection.project(trial);
}

/// Dual variables = proximal step of the conjugate at dual + sigma K(2 trial - flow); both are then over-relaxed.
void PotentialSolver::Level::ascend(const Ascent& a)
{
    const std::size_t ny = grid.ny, intervals = grid.nt * ny;
    parallel_rows(intervals + ny, 64 * grid.nx, [&](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row)
            sums[row] = row < intervals ? ascend_in_interval(a, row / ny, row % ny) : ascend_at_end(a, row % ny);
    });
    relax(flow.density, trial.density, a.relaxation);
    relax(flow.momentum_x, trial.momentum_x, a.relaxation);
    relax(flow.momentum_y, trial.momentum_y, a.relaxation);
}

/// The dual variables of row j of cells in interval k.
RowSums PotentialSolver::Level::ascend_in_interval(const Ascent& a, std::size_t k, std::size_t j)
{
    const std::size_t nx = grid.nx;
    const Real sigma = a.sigma, shift = a.transport_weight / sigma;
    thread_local std::vector<Real> work;
    work.resize(6 * nx);
    Real *ax = work.data(), *ay = ax + nx, *ar = ay + nx, *kinetic = ar + nx, *centre = kinetic + nx,
         *cost = centre + nx;
    const Real *mx = &flow.momentum_x(k, j * (nx + 1)), *tx = &trial.momentum_x(k, j * (nx + 1));
    const Real *my = &flow.momentum_y(k, j * nx), *ty = &trial.momentum_y(k, j * nx);
    const Real *r0 = &flow.density(k, j * nx), *s0 = &trial.density(k, j * nx);
    const Real *r1 = &flow.density(k + 1, j * nx), *s1 = &trial.density(k + 1, j * nx);
    Real *px = &dual_x(k, j * nx), *py = &dual_y(k, j * nx), *pr = &dual_density(k, j * nx);
    Real* rho = &density(k, j * nx);
    for (std::size_t i = 0; i < nx; ++i) {
        ax[i] = px[i] / sigma + tx[i] + tx[i + 1] - (mx[i] + mx[i + 1]) / 2;
        ay[i] = py[i] / sigma + ty[i] + ty[nx + i] - (my[i] + my[nx + i]) / 2;
        ar[i] = pr[i] / sigma + speed * (s0[i] + s1[i] - (r0[i] + r1[i]) / 2);
        kinetic[i] = a.transport_weight / 2 * (ax[i] * ax[i] + ay[i] * ay[i]);
        centre[i] = ar[i] / speed;
    }
    const Real t = grid.dt() * (static_cast<Real>(k) + Real(0.5));
    minimise(a.running, {nx, &points(j, 0), kinetic, centre, shift, sigma * speed * speed, t}, rho, cost);

    RowSums sum;
    for (std::size_t i = 0; i < nx; ++i) {
        // The momentum is velocity times density; the velocity also has a value where the density is zero.
        const Real by = 1 / (rho[i] + shift), vx = ax[i] * by, vy = ay[i] * by;
        sum.transport += a.transport_weight / 2 * rho[i] * (vx * vx + vy * vy);
        sum.running += cost[i] * rho[i];
        const Real cx = (tx[i] + tx[i + 1]) / 2 - rho[i] * vx, cy = (ty[i] + ty[nx + i]) / 2 - rho[i] * vy,
                   cr = speed * ((s0[i] + s1[i]) / 2 - rho[i]);
        sum.gap += cx * cx + cy * cy + cr * cr;
        sum.length += rho[i] * rho[i] * (vx * vx + vy * vy + speed * speed);
        const Real next_x = a.transport_weight * vx, next_y = a.transport_weight * vy,
                   next_r = sigma * (ar[i] - speed * rho[i]);
        const Real dx = next_x - px[i], dy = next_y - py[i], dr = next_r - pr[i];
        sum.changed += dx * dx + dy * dy + dr * dr;
        sum.dual += next_x * next_x + next_y * next_y + next_r * next_r;
        px[i] += a.relaxation * dx;
        py[i] += a.relaxation * dy;
        pr[i] += a.relaxation * dr;
    }
    return sum;
}

/// The dual variables of row j of cells at the last time.
RowSums PotentialSolver::Level::ascend_at_end(const Ascent& a, std::size_t j)
{
    const std::size_t nx = grid.nx;
    const Real sigma = a.sigma, unit = terminal_factor * speed;
    thread_local std::vector<Real> work;
    work.resize(2 * nx);
    Real *centre = work.data(), *cost = centre + nx;
    const Real *r = &flow.density(grid.nt, j * nx), *s = &trial.density(grid.nt, j * nx);
    Real *p = &dual_end(0, j * nx), *rho = &density_end(0, j * nx);
    for (std::size_t i = 0; i < nx; ++i) centre[i] = p[i] / (sigma * unit) + 2 * s[i] - r[i];
    // The terminal cost is for a whole node of time, all others are for an interval.
    const Real stiffness = grid.dt() * sigma * unit * unit;
    minimise(a.terminal, {nx, &points(j, 0), nullptr, centre, 0, stiffness, grid.horizon}, rho, cost);

    RowSums sum;
    for (std::size_t i = 0; i < nx; ++i) {
        const Real next = sigma * unit * (centre[i] - rho[i]), change = next - p[i], miss = unit * (s[i] - rho[i]);
        sum.terminal += cost[i] * rho[i];
        sum.gap += miss * miss;
        sum.length += unit * unit * rho[i] * rho[i];
        sum.changed += change * change;
        sum.dual += next * next;
        p[i] += a.relaxation * change;
    }
    return sum;
}

PotentialSolver::PotentialSolver(const MeanFieldGame& game, const PotentialSolverSettings& settings)
    : game_(game),
      settings_(settings),
      running_(game, game.coupling(), CostPart::running),
      terminal_(game, game.coupling(), CostPart::terminal)
{
    const Window& d = settings_.domain;
    if (!(d.x_low < d.x_high && d.y_low < d.y_high))
        throw Error("grid: the domain needs x_low < x_high, y_low < y_high");
    if (settings_.iterations.size() != 1 && settings_.iterations.size() != static_cast<std::size_t>(settings_.levels))
        throw Error("grid: iterations needs one entry or one per level");
    settings_.iterations.resize(static_cast<std::size_t>(settings_.levels), settings_.iterations.front());
    if (settings_.speed == 0) settings_.speed = std::max(d.x_high - d.x_low, d.y_high - d.y_low) / game.horizon();
    at_ = make_level(0, nullptr);
}

PotentialSolver::~PotentialSolver() = default;

SpaceTimeGrid PotentialSolver::grid_of(std::size_t level) const
{
    const int coarser = settings_.levels - 1 - static_cast<int>(level);
    const auto size = [&](int finest, int min) {
        return static_cast<std::size_t>(std::max(std::min(finest, min), (finest + (1 << coarser) - 1) >> coarser));
    };
    const std::size_t cells = size(settings_.cells, 4);
    return {settings_.domain, game_.horizon(), cells, cells, size(settings_.time_intervals, 2)};
}

std::unique_ptr<PotentialSolver::Level> PotentialSolver::make_level(std::size_t level, const Level* coarser) const
{
    const SpaceTimeGrid grid = grid_of(level);
    const Matrix initial = cell_means(game_.initial_density(), grid);
    if (!(std::accumulate(initial.begin(), initial.end(), Real(0)) > 0))
        throw Error("grid: the domain holds nothing of the initial density; give another domain");
    auto made = std::make_unique<Level>(grid, settings_.speed, initial);
    if (coarser) made->start_from(*coarser);
    return made;
}

SolverReport PotentialSolver::step()
{
    while (!is_last() && (residual_ < settings_.tolerance || exhausted())) {
        coarser_.push_back(objective());
        at_ = make_level(++level_, at_.get());
        iteration_in_level_ = 0;
        residual_ = 1;
    }
    // The natural unit of sigma is a1 over a density; six times the mean over the domain is one that is met by agents.
    const Window& d = settings_.domain;
    const Real density_met = 6 / ((d.x_high - d.x_low) * (d.y_high - d.y_low));
    const Real a1 = game_.weights().transport, sigma = settings_.step * a1 / density_met;
    at_->descend(1 / sigma);
    at_->ascend({running_, terminal_, a1, sigma, settings_.relaxation});
    ++iteration_in_level_;

    // Rows are added in their order: the sums do not depend on the number of threads.
    const auto sum = [&](Real RowSums::*which) {
        return std::accumulate(at_->sums.begin(), at_->sums.end(), Real(0),
                               [&](Real before, const RowSums& row) { return before + row.*which; });
    };
    residual_ = std::max(std::sqrt(sum(&RowSums::gap) / sum(&RowSums::length)),
                         std::sqrt(sum(&RowSums::changed) / sum(&RowSums::dual)));
    const Real area = at_->grid.hx() * at_->grid.hy(), volume = area * at_->grid.dt();
    terms_ = {volume * sum(&RowSums::transport), volume * sum(&RowSums::running), area * sum(&RowSums::terminal)};
    if (iteration_in_level_ == 1 || (settings_.tolerance > 0 && residual_ > 10 * settings_.tolerance)) {
        earlier_residual_ = residual_;
        earlier_objective_ = objective();
    }
    return {objective(), terms_, residual_, static_cast<int>(level_)};
}

Measures PotentialSolver::measures() const
{
    // Errors fall to between a half and a quarter from level to level: the order of the scheme is two where solutions
    // are smooth, and the observed one may be larger by chance.
    const auto change = [&](std::size_t level) {
        return std::abs((level + 1 < coarser_.size() ? coarser_[level + 1] : objective()) - coarser_[level]);
    };
    Real grid = std::numeric_limits<Real>::quiet_NaN();
    if (const std::size_t n = coarser_.size(); n == 1) grid = change(0);
    if (const std::size_t n = coarser_.size(); n > 1) {
        const Real last = change(n - 1), before = change(n - 2);
        grid = before >= 4 * last ? before / 12 : last / (std::max<Real>(before / last, 2) - 1);
    }
    // Errors of the iteration fall with the residual.
    const Real factor = earlier_residual_ / residual_;
    const Real iteration = std::abs(objective() - earlier_objective_) / (factor > 2 ? factor - 1 : 1);
    const Real size = std::abs(terms_(0)) + std::abs(terms_(1)) + std::abs(terms_(2));
    return {{"discretisation", {{"error", grid / size}, {"iteration_error", iteration / size}}}};
}

void PotentialSolver::state(Archive& archive)
{
    std::size_t level = level_;
    archive("grid_level", level);
    if (archive.loading()) {
        if (level >= settings_.iterations.size()) throw Error("checkpoint: it has more levels than the run");
        level_ = level;
        at_ = make_level(level, nullptr);
    }
    archive("iteration_in_level", iteration_in_level_);
    archive("residual", residual_);
    archive("terms", terms_, 3);
    Vector coarser = make_vector(level_);
    std::copy(coarser_.begin(), coarser_.end(), coarser.begin());
    archive("coarser", coarser, level_);
    coarser_.assign(coarser.begin(), coarser.end());
    archive("earlier_residual", earlier_residual_);
    archive("earlier_objective", earlier_objective_);
    Level& at = *at_;
    for (const auto& [name, array] :
         {std::pair{"density", &at.flow.density}, std::pair{"momentum_x", &at.flow.momentum_x},
          std::pair{"momentum_y", &at.flow.momentum_y}, std::pair{"dual_x", &at.dual_x},
          std::pair{"dual_y", &at.dual_y}, std::pair{"dual_density", &at.dual_density},
          std::pair{"dual_end", &at.dual_end}, std::pair{"found", &at.density},
          std::pair{"found_end", &at.density_end}}) {
        const auto shape = array->shape();
        archive(name, *array);
        if (array->shape() != shape)
            throw Error("checkpoint: the grid differs; it was written by another configuration");
    }
}

Vector PotentialSolver::parameters() const
{
    std::unique_ptr<Level> finer;
    const Level* at = at_.get();
    for (std::size_t level = level_ + 1; level < settings_.iterations.size(); ++level) {
        finer = make_level(level, at);
        at = finer.get();
    }
    // The dual variable of a momentum is a1 times the velocity, also where nobody is.
    const Real a1 = game_.weights().transport;
    const Matrix velocity_x = at->dual_x / a1, velocity_y = at->dual_y / a1;
    Vector parameters = make_vector(grid_layout(at->grid).size());
    auto to = parameters.begin();
    for (const Matrix* array :
         {&at->flow.density, &at->flow.momentum_x, &at->flow.momentum_y, &velocity_x, &velocity_y})
        to = std::copy(array->begin(), array->end(), to);
    return parameters;
}

}  // namespace mfg
