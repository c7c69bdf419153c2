#include "potential_solver.hpp"
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/parallel.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mfg {
namespace {

/// The terminal density enters the pairing with this factor, so that averaging and it together have norm <= 1.
const Real terminal_factor = std::sqrt(Real(0.5));

SpaceTimeGrid grid_of_level(const MeanFieldGame& game, const PotentialSolverSettings& s, std::size_t level)
{
    const int coarser = s.levels - 1 - static_cast<int>(level);
    const auto size = [&](int finest, int least) {
        return static_cast<std::size_t>(std::max(least, (finest + (1 << coarser) - 1) >> coarser));
    };
    const std::size_t cells = size(s.cells, std::min(s.cells, 4));
    return {s.domain, game.horizon(), cells, cells, size(s.time_intervals, std::min(s.time_intervals, 2))};
}

/// Costs and squared lengths summed over a row of cells.
struct RowSums {
    Real transport = 0, running = 0, terminal = 0;
    Real gap = 0, length = 0;     ///< between averages of the flow and what the proximal steps found; of the latter
    Real changed = 0, price = 0;  ///< of the prices in this step, and of the prices
};

/// Rows are added in their order: the sums do not depend on the number of threads.
RowSums sum_of(const std::vector<RowSums>& rows)
{
    RowSums sum;
    for (const RowSums& row : rows) {
        sum.transport += row.transport;
        sum.running += row.running;
        sum.terminal += row.terminal;
        sum.gap += row.gap;
        sum.length += row.length;
        sum.changed += row.changed;
        sum.price += row.price;
    }
    return sum;
}

}  // namespace

/// The iteration on one grid. Prices are the dual variables: of the momenta at cell centres, of the density there (each
/// `[nt x cells]`) and of the terminal density. Densities count with the factor `speed`, which gives them the unit of a
/// momentum.
struct PotentialSolver::Level {
    Level(const SpaceTimeGrid& g, Real speed_, const Matrix& initial)
        : grid(g),
          speed(speed_),
          projection(g, speed_),
          flow(Flow::at_rest(g, initial)),
          trial(flow),
          dual_x(make_matrix(g.nt, g.cells())),
          dual_y(dual_x),
          dual_density(dual_x),
          dual_end(make_matrix(1, g.cells())),
          density(make_matrix(g.nt, g.cells())),
          density_end(make_matrix(1, g.cells())),
          points(g.centres()),
          sums((g.nt + 1) * g.ny)
    {
        for (std::size_t k = 0; k < g.nt; ++k) std::copy(initial.begin(), initial.end(), &density(k, 0));
        density_end = initial;
        by_row = make_matrix(g.ny, 2 * g.nx);
        for (std::size_t j = 0; j < g.ny; ++j) {
            for (std::size_t i = 0; i < g.nx; ++i) {
                by_row(j, i) = g.x(i);
                by_row(j, g.nx + i) = g.y(j);
            }
        }
    }

    void descend(Real tau);
    void ascend(const DensityCost& running, const DensityCost& terminal, Real transport_weight, Real sigma,
                Real relaxation);

    SpaceTimeGrid grid;
    Real speed;
    ContinuityProjection projection;
    Flow flow, trial;
    Matrix dual_x, dual_y, dual_density, dual_end;
    Matrix density, density_end;  ///< that the proximal steps have found; their next start
    Matrix points, by_row;
    std::vector<RowSums> sums;  ///< of the rows of all intervals, then of the last time
};

/// trial = projection of flow - tau K' prices.
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

/// Prices = proximal step of the conjugate at prices + sigma K(2 trial - flow); both are then over-relaxed.
void PotentialSolver::Level::ascend(const DensityCost& running, const DensityCost& terminal, Real transport_weight,
                                    Real sigma, Real relaxation)
{
    const std::size_t nx = grid.nx, ny = grid.ny, nt = grid.nt;
    const Real shift = transport_weight / sigma;
    parallel_rows(nt * ny, 64 * nx, [&](std::size_t begin, std::size_t end) {
        thread_local std::vector<Real> work;
        work.resize(6 * nx);
        Real *ax = work.data(), *ay = ax + nx, *kinetic = ay + nx, *centre = kinetic + nx, *cost = centre + nx,
             *ar = cost + nx;
        for (std::size_t row = begin; row < end; ++row) {
            const std::size_t k = row / ny, j = row % ny;
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
                kinetic[i] = transport_weight / 2 * (ax[i] * ax[i] + ay[i] * ay[i]);
                centre[i] = ar[i] / speed;
            }
            ProximalRow problem;
            problem.size = nx;
            problem.points = &by_row(j, 0);
            problem.kinetic = kinetic;
            problem.centre = centre;
            problem.shift = shift;
            problem.stiffness = sigma * speed * speed;
            problem.t = grid.dt() * (static_cast<Real>(k) + Real(0.5));
            minimise(running, problem, rho, cost);

            Real transport = 0, running_cost = 0, length = 0, changed = 0, gap = 0, price = 0;
            for (std::size_t i = 0; i < nx; ++i) {
                // The momentum is velocity times density; the velocity also has a value where the density is zero.
                const Real by = 1 / (rho[i] + shift), vx = ax[i] * by, vy = ay[i] * by;
                transport += transport_weight / 2 * rho[i] * (vx * vx + vy * vy);
                running_cost += cost[i] * rho[i];
                const Real cx = (tx[i] + tx[i + 1]) / 2 - rho[i] * vx, cy = (ty[i] + ty[nx + i]) / 2 - rho[i] * vy,
                           cr = speed * ((s0[i] + s1[i]) / 2 - rho[i]);
                gap += cx * cx + cy * cy + cr * cr;
                length += rho[i] * rho[i] * (vx * vx + vy * vy + speed * speed);
                const Real nxp = transport_weight * vx, nyp = transport_weight * vy,
                           nrp = sigma * (ar[i] - speed * rho[i]);
                const Real dx = nxp - px[i], dy = nyp - py[i], dr = nrp - pr[i];
                changed += dx * dx + dy * dy + dr * dr;
                price += nxp * nxp + nyp * nyp + nrp * nrp;
                px[i] += relaxation * dx;
                py[i] += relaxation * dy;
                pr[i] += relaxation * dr;
            }
            sums[row] = {transport, running_cost, 0, gap, length, changed, price};
        }
    });
    parallel_rows(ny, 64 * nx, [&](std::size_t begin, std::size_t end) {
        thread_local std::vector<Real> work;
        work.resize(2 * nx);
        Real *centre = work.data(), *cost = centre + nx;
        for (std::size_t j = begin; j < end; ++j) {
            const Real *r = &flow.density(nt, j * nx), *s = &trial.density(nt, j * nx);
            Real *p = &dual_end(0, j * nx), *rho = &density_end(0, j * nx);
            const Real unit = terminal_factor * speed;
            for (std::size_t i = 0; i < nx; ++i) centre[i] = p[i] / (sigma * unit) + 2 * s[i] - r[i];
            ProximalRow problem;
            problem.size = nx;
            problem.points = &by_row(j, 0);
            problem.centre = centre;
            // The terminal cost is for a whole node of time, all others are for an interval.
            problem.stiffness = grid.dt() * sigma * unit * unit;
            problem.t = grid.horizon;
            minimise(terminal, problem, rho, cost);
            RowSums& sum = sums[nt * ny + j];
            sum = {};
            for (std::size_t i = 0; i < nx; ++i) {
                const Real next = sigma * unit * (centre[i] - rho[i]), change = next - p[i],
                           miss = unit * (s[i] - rho[i]);
                sum.terminal += cost[i] * rho[i];
                sum.gap += miss * miss;
                sum.length += unit * unit * rho[i] * rho[i];
                sum.changed += change * change;
                sum.price += next * next;
                p[i] += relaxation * change;
            }
        }
    });
    const auto relax = [&](Matrix& values, const Matrix& target) {
        const std::size_t columns = values.shape(1);
        parallel_rows(values.shape(0), 2 * columns, [&](std::size_t begin, std::size_t end) {
            for (std::size_t k = begin; k < end; ++k) {
                Real* to = &values(k, 0);
                const Real* from = &target(k, 0);
                for (std::size_t i = 0; i < columns; ++i) to[i] += relaxation * (from[i] - to[i]);
            }
        });
    };
    relax(flow.density, trial.density);
    relax(flow.momentum_x, trial.momentum_x);
    relax(flow.momentum_y, trial.momentum_y);
}

PotentialSolver::PotentialSolver(const MeanFieldGame& game, const PotentialSolverSettings& settings)
    : game_(game),
      settings_(settings),
      running_(game, DensityCost::Part::running),
      terminal_(game, DensityCost::Part::terminal)
{
    const Window& d = settings_.domain;
    if (!(d.x_low < d.x_high && d.y_low < d.y_high))
        throw Error("grid: the domain needs x_low < x_high, y_low < y_high");
    if (settings_.iterations.size() != 1 && settings_.iterations.size() != static_cast<std::size_t>(settings_.levels))
        throw Error("grid: iterations needs one entry or one a level");
    settings_.iterations.resize(static_cast<std::size_t>(settings_.levels), settings_.iterations.front());
    if (settings_.speed == 0) settings_.speed = std::max(d.x_high - d.x_low, d.y_high - d.y_low) / game.horizon();
    start_level();
}

PotentialSolver::~PotentialSolver() = default;

/// The grid of the current level, with what the last one has found.
void PotentialSolver::start_level()
{
    const SpaceTimeGrid grid = grid_of_level(game_, settings_, level_);
    const Matrix initial = cell_means(game_.initial_density(), grid);
    auto next = std::make_unique<Level>(grid, settings_.speed, initial);
    if (!(std::accumulate(initial.begin(), initial.end(), Real(0)) > 0))
        throw Error("grid: the domain holds nothing of the initial density; give another domain");
    if (at_) {
        const SpaceTimeGrid& old = at_->grid;
        const Axis nodes{old.nt + 1, grid.nt + 1, Placement::nodes}, once{1, 1, Placement::nodes};
        const Axis intervals{old.nt, grid.nt, Placement::centres};
        const Axis x{old.nx, grid.nx, Placement::centres}, faces_x{old.nx + 1, grid.nx + 1, Placement::nodes};
        const Axis y{old.ny, grid.ny, Placement::centres}, faces_y{old.ny + 1, grid.ny + 1, Placement::nodes};
        next->flow.density = interpolate(at_->flow.density, nodes, y, x);
        std::copy(initial.begin(), initial.end(), next->flow.density.begin());
        next->flow.momentum_x = interpolate(at_->flow.momentum_x, intervals, y, faces_x);
        next->flow.momentum_y = interpolate(at_->flow.momentum_y, intervals, faces_y, x);
        // Else the violation would stay: the over-relaxed iteration shrinks it slowly.
        next->projection.project(next->flow);
        next->trial = next->flow;
        next->dual_x = interpolate(at_->dual_x, intervals, y, x);
        next->dual_y = interpolate(at_->dual_y, intervals, y, x);
        next->dual_density = interpolate(at_->dual_density, intervals, y, x);
        // Prices of the last node are for one interval's length.
        next->dual_end = interpolate(at_->dual_end, once, y, x);
        next->dual_end *= old.dt() / grid.dt();
        next->density = interpolate(at_->density, intervals, y, x);
        next->density_end = interpolate(at_->density_end, once, y, x);
    }
    at_ = std::move(next);
    iteration_in_level_ = 0;
    residual_ = 1;
}

std::uint64_t PotentialSolver::max_steps() const
{
    return std::accumulate(settings_.iterations.begin(), settings_.iterations.end(), std::uint64_t{0});
}

SolverReport PotentialSolver::step()
{
    const auto over = [&] {
        return residual_ < settings_.tolerance ||
               iteration_in_level_ >= static_cast<std::uint64_t>(settings_.iterations[level_]);
    };
    while (over() && level_ + 1 < settings_.iterations.size()) {
        ++level_;
        start_level();
    }
    Level& at = *at_;
    // The natural unit of sigma is a1 over a density; six times the mean over the domain is one that is met by agents.
    const Window& d = settings_.domain;
    const Real density_met = 6 / ((d.x_high - d.x_low) * (d.y_high - d.y_low));
    const Real sigma = settings_.step * game_.weights().transport / density_met, tau = 1 / sigma;
    at.descend(tau);
    at.ascend(running_, terminal_, game_.weights().transport, sigma, settings_.relaxation);
    ++iteration_in_level_;

    const Real area = at.grid.hx() * at.grid.hy(), volume = area * at.grid.dt();
    SolverReport report;
    report.terms = make_vector(3);
    const RowSums sum = sum_of(at.sums);
    report.terms(0) = volume * sum.transport;
    report.terms(1) = volume * sum.running;
    report.terms(2) = area * sum.terminal;
    report.objective = report.terms(0) + report.terms(1) + report.terms(2);
    residual_ = std::max(std::sqrt(sum.gap / sum.length), std::sqrt(sum.changed / sum.price));
    report.residual = residual_;
    report.level = static_cast<int>(level_);
    return report;
}

bool PotentialSolver::finished() const
{
    return level_ + 1 == settings_.iterations.size() &&
           (converged() || iteration_in_level_ >= static_cast<std::uint64_t>(settings_.iterations[level_]));
}

bool PotentialSolver::converged() const
{
    return level_ + 1 == settings_.iterations.size() && residual_ < settings_.tolerance;
}

void PotentialSolver::state(Archive& archive)
{
    std::size_t level = level_;
    archive("grid_level", level);
    if (archive.loading()) {
        if (level >= settings_.iterations.size()) throw Error("checkpoint: it has more levels than the run");
        at_.reset();
        level_ = level;
        start_level();
    }
    archive("iteration_in_level", iteration_in_level_);
    archive("residual", residual_);
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

void PotentialSolver::solution(Archive& archive)
{
    if (archive.loading()) {
        at_.reset();
        level_ = settings_.iterations.size() - 1;
        start_level();
    }
    Level& at = *at_;
    Matrix velocity_x = at.dual_x, velocity_y = at.dual_y;
    const Real a1 = game_.weights().transport;
    velocity_x /= a1;
    velocity_y /= a1;
    for (const auto& [name, array] :
         {std::pair{"density", &at.flow.density}, std::pair{"momentum_x", &at.flow.momentum_x},
          std::pair{"momentum_y", &at.flow.momentum_y}, std::pair{"velocity_x", &velocity_x},
          std::pair{"velocity_y", &velocity_y}}) {
        const auto shape = array->shape();
        archive(name, *array);
        if (array->shape() != shape) throw Error("solution: the grid differs; it was written by another configuration");
    }
    at.dual_x = a1 * velocity_x;
    at.dual_y = a1 * velocity_y;
}

const SpaceTimeGrid& PotentialSolver::grid() const
{
    return at_->grid;
}

const Flow& PotentialSolver::flow() const
{
    return at_->flow;
}

Matrix PotentialSolver::velocity(const Matrix& points, Real t) const
{
    const SpaceTimeGrid& g = at_->grid;
    const Real a1 = game_.weights().transport;
    const auto among_centres = [](std::size_t count, Real cells) { return place_among(count, cells - Real(0.5)); };
    const Place k = among_centres(g.nt, t / g.dt());
    Matrix result = make_matrix(points.shape(0), 2);
    parallel_rows(points.shape(0), 32, [&](std::size_t begin, std::size_t end) {
        for (std::size_t n = begin; n < end; ++n) {
            const Place i = among_centres(g.nx, (points(n, 0) - g.domain.x_low) / g.hx());
            const Place j = among_centres(g.ny, (points(n, 1) - g.domain.y_low) / g.hy());
            for (std::size_t axis = 0; axis < 2; ++axis) {
                const Matrix& price = axis == 0 ? at_->dual_x : at_->dual_y;
                Real sum = 0;
                for (std::size_t c = 0; c < 8; ++c) {
                    const bool high_t = c & 4, high_y = c & 2, high_x = c & 1;
                    const Real share = (high_t ? k.share_above : 1 - k.share_above) *
                                       (high_y ? j.share_above : 1 - j.share_above) *
                                       (high_x ? i.share_above : 1 - i.share_above);
                    const std::size_t column = (high_y ? j.above : j.below) * g.nx + (high_x ? i.above : i.below);
                    sum += share * price(high_t ? k.above : k.below, column);
                }
                result(n, axis) = sum / a1;
            }
        }
    });
    return result;
}

std::map<std::string, Real> PotentialSolver::reference_errors() const
{
    const auto reference = game_.reference();
    if (!reference || !reference->log_density) return {};
    const SpaceTimeGrid& g = at_->grid;
    Real error = 0, norm = 0;
    for (std::size_t k = 0; k <= g.nt; ++k) {
        const Real t = static_cast<Real>(k) * g.dt();
        const Matrix exact = map_points(at_->points, 1, [&](Tape& tape, const Variable& x) {
            return reference->log_density({Jet(x), Jet(tape.constant(1, x.columns(), t)), {}}).value();
        });
        for (std::size_t c = 0; c < g.cells(); ++c) {
            const Real rho = std::exp(exact(c, 0)), difference = at_->flow.density(k, c) - rho;
            error += difference * difference;
            norm += rho * rho;
        }
    }
    return {{"density", std::sqrt(error / norm)}};
}

Real PotentialSolver::mass_outside() const
{
    const SpaceTimeGrid& g = at_->grid;
    Real inside = 0;
    for (std::size_t c = 0; c < g.cells(); ++c) inside += at_->flow.density(0, c);
    return 1 - inside * g.hx() * g.hy();
}

Real PotentialSolver::continuity_violation() const
{
    const SpaceTimeGrid& g = at_->grid;
    Matrix residual = make_matrix(g.nt, g.cells());
    continuity_residual(g, at_->flow, residual);
    Real largest = 0;
    for (const Real r : residual) largest = std::max(largest, std::abs(r));
    return largest * g.horizon * g.hx() * static_cast<Real>(g.nx) * g.hy() * static_cast<Real>(g.ny);
}

}  // namespace mfg
