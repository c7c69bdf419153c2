#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/agent_law.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/random/monte_carlo.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

namespace mfg {
namespace {

/// Agents at one time: those for the fit, where their last step took them before its noise, and others for the choice.
struct Crowd {
    Real time;
    Matrix fitted, centres, others;
};

template <class AnyMatrix>
auto some_rows(AnyMatrix& a, Index first, Index count)
{
    return xt::view(a, xt::range(first, first + count), xt::all());
}

Real square(Real a)
{
    return a * a;
}

/// Where a step of the midpoint scheme leads without noise.
Matrix drifted(const Solution& solution, const Matrix& x, Real t, Real h)
{
    const Matrix slope = solution.velocity_at(x, t), middle = x + h / 2 * slope;
    const Matrix velocity = solution.velocity_at(middle, t + h / 2);
    return x + h * velocity;
}

struct Crowds {
    std::vector<Crowd> at;
    Real step;  ///< the last one's length
};

Crowds simulated_crowds(const Solution& solution, const RandomStream& stream, const AgentLaw::Effort& effort)
{
    const Problem& problem = solution.problem();
    const int d = problem.dimension();
    const int most = d <= 2 ? effort.agents : std::clamp(64 * effort.agents / d, effort.agents / 4, effort.agents);
    Crowds crowds;
    const auto add = [&](const Matrix& before, const Matrix& x, Real t) {
        const Index n = rows(x), fitted = n - n / 4;
        crowds.at.push_back({t, some_rows(x, 0, fitted),
                             drifted(solution, some_rows(before, 0, fitted), t - crowds.step, crowds.step),
                             some_rows(x, fitted, n - fitted)});
    };
    if (problem.stationary()) {
        // At all times they have one law; some of them are as good as independent.
        constexpr int times = 8, steps = 8;
        const Matrix starts = population_starts(solution, stream.part("starts"), most / times);
        const Real duration = playing_time(problem);
        crowds.step = duration / (times * steps);
        const Simulation paths = simulate(solution, starts, {times * steps}, stream.part("noise"));
        const Index n = rows(starts);
        Matrix before = make_matrix(times * n, d), x = make_matrix(times * n, d);
        for (int k = 0; k < times; ++k) {
            some_rows(before, k * n, n) = paths.at((k + 1) * steps - 1);
            some_rows(x, k * n, n) = paths.at((k + 1) * steps);
        }
        add(before, x, 0);
        return crowds;
    }
    // Every second time is kept.
    const int intervals = d <= 3 ? effort.intervals : effort.intervals / 2;
    const Matrix starts = initial_law(problem)->sample(stream.part("starts").with(Sampling::sobol, d), most);
    const Simulation paths = simulate(solution, starts, {2 * intervals}, stream.part("noise"));
    crowds.step = problem.horizon() / (2 * intervals);
    for (int k = 1; k <= intervals; ++k) add(paths.at(2 * k - 1), paths.at(2 * k), paths.times(2 * k));
    return crowds;
}

/// A way to fit a density to a crowd.
struct Fit {
    std::string name;
    std::function<FittedDensity(const Crowd&)> make;
    bool local = false;  ///< finds the shape of any law
};

/// The first ones are what others are compared with.
std::vector<Fit> possible_fits(const Problem& problem, Real step)
{
    std::vector<Fit> fits;
    const Index d = problem.dimension();
    const bool periodic = problem.periodic();
    if (periodic) {
        fits.push_back({"the uniform law", [d](const Crowd&) { return uniform_density(d); }});
        if (d > 1)
            fits.push_back({"independent coordinates", [](const Crowd& c) { return independent_kernels(c.fitted); }});
    } else {
        fits.push_back({"a normal law with independent coordinates",
                        [](const Crowd& c) { return gaussian_fit(c.fitted, false); }});
        // As many agents as there are covariances of one coordinate say nothing about these.
        if (d > 1 && d < 256)
            fits.push_back({"a normal law", [](const Crowd& c) { return gaussian_fit(c.fitted, true); }});
    }
    if (d > 3) return fits;
    const Real noise = 2 * problem.viscosity() * step;
    for (const Real share : {1.0, 0.5, 0.25, 0.125}) {
        const auto make = [=](const Crowd& c) {
            const Matrix& centres = c.centres;
            Real narrowest = periodic ? Real(1) / 12 : std::numeric_limits<Real>::infinity();
            for (Index k = 0; k < d; ++k) {
                MonteCarloMean coordinate;
                for (Index i = 0; i < rows(centres); ++i) coordinate.add(centres(i, k));
                const Real variance = square(coordinate.standard_error()) * rows(centres);
                narrowest = std::min(narrowest, variance);
            }
            const Real width = share * silverman_width(rows(centres), d);
            const FittedDensity kernels = kernel_density(centres, std::max(noise, width * width * narrowest), periodic);
            // Far out, where few or no agents are, the mean of kernels falls too fast.
            constexpr Real share_of_tails = 0.2;
            return periodic ? kernels : mixture(kernels, gaussian_fit(c.fitted, true), share_of_tails);
        };
        fits.push_back({"kernels around agents", make, true});
    }
    return fits;
}

using Make = std::function<LogDensity(const Crowd&)>;

/// The mean log density of the agents who played no part in the fit, at four of the times.
Real held_out(const std::vector<Crowd>& crowds, const Make& make)
{
    const std::size_t stride = std::max<std::size_t>(1, crowds.size() / 4);
    MonteCarloMean mean;
    for (std::size_t k = stride - 1; k < crowds.size(); k += stride)
        for (const Real w : log_density_at(make(crowds[k]), crowds[k].others)) mean.add(w);
    return mean.mean();
}

/// log m of the solution's field at one time.
LogDensity field_at(const Solution& solution, Real t)
{
    return [&solution, t](Tape& tape, const Variable& x) {
        const Variable points = solution.problem().stationary() ? x : vconcat({x, tape.constant(1, x.columns(), t)});
        return solution.log_density(solution.fields(tape, points, 0, Solution::Part::densities)).value();
    };
}

}  // namespace

bool has_density_field(const Solution& solution)
{
    const std::vector<Unknown> unknowns = solution.unknowns();
    return !solution.density_follows_agents() && std::any_of(unknowns.begin(), unknowns.end(), [](const Unknown& u) {
        return u.role != Unknown::Role::value;
    });
}

AgentLaw::AgentLaw(const Solution& solution, const RandomStream& stream, const Effort& effort)
    : solution_(solution), description_("paths followed back to the start")
{
    if (solution.problem().domain()) throw UnsupportedProblem("the law of simulated agents is not fitted in a box");
    if (solution.problem().viscosity() > 0 || solution.problem().stationary()) fit(stream, effort);
}

void AgentLaw::fit(const RandomStream& stream, const Effort& effort)
{
    const Problem& problem = solution_.problem();
    const Crowds crowds = simulated_crowds(solution_, stream, effort);
    const std::vector<Fit> fits = possible_fits(problem, crowds.step);
    std::size_t best = 0;
    Real best_value = -std::numeric_limits<Real>::infinity(), plain = best_value;
    for (std::size_t k = 0; k < fits.size(); ++k) {
        const Real value = held_out(crowds.at, [&](const Crowd& c) { return fits[k].make(c).log_density; });
        if (problem.periodic() ? k == 0 : k < 2 && !fits[k].local) plain = std::max(plain, value);
        if (!(value > best_value)) continue;
        best = k;
        best_value = value;
    }
    const Fit& chosen = fits[best];
    Make make = [&](const Crowd& c) { return chosen.make(c).log_density; };
    description_ = chosen.name;
    if (!chosen.local && has_density_field(solution_)) {
        const Make corrected = [&](const Crowd& c) {
            return corrected_by(chosen.make(c), field_at(solution_, c.time), c.fitted, stream.part("contrast"));
        };
        // What is less than that is the noise of the regression.
        constexpr Real worthwhile = 0.003;
        const Real value = held_out(crowds.at, corrected);
        if (value > best_value + worthwhile) {
            make = corrected;
            best_value = value;
            description_ += ", corrected by the density field";
        }
    }
    if (const Density* initial = initial_law(problem); !problem.stationary() && !initial->singular())
        fits_.push_back([initial](Tape&, const Variable& x) { return initial->log_density(Jet(x)).value(); });
    for (const Crowd& crowd : crowds.at) fits_.push_back(make(crowd));
    if (!problem.stationary() && initial_law(problem)->singular()) fits_.insert(fits_.begin(), fits_.front());
    advantage_ = best_value - plain;
}

Variable AgentLaw::log_density(Tape& tape, const Variable& x, Real t) const
{
    if (fits_.empty()) return followed_back(tape, x, t);
    if (fits_.size() == 1) return fits_.front()(tape, x);
    const Real last = static_cast<Real>(fits_.size() - 1), position = t / solution_.problem().horizon() * last;
    const Real nearest = std::clamp<Real>(std::round(position), 0, last);
    constexpr Real rounding = 1e-9;
    if (std::abs(position - nearest) < rounding || position > last)
        return fits_[static_cast<std::size_t>(nearest)](tape, x);
    const auto below = static_cast<std::size_t>(position);
    const Real share = position - static_cast<Real>(below);
    return combine({{1 - share, fits_[below](tape, x)}, {share, fits_[below + 1](tape, x)}});
}

Variable AgentLaw::followed_back(Tape& tape, const Variable& x, Real t) const
{
    const MeanFieldGame& game = *solution_.problem().mean_field_game();
    if (solution_.density_follows_agents()) return field_at(solution_, t)(tape, x);
    constexpr int steps_over_horizon = 64;
    const int steps = std::max(1, static_cast<int>(std::ceil(t / game.horizon() * steps_over_horizon - 1e-9)));
    const Real h = t / steps;
    const auto rates = [&](const Variable& at, Real time) {
        const Fields f =
            solution_.fields(tape, vconcat({at, tape.constant(1, at.columns(), time)}), 2, solution_.control_part());
        const FieldValues &phi = f.unknowns[0].values, w = solution_.log_density_values(f);
        const Hamiltonian hamiltonian(game, f, w.value, true);
        return std::pair{hamiltonian.velocity(phi.gradient).value(), hamiltonian.velocity_divergence(phi, w).value()};
    };
    Variable at = x, change;
    for (int k = steps; k > 0 && t > 0; --k) {
        const Variable middle = combine({{1, at}, {-h / 2, rates(at, h * k).first}});
        const auto [velocity, divergence] = rates(middle, h * (k - Real(0.5)));
        at = combine({{1, at}, {-h, velocity}});
        change = combine({{1, change}, {-h, divergence}});
    }
    return combine({{1, game.initial_density().log_density(Jet(at)).value()}, {1, change}});
}

Variable AgentLaw::smoothed_log_density(Tape& tape, const Variable& x, Real t, Real width) const
{
    constexpr int offsets = 16;
    const Index d = x.rows();
    VariableList moved(tape, offsets);
    const RandomStream stream = RandomStream(0, "offsets").with(Sampling::antithetic, static_cast<int>(d));
    for (int k = 0; k < offsets; ++k) {
        const Variable offset = tape.constant(d, 1);
        stream.normal(k, d, offset.write());
        moved[k] = add_column(x, combine({{width, offset}}));
    }
    const Variable w = log_density(tape, hconcat(&moved[0], offsets), t);
    return add_number(log_sum_exp(Jet(w.reshape(offsets, x.columns()))).value(), -std::log(Real(offsets)));
}

Vector AgentLaw::log_density_at(const Matrix& x, Real t) const
{
    return mfg::log_density_at(LogDensity([&](Tape& tape, const Variable& in) { return log_density(tape, in, t); }), x);
}

}  // namespace mfg
