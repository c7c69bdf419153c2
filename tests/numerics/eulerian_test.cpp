#include <mfg/assessment/assessment.hpp>
#include <mfg/assessment/grid_comparison.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/game/coupling.hpp>
#include <mfg/method.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/run/run_directory.hpp>
#include "methods/eulerian/continuity_projection.hpp"
#include "methods/eulerian/grid_solution.hpp"
#include "methods/eulerian/potential_solver.hpp"
#include "methods/eulerian/proximal.hpp"

#include "catch.hpp"
#include "unit/scratch.hpp"

#include <algorithm>
#include <cmath>

using namespace mfg;

namespace {

Matrix random_matrix(std::size_t rows, std::size_t columns, const std::string& name)
{
    Matrix m = make_matrix(rows, columns);
    RandomStream(3, name).normal(0, static_cast<int>(m.size()), m.data());
    return m;
}

Flow random_flow(const SpaceTimeGrid& g)
{
    Flow flow{random_matrix(g.nt + 1, g.cells(), "density"), random_matrix(g.nt, g.ny * (g.nx + 1), "x"),
              random_matrix(g.nt, (g.ny + 1) * g.nx, "y")};
    for (std::size_t k = 0; k < g.nt; ++k) {
        for (std::size_t j = 0; j < g.ny; ++j)
            flow.momentum_x(k, j * (g.nx + 1)) = flow.momentum_x(k, j * (g.nx + 1) + g.nx) = 0;
        for (std::size_t i = 0; i < g.nx; ++i) flow.momentum_y(k, i) = flow.momentum_y(k, g.ny * g.nx + i) = 0;
    }
    return flow;
}

Real largest(const Matrix& m)
{
    Real result = 0;
    for (const Real x : m) result = std::max(result, std::abs(x));
    return result;
}

/// Gaussians in the plane with costs to choose from.
struct Toy final : MeanFieldGame {
    enum class Cost { none, preference, entropy, congestion };

    explicit Toy(Cost cost_ = Cost::none, Real centre = 0, Real variance = 0.09)
        : cost(cost_), initial(gaussian(centre, variance)), target(gaussian(0.2, 0.09))
    {
    }
    static Gaussian gaussian(Real centre, Real variance) { return {make_vector(2, centre), make_vector(2, variance)}; }

    int dimension() const override { return 2; }
    CostWeights weights() const override { return {2, 3, 4}; }
    const Density& initial_density() const override { return initial; }
    Jet running_cost(const State& s) const override
    {
        switch (cost) {
            case Cost::none:
                return {};
            case Cost::preference:
                return norm_squared(s.x) - s.t;
            case Cost::entropy:
                return norm_squared(s.x) + Real(0.1) * s.log_density;
            case Cost::congestion:
                return exp(Real(1.5) * s.log_density);
        }
        return {};
    }
    Jet terminal_cost(const State& s) const override { return s.log_density - target.log_density(s.x); }

    Cost cost;
    Gaussian initial, target;
};

}  // namespace

TEST_CASE("the Poisson solver solves the dense system", "[eulerian]")
{
    const SpaceTimeGrid g{{0, 2, 0, 3}, 1, 4, 3, 3};
    const Real b = 0.7;
    const Matrix u = random_matrix(g.nt, g.cells(), "u");
    Matrix f = make_matrix(g.nt, g.cells());
    for (std::size_t k = 0; k < g.nt; ++k) {
        for (std::size_t j = 0; j < g.ny; ++j) {
            for (std::size_t i = 0; i < g.nx; ++i) {
                const Real here = u(k, j * g.nx + i);
                Real sum = b * (k == 0 ? here : 2 * here);
                if (k > 0) sum -= b * u(k - 1, j * g.nx + i);
                if (k + 1 < g.nt) sum -= b * u(k + 1, j * g.nx + i);
                const Real by_x = 1 / (g.hx() * g.hx()), by_y = 1 / (g.hy() * g.hy());
                if (i > 0) sum += by_x * (here - u(k, j * g.nx + i - 1));
                if (i + 1 < g.nx) sum += by_x * (here - u(k, j * g.nx + i + 1));
                if (j > 0) sum += by_y * (here - u(k, (j - 1) * g.nx + i));
                if (j + 1 < g.ny) sum += by_y * (here - u(k, (j + 1) * g.nx + i));
                f(k, j * g.nx + i) = sum;
            }
        }
    }
    SpaceTimePoisson(g, b).solve(f);
    CHECK(largest(f - u) < 1e-12);
}

TEST_CASE("the projection satisfies continuity, keeps the start, and is orthogonal", "[eulerian]")
{
    const SpaceTimeGrid g{{-1, 1, -2, 2}, 0.5, 12, 9, 5};
    const Real speed = 3;
    const Flow before = random_flow(g);
    Flow after = before;
    ContinuityProjection projection(g, speed);
    projection.project(after);
    Matrix residual = make_matrix(g.nt, g.cells());
    continuity_residual(g, before, residual);
    const Real scale = largest(residual);
    continuity_residual(g, after, residual);
    CHECK(largest(residual) < 1e-12 * scale);
    for (std::size_t c = 0; c < g.cells(); ++c) REQUIRE(after.density(0, c) == before.density(0, c));

    // Any other flow that satisfies the equation from the same start is further away: the change is orthogonal to it.
    Flow other = before;
    for (Real& m : other.momentum_x) m *= 2;
    for (Real& rho : other.density) rho *= Real(0.5);
    std::copy_n(before.density.begin(), g.cells(), other.density.begin());
    projection.project(other);
    Real product = 0, length = 0;
    const auto add = [&](const Matrix& a, const Matrix& p, const Matrix& q, Real weight) {
        for (std::size_t i = 0; i < a.size(); ++i) {
            product += weight * (p.data()[i] - a.data()[i]) * (q.data()[i] - p.data()[i]);
            length += weight * (p.data()[i] - a.data()[i]) * (p.data()[i] - a.data()[i]);
        }
    };
    add(before.momentum_x, after.momentum_x, other.momentum_x, 1);
    add(before.momentum_y, after.momentum_y, other.momentum_y, 1);
    add(before.density, after.density, other.density, speed * speed);
    CHECK(std::abs(product) < 1e-10 * length);
}

TEST_CASE("the proximal step is the least of all densities", "[eulerian]")
{
    const std::size_t n = 64;
    for (const Toy::Cost kind : {Toy::Cost::none, Toy::Cost::preference, Toy::Cost::entropy, Toy::Cost::congestion}) {
        const Toy game(kind);
        for (const auto part : {CostPart::running, CostPart::terminal}) {
            const DensityCost cost(game, Coupling::potential, part);
            const Matrix points = random_matrix(2, n, "points"), centre = random_matrix(1, n, "centre");
            Matrix kinetic = random_matrix(1, n, "kinetic");
            for (std::size_t i = 0; i < n; ++i) kinetic(0, i) *= kinetic(0, i);
            ProximalRow row;
            row.size = n;
            row.points = points.data();
            row.kinetic = part == CostPart::running ? kinetic.data() : nullptr;
            row.centre = centre.data();
            row.shift = 0.3;
            row.stiffness = 2;
            row.t = 0.25;
            std::vector<Real> rho(n, 0.1), found_cost(n);
            minimise(cost, row, rho.data(), found_cost.data());

            const auto objective = [&](const std::vector<Real>& at) {
                std::vector<Real> w(n), c(n);
                for (std::size_t i = 0; i < n; ++i) w[i] = std::log(std::max(at[i], Real(1e-290)));
                cost.evaluate(row.t, points.data(), w.data(), n, c.data(), nullptr, nullptr);
                for (std::size_t i = 0; i < n; ++i) {
                    const Real k = row.kinetic ? kinetic(0, i) : 0, off = at[i] - centre(0, i);
                    c[i] = k / (at[i] + row.shift) + c[i] * at[i] + row.stiffness / 2 * off * off;
                }
                return c;
            };
            const std::vector<Real> least = objective(rho);
            for (int step = 0; step <= 400; ++step) {
                const std::vector<Real> other(n, 5 * std::pow(step / Real(400), 3));
                const std::vector<Real> value = objective(other);
                for (std::size_t i = 0; i < n; ++i) REQUIRE(value[i] >= least[i] - 1e-12);
            }
            // And nearby, where a small error would show.
            for (const Real factor : {0.999, 1.001}) {
                std::vector<Real> other = rho;
                for (Real& r : other) r *= factor;
                const std::vector<Real> value = objective(other);
                for (std::size_t i = 0; i < n; ++i) REQUIRE(value[i] >= least[i] - 1e-14);
            }
        }
    }
}

TEST_CASE("derivatives of a density's cost are those of differences", "[eulerian]")
{
    const Toy game(Toy::Cost::congestion);
    for (const Coupling coupling : {Coupling::potential, Coupling::game}) {
        const DensityCost cost(game, coupling, CostPart::running);
        const Real points[] = {0.3, -0.2}, w = -0.4, h = 1e-4, rho = std::exp(w);
        Real c = 0, slope = 0, curvature = 0;
        cost.evaluate(0.5, points, &w, 1, &c, &slope, &curvature);
        const auto product = [&](Real at) {
            const Real log_density = std::log(at);
            Real value = 0;
            cost.evaluate(0.5, points, &log_density, 1, &value, nullptr, nullptr);
            return value * at;
        };
        CHECK(product(rho) == Approx(c * rho));
        CHECK((product(rho + h) - product(rho - h)) / (2 * h) == Approx(slope).epsilon(1e-6));
        CHECK(rho * (product(rho + h) - 2 * product(rho) + product(rho - h)) / (h * h) ==
              Approx(curvature).epsilon(1e-5));
    }
}

TEST_CASE("a plain game with local costs has the exact density on the grid", "[eulerian]")
{
    Registry registry;
    const auto problem = registry.create<Problem>(
        "linear_quadratic", {{"viscosity", "0"}, {"initial_mean", "0.5"}, {"initial_deviation", "0.7"}});
    const MeanFieldGame& game = *problem->mean_field_game();
    std::vector<Real> errors;
    for (const int levels : {1, 2}) {
        PotentialSolverSettings settings;
        settings.cells = 16 * levels;
        settings.time_intervals = 8 * levels;
        settings.levels = levels;
        settings.iterations = {4000};
        settings.tolerance = 1e-5;
        settings.domain = {-3, 3.5, -3, 3};
        PotentialSolver solver(game, settings);
        while (!solver.finished()) solver.step();
        const GridSolution solution(game, solver.finest_grid(), solver.parameters());
        errors.push_back(solution.measures(RandomStream(1, "nothing is random"), 0).at("errors").at("density"));
    }
    INFO("density " << errors[0] << ", " << errors[1]);
    CHECK(errors[0] < 0.05);
    CHECK(errors[1] < 0.015);
}

TEST_CASE("the solver's cost converges to the exact one at first order at least", "[eulerian]")
{
    Registry registry;
    const auto problem = registry.create<Problem>("gaussian_transport", {});
    const MeanFieldGame& game = *problem->mean_field_game();
    Real exact = 0;
    const auto reference = problem->reference();
    for (const auto& term : reference->terms) exact += term.second;
    std::vector<Real> errors, density_errors;
    for (const int levels : {1, 2, 3}) {
        PotentialSolverSettings settings;
        settings.cells = 8 << levels;
        settings.time_intervals = 4 << levels;
        settings.levels = levels;
        settings.iterations = {4000};
        settings.tolerance = 2e-6;
        settings.domain = {-6, 6, -6, 6};
        PotentialSolver solver(game, settings);
        Real objective = 0;
        while (!solver.finished()) objective = solver.step().objective;
        errors.push_back(std::abs(objective - exact));
        const GridSolution solution(game, solver.finest_grid(), solver.parameters());
        const Measures measures = solution.measures(RandomStream(1, "nothing is random"), 0);
        density_errors.push_back(measures.at("errors").at("density"));
        CHECK(measures.at("grid").at("continuity") < 1e-9);
    }
    INFO("cost " << errors[0] << ", " << errors[1] << ", " << errors[2]);
    INFO("density " << density_errors[0] << ", " << density_errors[1] << ", " << density_errors[2]);
    for (std::size_t level : {1, 2}) {
        CHECK(errors[level] < errors[level - 1] / 2);
        CHECK(density_errors[level] < density_errors[level - 1] / 2);
    }
    CHECK(errors[2] < 1e-3 * exact);
}

TEST_CASE("the solver is the same for any number of threads, and after a checkpoint", "[eulerian]")
{
    const Toy game(Toy::Cost::entropy, -0.4);
    PotentialSolverSettings settings;
    settings.cells = 24;
    settings.time_intervals = 8;
    settings.levels = 2;
    settings.iterations = {12, 20};
    settings.domain = {-2, 2, -2, 2};
    const auto finish = [&](PotentialSolver& solver) {
        Real objective = 0;
        while (!solver.finished()) objective = solver.step().objective;
        return objective;
    };
    limit_threads(1);
    PotentialSolver one(game, settings);
    const Real expected = finish(one);
    CHECK(std::isfinite(expected));
    limit_threads(4);
    PotentialSolver four(game, settings);
    CHECK(finish(four) == expected);
    for (const int before : {7, 15}) {
        PotentialSolver first(game, settings), second(game, settings);
        for (int i = 0; i < before; ++i) first.step();
        Archive saved;
        first.state(saved);
        Archive loading(saved.items());
        second.state(loading);
        CHECK(finish(second) == expected);
        CHECK(second.measures() == one.measures());
    }
}

TEST_CASE("a solution that was saved gives the same velocities", "[eulerian]")
{
    const Toy game(Toy::Cost::preference, -0.4);
    PotentialSolverSettings settings;
    settings.cells = 12;
    settings.time_intervals = 6;
    settings.levels = 2;
    settings.iterations = {10, 10};
    settings.domain = {-2, 2, -2, 2};
    PotentialSolver solver(game, settings);
    while (!solver.finished()) solver.step();
    const SpaceTimeGrid g = solver.finest_grid();
    const GridSolution solved(game, g, solver.parameters());
    const Scratch directory;
    const RunDirectory run = RunDirectory::create(directory / "run");
    run.write_blocks(solved.layout(), solved.parameters());
    const GridSolution loaded(game, g, run.read_blocks(solved.layout()));

    // Some of the points are outside of the domain.
    const Matrix points = 2 * random_matrix(50, 2, "points");
    for (const Real t : {0.0, 0.4, 1.0}) {
        const Matrix v = solved.velocity_at(points, t);
        CHECK(largest(v) > 0.1);
        CHECK(largest(loaded.velocity_at(points, t) - v) < 1e-14 * largest(v));
    }

    // Linear between centres, and beyond the outermost ones as there.
    const Real xs[] = {g.x(3), g.x(4), g.x(3) + g.hx() / 4, g.x(11), g.domain.x_high + 1};
    Matrix row = make_matrix(5, 2);
    for (std::size_t i = 0; i < 5; ++i) {
        row(i, 0) = xs[i];
        row(i, 1) = 0.1;
    }
    const Matrix v = solved.velocity_at(row, 0.4);
    CHECK(v(0, 0) != v(1, 0));
    CHECK(v(2, 0) == Approx(0.75 * v(0, 0) + 0.25 * v(1, 0)));
    CHECK(v(4, 0) == Approx(v(3, 0)));

    settings.cells = 10;
    const ParameterLayout other = grid_layout(PotentialSolver(game, settings).finest_grid());
    CHECK_THROWS_WITH(run.read_blocks(other), ContainsSubstring("grid differs"));
}

TEST_CASE("the solver knows the errors of its grid and of its iteration", "[eulerian]")
{
    const Toy game(Toy::Cost::none, 0.8);
    const auto solve = [&](int cells, int levels, Real tolerance) {
        PotentialSolverSettings settings;
        settings.cells = cells;
        settings.time_intervals = cells / 2;
        settings.levels = levels;
        settings.tolerance = tolerance;
        settings.domain = {-1, 2, -1, 2};
        PotentialSolver solver(game, settings);
        SolverReport last;
        while (!solver.finished()) last = solver.step();
        // Relative to a sum of positive terms.
        REQUIRE(last.terms(0) > 0);
        REQUIRE(last.terms(2) > 0);
        return std::pair{last.objective, solver.measures().at("discretisation")};
    };
    const Real exact = solve(32, 4, 1e-5).first;
    for (const int cells : {8, 16}) {
        const auto [objective, known] = solve(cells, 3, 1e-5);
        const Real error = std::abs(objective - exact) / objective;
        INFO(cells << " cells: error " << error << ", known " << known.at("error"));
        CHECK(known.at("error") > error / 2);
        // Cautious: the coarsest grids hardly resolve the density.
        CHECK(known.at("error") < 40 * error);
    }
    const auto [objective, known] = solve(8, 2, 1e-3);
    const Real error = std::abs(objective - solve(8, 2, 1e-6).first) / objective;
    INFO("iteration: error " << error << ", known " << known.at("iteration_error"));
    CHECK(known.at("iteration_error") > error / 4);
    CHECK(known.at("iteration_error") < 20 * error);
    CHECK(std::isnan(solve(8, 1, 1e-3).second.at("error")));
}

TEST_CASE("an unfinished solver has a solution on the finest grid", "[eulerian]")
{
    Registry registry;
    const auto problem = registry.create<Problem>("gaussian_transport", {});
    const auto method = registry.create<Method>(
        "eulerian", {{"cells", "16"}, {"time_intervals", "6"}, {"levels", "3"}, {"domain", "-6,6,-6,6"}});
    const auto formulation = method->build({problem.get(), {}, nullptr});
    CHECK(formulation->players().empty());
    const auto solver = formulation->solver();
    REQUIRE(solver->step().level == 0);
    const Vector parameters = solver->parameters();
    REQUIRE(parameters.size() == formulation->layout().size());
    const auto solution = formulation->solution(parameters);

    // Errors are those of the cells, and no others.
    const Measures measures = assess(*solution, RandomStream(1, "assessment"), 64);
    REQUIRE(measures.at("errors").size() == 1);
    CHECK(measures.at("errors").at("density") > 0);
    CHECK(measures.at("grid").at("cells") == 16);
    CHECK(measures.at("grid").at("continuity") < 1e-9);

    // At the nodes of time and centres of cells the density is that of the cells.
    const SpaceTimeGrid g{{-6, 6, -6, 6}, problem->horizon(), 16, 16, 6};
    const std::size_t node = 2;
    const std::vector<FieldTable> tables =
        evaluate(*solution, with_time(*problem, g.centres(), static_cast<Real>(node) * g.dt()));
    REQUIRE(tables.front().name == "log_density");
    for (std::size_t c = 0; c < g.cells(); ++c) {
        const Real rho = parameters(node * g.cells() + c), found = std::exp(tables.front().value(c));
        if (rho > 0) CHECK_THAT(found, WithinRel(rho, 1e-9));
    }
}

TEST_CASE("the upwind scheme keeps the mass and converges at second order", "[eulerian]")
{
    // Carried by (1, 1/2) for half a unit of time, far from the boundary.
    const Toy game(Toy::Cost::none, -0.3, 0.02);
    const VelocityField constant = [](const Matrix& points, Real) {
        Matrix v = make_matrix(points.shape(0), 2);
        for (std::size_t i = 0; i < v.shape(0); ++i) {
            v(i, 0) = 1;
            v(i, 1) = 0.5;
        }
        return v;
    };
    Vector mean = make_vector(2);
    mean(0) = 0.2;
    mean(1) = -0.05;
    const Gaussian arrived(mean, make_vector(2, 0.02));
    std::vector<Real> errors;
    for (const std::size_t cells : {64, 128, 256}) {
        const SpaceTimeGrid g{{-1.5, 1.5, -1.5, 1.5}, 0.5, cells, cells, 4};
        const UpwindTransport carried = upwind_transport(game, constant, g, 0.5);
        CHECK(std::abs(carried.mass_after - carried.mass_before) < 1e-12);
        CHECK(carried.transport == Approx(2 * 0.5 * 1.25 / 2).epsilon(1e-3));
        const Matrix exact = cell_means(arrived, g);
        Real error = 0;
        for (std::size_t c = 0; c < g.cells(); ++c) error += std::abs(carried.density(4, c) - exact(0, c));
        errors.push_back(error * g.hx() * g.hy());
    }
    INFO("errors " << errors[0] << ", " << errors[1] << ", " << errors[2]);
    CHECK(errors[1] < errors[0] / 3);
    CHECK(errors[2] < errors[1] / 3);

    // Against a wall nothing is lost either, and densities stay above zero.
    const VelocityField outward = [](const Matrix& points, Real t) { return Matrix((3 + t) * points); };
    const SpaceTimeGrid g{{-1, 1, -1, 1}, 1, 32, 32, 4};
    const UpwindTransport pressed = upwind_transport(game, outward, g, 0.5);
    CHECK(std::abs(pressed.mass_after - pressed.mass_before) < 1e-12);
    CHECK(*std::min_element(pressed.density.begin(), pressed.density.end()) >= 0);
    CHECK(pressed.mass_at_walls > 0.5);
}

TEST_CASE("two solutions are compared by one scheme", "[eulerian]")
{
    const Toy game(Toy::Cost::preference, -0.4);
    PotentialSolverSettings settings;
    settings.cells = 16;
    settings.time_intervals = 8;
    settings.domain = {-2, 2, -2, 2};
    settings.iterations = {200};
    PotentialSolver solver(game, settings);
    const SpaceTimeGrid grid = solver.finest_grid(), cells{settings.domain, 1, 32, 32, 8};
    const GridSolution at_rest(game, grid, make_vector(grid_layout(grid).size()));
    while (!solver.finished()) solver.step();
    const GridSolution solved(game, grid, solver.parameters());

    const GridComparison found = compare_on_grid(at_rest, solved, cells);
    CHECK(found.network.transport == 0);
    CHECK(found.grid.transport > 0);
    CHECK(found.relative_difference ==
          Approx((found.network.objective() - found.grid.objective()) / std::abs(found.grid.objective())));
    // The minimum on a grid of 16 cells costs less than staying, by the scheme as well.
    CHECK(found.relative_difference > 0);
    CHECK(std::abs(found.network.mass_lost()) < 1e-12);
    CHECK(found.mass_outside == Approx(1 - found.grid.mass_before).margin(1e-15));
    CHECK(compare_on_grid(solved, solved, cells).relative_difference == 0);

    REQUIRE(found.figures.size() == 4);
    CHECK(found.figures[0].panels[1].name == "comparison_density_grid");
    const Panel& panel = found.figures[2].panels[1];
    CHECK(panel.name == "comparison_velocity_1_x_grid");
    const Matrix shown = std::get<Heatmap>(panel.content).values;
    const Matrix velocity = solved.velocity_at(cells.centres(), 0.5);
    std::size_t hidden = 0;
    for (std::size_t c = 0; c < cells.cells(); ++c) {
        const Real value = shown(c / cells.nx, c % cells.nx);
        if (std::isnan(value))
            ++hidden;
        else
            CHECK(value == velocity(c, 0));
    }
    CHECK(hidden > 0);
    CHECK(hidden < cells.cells());
}

TEST_CASE("problems that eulerian cannot solve are refused with the reason", "[eulerian]")
{
    Registry registry;
    const auto message = [&](const Problem& problem) -> std::string {
        try {
            registry.create<Method>("eulerian", {})->build({&problem, {}, nullptr});
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    };
    struct Viscous final : MeanFieldGame {
        Toy toy;
        int dimension() const override { return 2; }
        Real viscosity() const override { return 0.5; }
        const Density& initial_density() const override { return toy.initial; }
        Jet terminal_cost(const State& s) const override { return s.log_density; }
    };
    struct Game final : MeanFieldGame {
        Toy toy;
        int dimension() const override { return 2; }
        Coupling coupling() const override { return Coupling::game; }
        const Density& initial_density() const override { return toy.initial; }
        Jet terminal_cost(const State& s) const override { return s.log_density; }
    };
    struct Drifting final : MeanFieldGame {
        Toy toy;
        int dimension() const override { return 2; }
        Jet drift(const State& s) const override { return s.x; }
        const Density& initial_density() const override { return toy.initial; }
        Jet terminal_cost(const State& s) const override { return s.log_density; }
    };
    CHECK(message(*registry.create<Problem>("gaussian_transport", {{"dimension", "3"}})).find("dimension 3") !=
          std::string::npos);
    CHECK(
        message(*registry.create<Problem>("crowd_motion", {{"interaction_weight", "1"}})).find("interacting agents") !=
        std::string::npos);
    CHECK(message(*registry.create<Problem>("crowd_motion", {})).empty());
    CHECK(message(Viscous()).find("noise") != std::string::npos);
    CHECK(message(Game()).empty());
    CHECK(message(Drifting()).find("drift") != std::string::npos);
    CHECK(message(Toy()).empty());
}
