#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/agent_law.hpp>
#include <mfg/game/coupling.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/game/interaction.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/game/walls.hpp>
#include <mfg/random/random.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mfg {
namespace {

/// An explicit Runge-Kutta scheme whose stages need only the last one: node, and weight in the step.
struct Stage {
    Real node, weight;
};

const std::vector<Stage>& stages_of(SimulationSettings::Scheme scheme)
{
    static const std::vector<Stage> midpoint{{0, 0}, {0.5, 1}};
    static const std::vector<Stage> rk4{{0, Real(1) / 6}, {0.5, Real(1) / 3}, {0.5, Real(1) / 3}, {1, Real(1) / 6}};
    return scheme == SimulationSettings::Scheme::midpoint ? midpoint : rk4;
}

/// x and the integral of div v along characteristics, on the tape.
class PathSystem final : public OdeSystem {
public:
    PathSystem(const Solution& solution, Tape& tape, bool with_divergence)
        : solution_(solution), tape_(tape), with_divergence_(with_divergence)
    {
    }

    OdeState derivative(Real t, const OdeState& y) const override
    {
        const Variable points = vconcat({y[0], tape_.constant(1, y[0].columns(), t)});
        const Fields f = solution_.fields(tape_, points, with_divergence_ ? 2 : 1, solution_.control_part());
        const Variable velocity = solution_.velocity(f).value();
        if (!with_divergence_) return {velocity};
        const FieldValues w = solution_.log_density_values(f);
        const Hamiltonian h(*solution_.problem().mean_field_game(), f, w.value, true);
        return {velocity, h.velocity_divergence(f.unknowns[0].values, w).value()};
    }

private:
    const Solution& solution_;
    Tape& tape_;
    bool with_divergence_;
};

class Simulator {
public:
    Simulator(const Solution& solution, const Matrix& starts, const SimulationSettings& settings,
              const RandomStream& noise)
        : solution_(solution),
          game_(solution.problem().mean_field_game()),
          s_(settings),
          noise_(noise),
          n_(rows(starts)),
          d_(columns(starts)),
          time_(!solution.problem().stationary()),
          duration_(settings.duration != 0 ? settings.duration : playing_time(solution.problem())),
          spread_(0),
          spreads_(make_vector(d_)),
          at_(with_time(solution.problem(), starts, settings.from)),
          change_(make_vector(n_))
    {
        const Real h = duration_ / (s_.intervals * s_.steps_per_interval);
        spread_ = std::sqrt(2 * solution.problem().viscosity() * std::abs(h));
        for (Index k = 0; k < d_; ++k) spreads_(k) = std::sqrt(2 * viscosity_of(solution.problem(), k) * std::abs(h));
        const std::optional<Box> box = solution.problem().domain();
        if (box && box->has_walls()) walls_ = box;
        if (walls_ && walls_->has(Face::exit)) result_.left = make_vector(n_, std::numeric_limits<Real>::infinity());
        if ((s_.with_costs || s_.with_log_density) && !game_)
            throw Error("simulation: only a game in standard form says what agents pay, and how fast they spread");
        const bool needs_density = s_.with_costs && depends_on_density(*game_);
        follows_ = s_.with_log_density || (needs_density && spread_ == 0);
        if (!s_.with_costs) return;
        if (needs_density && spread_ > 0) law_.emplace(solution, noise.part("law"), AgentLaw::Effort::quick());
        interaction_ = game_->interaction();
        for (Vector* costs : {&result_.transport, &result_.running, &result_.terminal}) *costs = make_vector(n_);
        start_ = follows_ ? log_density_at(game_->initial_density(), starts) : make_vector(n_);
    }

    Simulation run()
    {
        const Index times = s_.intervals + 1;
        result_.positions = make_cube(times, n_, d_);
        if (time_) result_.times = make_vector(times);
        const bool integrated = solution_.integrator() && spread_ == 0 && !s_.with_costs && time_;
        const Real h = duration_ / (s_.intervals * s_.steps_per_interval);
        std::uint64_t step = 0;
        for (Index node = 0; node < times; ++node) {
            if (node > 0 && integrated) {
                integrate(duration_ / s_.intervals, node);
            } else if (node > 0) {
                for (int k = 0; k < s_.steps_per_interval; ++k, ++step) make_step(step, h);
            }
            if (time_) result_.times(node) = s_.from + duration_ * static_cast<Real>(node) / s_.intervals;
            xt::view(result_.positions, node, xt::all(), xt::all()) = columns_of(at_, 0, d_);
        }
        result_.log_density_change = change_;
        if (s_.with_costs) pay_at_end();
        return std::move(result_);
    }

private:
    /// One interval by the solution's own integrator.
    void integrate(Real length, Index node)
    {
        const Real t0 = s_.from + length * static_cast<Real>(node - 1), t1 = s_.from + length * static_cast<Real>(node);
        StepControl control = solution_.steps();
        const Real share = std::abs(length) / solution_.problem().horizon();
        control.steps = std::max(1, static_cast<int>(std::ceil(share * control.steps - 1e-9)));
        const Matrix moved = map_points(at_, d_ + 1, [&](Tape& tape, const Variable& in) {
            const PathSystem system(solution_, tape, follows_);
            const Variable zero = tape.constant(1, in.columns(), 0);
            const OdeState start = follows_ ? OdeState{in.rows(0, d_), zero} : OdeState{in.rows(0, d_)};
            const OdeState end = solution_.integrator()->integrate(system, t0, t1, control, start);
            return vconcat({end[0], follows_ ? end[1] : zero});
        });
        change_ -= xt::col(moved, d_);
        at_ = moved;
        xt::col(at_, d_) = t1;
    }

    /// One step of the scheme: velocities at stages, noise, costs and the density along the way.
    void make_step(std::uint64_t step, Real h)
    {
        const Real t = s_.from + h * static_cast<Real>(step);
        const std::vector<Stage>& stages = stages_of(s_.scheme);
        Matrix before_step;
        std::pair<Vector, Vector> paid;
        if (walls_) {
            before_step = at_;
            paid = {result_.transport, result_.running};
        }
        Matrix increment = make_matrix(n_, d_), rates, stage = at_;
        Vector change = make_vector(n_);
        for (const Stage& s : stages) {
            if (s.node > 0) first_columns(stage, d_) = first_columns(at_, d_) + h * s.node * first_columns(rates, d_);
            if (time_) xt::col(stage, d_) = t + h * s.node;
            Vector before = change_;
            if (follows_ && s.node > 0) before -= h * s.node * xt::col(rates, d_);
            rates = rates_at(stage);
            if (s.weight == 0) continue;
            if (s_.with_costs) pay(stage, before, rates, h * s.weight);
            increment += h * s.weight * first_columns(rates, d_);
            if (follows_) change += h * s.weight * xt::col(rates, d_);
        }
        Vector z = make_vector(d_);
        for (Index i = 0; i < n_; ++i) {
            if (spread_ > 0) noise_.normal(step * n_ + i, d_, z.data());
            for (Index k = 0; k < d_; ++k)
                at_(i, k) += spread_ > 0 ? increment(i, k) + spreads_(k) * z(k) : increment(i, k);
        }
        if (walls_) meet_walls(before_step, paid, step, t, h);
        if (time_) xt::col(at_, d_) = t + h;
        change_ -= change;
    }

    /// What becomes of a step between walls. Whoever leaves has paid for the part of it that was inside.
    void meet_walls(const Matrix& before, const std::pair<Vector, Vector>& paid, std::uint64_t step, Real t, Real h)
    {
        const bool exits = result_.left.size() > 0;
        for (Index i = 0; i < n_; ++i) {
            WallStep met{true, 0};
            if (exits && std::isfinite(result_.left(i))) {
                std::copy_n(&before(i, 0), d_, &at_(i, 0));
            } else {
                met = mfg::meet_walls(*walls_, &before(i, 0), &at_(i, 0), spreads_, noise_, step * n_ + i);
                if (met.leaves) result_.left(i) = t + met.share * h;
            }
            if (!met.leaves || !s_.with_costs) continue;
            result_.transport(i) = paid.first(i) + met.share * (result_.transport(i) - paid.first(i));
            result_.running(i) = paid.second(i) + met.share * (result_.running(i) - paid.second(i));
        }
    }

    /// Velocity; then its divergence if the density is followed; then the control cost if that is wanted.
    Matrix rates_at(const Matrix& points) const
    {
        if (!follows_ && !s_.with_costs) return solution_.velocity_at(points);
        const int outputs = static_cast<int>(d_) + follows_ + s_.with_costs;
        const auto formula = [this](const Fields& f) {
            const FieldValues& phi = f.unknowns[0].values;
            const FieldValues w = solution_.log_density_values(f);
            const Hamiltonian h(*game_, f, w.value, follows_);
            Jet rates = h.velocity(phi.gradient);
            if (follows_) rates = vconcat(rates, h.velocity_divergence(phi, w));
            return s_.with_costs ? vconcat(rates, h.optimal_control_cost(phi.gradient)) : rates;
        };
        return solution_.map(points, follows_ ? 2 : 1, outputs, formula, solution_.control_part());
    }

    /// Log densities of the agents for their costs.
    Vector densities_at(const Matrix& points, const Vector& change) const
    {
        Vector w = start_;
        if (follows_) w += change;
        if (law_) w = law_->log_density_at(columns_of(points, 0, d_), time_ ? points(0, d_) : Real(0));
        return w;
    }

    /// The costs of `part` at points, given the log densities; agents are each other's population.
    Vector costs_at(CostPart part, const Matrix& points, const Vector& w) const
    {
        Matrix rows = make_matrix(n_, d_ + 2), others = make_matrix(0, 0);
        first_columns(rows, columns(points)) = points;
        xt::col(rows, d_ + 1) = w;
        if (interaction_ && part == CostPart::running)
            others = population_for(*interaction_, columns_of(points, 0, d_));
        const Matrix costs = map_points(rows, 1, [&](Tape& tape, const Variable& in) {
            const Variable x = in.rows(0, d_);
            const Jet c = cost_formula(*game_, part, {Jet(x), Jet(in.rows(d_, 1)), Jet(in.rows(d_ + 1, 1))});
            const Variable own = c.is_zero() ? Variable{} : c.value();
            if (others.size() == 0) return own;
            const Variable y = tape.constant_view(others.data(), d_, columns(others));
            return combine({{1, own}, {interaction_->cost_share(), interaction_coupling(*interaction_, x, y)}});
        });
        return xt::col(costs, 0);
    }

    void pay(const Matrix& points, const Vector& change, const Matrix& rates, Real length)
    {
        const CostWeights a = game_->weights();
        const Vector running = costs_at(CostPart::running, points, densities_at(points, change));
        if (time_) length *= discount(points(0, d_));
        // The Lagrangian has the weight a1 inside.
        result_.transport += length * xt::col(rates, columns(rates) - 1);
        result_.running += a.running * (length * running);
    }

    void pay_at_end()
    {
        result_.terminal = (time_ ? discount(at_(0, d_)) : 1) * game_->weights().terminal *
                           costs_at(CostPart::terminal, at_, densities_at(at_, change_));
        if (result_.left.size() == 0) return;
        Matrix places = at_;
        for (Index i = 0; i < n_; ++i) {
            if (!std::isfinite(result_.left(i))) continue;
            places(i, d_) = result_.left(i);
            result_.terminal(i) = 0;
        }
        const Matrix costs = map_points(places, 1, [&](Tape&, const Variable& in) {
            const Jet c = game_->exit_cost({Jet(in.rows(0, d_)), Jet(in.rows(d_, 1)), {}});
            return c.is_zero() ? Variable{} : c.value();
        });
        result_.exit = make_vector(n_);
        for (Index i = 0; i < n_; ++i)
            if (std::isfinite(result_.left(i))) result_.exit(i) = discount(result_.left(i)) * costs(i, 0);
    }

    /// What costs at a time count.
    Real discount(Real t) const { return std::exp(-game_->discount() * t); }

    const Solution& solution_;
    const MeanFieldGame* game_;
    SimulationSettings s_;
    RandomStream noise_;
    Index n_, d_;
    bool time_, follows_ = false;
    Real duration_, spread_;  // deviation of the noise of a step: the largest
    Vector spreads_;          // of each coordinate
    Matrix at_;               // x, t
    Vector change_;           // of the log density
    Vector start_;            // log density at the start
    std::optional<Interaction> interaction_;
    std::optional<Box> walls_;
    std::optional<AgentLaw> law_;  // with costs that depend on the density, and noise
    Simulation result_;
};

}  // namespace

Matrix Simulation::at(std::size_t node) const
{
    return xt::view(positions, node, xt::all(), xt::all());
}

Real Simulation::present(std::size_t node) const
{
    if (left.size() == 0) return 1;
    const auto inside = std::count_if(left.begin(), left.end(), [&](Real t) { return t > times(node); });
    return static_cast<Real>(inside) / static_cast<Real>(left.size());
}

Matrix Simulation::points() const
{
    const std::size_t nodes = positions.shape(0), n = positions.shape(1), d = positions.shape(2);
    const bool time = times.size() > 0;
    Matrix points = make_matrix(nodes * n, d + (time ? 1 : 0));
    for (std::size_t node = 0; node < nodes; ++node)
        for (std::size_t i = 0; i < n; ++i) {
            std::copy_n(&positions(node, i, 0), d, &points(node * n + i, 0));
            if (time) points(node * n + i, d) = times(node);
        }
    return points;
}

Simulation simulate(const Solution& solution, const Matrix& starts, const SimulationSettings& settings,
                    const RandomStream& noise)
{
    return Simulator(solution, starts, settings, noise).run();
}

Simulation simulate_population(const Solution& solution, const RandomStream& stream, int agents,
                               const SimulationSettings& settings)
{
    const Problem& problem = solution.problem();
    const Density* initial = initial_law(problem);
    if (!initial) throw Error("simulation: the problem has no initial law of agents");
    const Matrix starts = initial->sample(stream.with(Sampling::sobol, problem.dimension()), agents);
    return simulate(solution, starts, settings, stream.with(Sampling::antithetic, problem.dimension()).part("noise"));
}

Matrix population_starts(const Solution& solution, const RandomStream& stream, int count)
{
    const Density& initial = solution.problem().mean_field_game()->initial_density();
    if (!solution.problem().stationary()) return initial.sample(stream, count);
    // Points of the space, chosen with the density as their probability.
    constexpr int candidates_each = 16;
    const Matrix candidates = initial.sample(stream, candidates_each * count);
    const Matrix w = solution.map(
        candidates, 0, 1, [&](const Fields& f) { return solution.log_density(f); }, Solution::Part::densities);
    const Vector weights = xt::col(w, 0) - log_density_at(initial, candidates);
    const Real largest = *std::max_element(weights.begin(), weights.end());
    const auto chosen = resample(xt::exp(weights - largest), count, 0.5);
    const Matrix starts = xt::view(candidates, xt::keep(chosen), xt::all());
    // What the control makes of them in the time in which agents forget where they came from.
    constexpr Real longest = 32;
    const Real duration = std::min(forgetting_time(solution.problem()), longest);
    SimulationSettings settings{1, std::max(64, static_cast<int>(std::ceil(64 * duration)))};
    settings.duration = duration;
    return simulate(solution, starts, settings, stream.part("noise")).at(1);
}

Real forgetting_time(const Problem& problem)
{
    const std::optional<Box> box = problem.domain();
    if (!box) return 5 / (4 * pi * pi * problem.viscosity());
    Real slowest = std::numeric_limits<Real>::infinity();
    for (Index k = 0; k < box->dimension(); ++k) {
        // Waves between reflecting walls are twice as long.
        const Real frequency = (box->low_face(k) == Face::periodic ? two_pi : pi) / box->width(k);
        slowest = std::min(slowest, frequency * frequency * viscosity_of(problem, k));
    }
    return 5 / slowest;
}

Real playing_time(const Problem& problem)
{
    if (!problem.stationary()) return problem.horizon();
    return std::min(Real(1), forgetting_time(problem));
}

}  // namespace mfg
