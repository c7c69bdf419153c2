#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/interaction.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/solution.hpp>

#include <algorithm>
#include <cmath>
#include <functional>

namespace mfg {
namespace {

Jet inner(const Jet& a, const Jet& b)
{
    return a.is_zero() || b.is_zero() ? Jet{} : dot(a, b);
}

}  // namespace

GameSystem::GameSystem(const MeanFieldGame& game, std::optional<Unknown::Role> form, Coupling coupling)
    : game_(game), form_(form), coupling_(coupling), a_(game.weights())
{
    const auto refuse = [](const std::string& why) { throw UnsupportedProblem("equations of the game: " + why); };
    if (game.stationary() && !game.periodic())
        refuse("a stationary game must be one on the torus; derive it from mfg::ErgodicGame");
    if (const Interaction kernel = game.interaction(); kernel.weight != 0) {
        if (game.periodic())
            refuse("the agents of the problem are attracted to their mean, which a torus does not have");
    }
    if (has_density() && game.initial_density().singular())
        refuse("the initial law of the problem has no density; use --method.density none");
    if (!has_density() && game.stationary())
        refuse("a game without an end needs its density; use --method.density log or direct");
    if (!has_density() && depends_on_density(game))
        refuse("the costs of the problem depend on the density; use --method.density log or direct");
}

std::optional<Reference> GameSystem::reference() const
{
    if (coupling_ != game_.coupling()) return {};
    return game_.reference();
}

std::vector<Unknown> GameSystem::unknowns() const
{
    if (!has_density()) return {{"phi", Unknown::Role::value}};
    return {{"phi", Unknown::Role::value}, {logarithmic() ? "log_density" : "density", *form_}};
}

std::vector<std::string> GameSystem::constants() const
{
    return stationary() ? std::vector<std::string>{"lambda"} : std::vector<std::string>{};
}

std::vector<Equation> GameSystem::equations() const
{
    std::vector<Equation> list{{"hjb", Where::interior, [this](const Fields& f) { return hjb(f); }}};
    if (has_density()) list.push_back({"kfp", Where::interior, [this](const Fields& f) { return kfp(f); }});
    if (stationary()) return list;
    if (has_density()) list.push_back({"initial", Where::initial, [this](const Fields& f) { return initial(f); }, 0});
    list.push_back({"terminal", Where::terminal, [this](const Fields& f) { return terminal(f); }, 0});
    return list;
}

Jet GameSystem::log_density(const Fields& f) const
{
    if (!has_density()) return Jet(f.x.tape().constant(1, f.x.samples(), 0));
    if (logarithmic()) return f["log_density"].value;
    // A network for m itself may be negative while it is trained.
    const Real smallest = 1e-6;
    return Real(0.5) * log(square(f["density"].value) + smallest * smallest);
}

Jet GameSystem::coupling_term(const Fields& f, const Jet& w) const
{
    Variable value = cost_and_coupling(coupling_, f.x.value(), f.t, w.value(), [this](const State& s) {
                         return game_.running_cost(s);
                     }).coupling;
    if (const Interaction kernel = game_.interaction(); kernel.weight != 0) {
        if (f.population_centre.is_zero()) throw Error("game: attraction to the mean, and nobody says where it is");
        value = combine({{1, value}, {1, attraction(kernel, f.x.value(), f.population_centre.value())}});
    }
    return value.exists() && a_.running != 0 ? a_.running * Jet(value) : Jet{};
}

Jet GameSystem::hjb(const Fields& f) const
{
    const FieldValues& phi = f["phi"];
    const Jet b = game_.drift({f.x, f.t, {}});
    const Jet h = norm_squared(phi.gradient) / (2 * a_.transport) - inner(b, phi.gradient) -
                  coupling_term(f, log_density(f)) - game_.viscosity() * phi.laplacian;
    return stationary() ? h + f.constants[0] : h - phi.time_derivative;
}

Jet GameSystem::kfp(const Fields& f) const
{
    const Real nu = game_.viscosity();
    const FieldValues &phi = f["phi"], &u = f[logarithmic() ? "log_density" : "density"];
    const Jet at = Jet::coordinates(f.x.value(), JetShape::of(1, dimension(), false));
    const Jet b = game_.drift({at, f.t, {}});
    const Variable expansion = divergence(b);
    // div of the velocity v = b - grad phi / a1, and u carried along v.
    const Jet div = (expansion.exists() ? Jet(expansion) : Jet{}) - phi.laplacian / a_.transport;
    const Jet carried =
        (b.is_zero() ? Jet{} : dot(Jet(b.value()), u.gradient)) - dot(phi.gradient, u.gradient) / a_.transport;
    if (logarithmic()) return u.time_derivative + carried + div - nu * (u.laplacian + norm_squared(u.gradient));
    return u.time_derivative + carried + u.value * div - nu * u.laplacian;
}

Jet GameSystem::initial(const Fields& f) const
{
    const Jet w0 = game_.initial_density().log_density(f.x);
    return logarithmic() ? f["log_density"].value - w0 : f["density"].value - exp(w0);
}

Jet GameSystem::terminal(const Fields& f) const
{
    const Variable g = cost_and_coupling(coupling_, f.x.value(), f.t, log_density(f).value(), [this](const State& s) {
                           return game_.terminal_cost(s);
                       }).coupling;
    return f["phi"].value - (g.exists() ? a_.terminal * Jet(g) : Jet{});
}

Jet GameSystem::velocity(const Fields& f) const
{
    return game_.drift({f.x, f.t, {}}) - f["phi"].gradient / a_.transport;
}

Jet GameSystem::source(const Fields& f) const
{
    return coupling_term(f, Jet(f.x.tape().constant(1, f.x.samples(), 0)));
}

Real GameSystem::refined_constant(const LearnedFields& learned, const Matrix& points) const
{
    // Residual and log density; the residual has the trained constant in it.
    const Matrix at = learned.map(points, 2, 2, [this](const Fields& f) { return vconcat(hjb(f), log_density(f)); });
    Real largest = at(0, 1), mass = 0, sum = 0;
    for (std::size_t i = 0; i < at.shape(0); ++i) largest = std::max(largest, at(i, 1));
    for (std::size_t i = 0; i < at.shape(0); ++i) {
        const Real m = std::exp(at(i, 1) - largest);
        mass += m;
        sum += m * at(i, 0);
    }
    return learned.constant("lambda") - sum / mass;
}

namespace {

/// Values of a cost at points `[n x (d + 1)]`.
Vector cost_at(const Matrix& points, const Vector& log_density, const std::function<Jet(const State&)>& cost)
{
    const std::size_t n = points.shape(0), d = points.shape(1) - 1;
    const int dimension = static_cast<int>(d);
    Matrix rows = make_matrix(n, d + 2);
    for (std::size_t i = 0; i < n; ++i) {
        std::copy_n(&points(i, 0), d + 1, &rows(i, 0));
        rows(i, d + 1) = log_density(i);
    }
    const Matrix costs = map_points(rows, 1, [&](Tape& tape, const Variable& in) {
        const Jet c = cost({Jet(in.rows(0, dimension)), Jet(in.rows(dimension, 1)), Jet(in.rows(dimension + 1, 1))});
        return c.is_zero() ? tape.constant(1, in.columns(), 0) : c.value();
    });
    Vector result = make_vector(n);
    std::copy(costs.begin(), costs.end(), result.begin());
    return result;
}

}  // namespace

/// The points are agents of the population at one time.
Vector GameSystem::running_cost_at(const Matrix& points, const Vector& log_density) const
{
    const Interaction kernel = game_.interaction();
    const auto own = [this](const State& s) { return game_.running_cost(s); };
    if (kernel.weight == 0) return cost_at(points, log_density, own);
    // Of those who are attracted to the mean it is enough to know that.
    const std::size_t n = points.shape(0), d = static_cast<std::size_t>(dimension());
    Matrix others = make_matrix(d, kernel.pairwise() ? n : 1);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < d; ++k)
            others(k, kernel.pairwise() ? i : 0) += points(i, k) / static_cast<Real>(kernel.pairwise() ? 1 : n);
    return cost_at(points, log_density, [&](const State& s) {
        Tape& tape = s.x.tape();
        const Variable all = tape.constant_view(others.data(), dimension(), static_cast<int>(others.shape(1)));
        return own(s) + Jet(interaction_cost(kernel, s.x.value(), all));
    });
}

Vector GameSystem::terminal_cost_at(const Matrix& points, const Vector& log_density) const
{
    return cost_at(points, log_density, [this](const State& s) { return game_.terminal_cost(s); });
}

std::map<std::string, std::map<std::string, Real>> GameSystem::measures(const LearnedFields& learned,
                                                                        const RandomStream& stream, int samples) const
{
    if (stationary()) return {};
    constexpr int steps = 64, max_agents = 2048, min_agents = 256, max_numbers = 1 << 18;
    const int agents = std::clamp(max_numbers / dimension(), min_agents, max_agents);
    const std::size_t n = static_cast<std::size_t>(std::min(samples, agents));
    const std::size_t d = static_cast<std::size_t>(dimension());
    const Real h = horizon() / steps, noise = std::sqrt(2 * viscosity() * h);
    const Matrix start =
        game_.initial_density().sample(stream.part(0).with(Sampling::sobol, dimension()), static_cast<int>(n));
    // Without noise the density along a path follows from the divergence; with noise it is that of the network.
    const bool carried = has_density() && noise == 0, looked_up = has_density() && noise > 0;
    Vector w = carried ? log_density_at(game_.initial_density(), start) : make_vector(n);
    Vector transport = make_vector(n), running = make_vector(n);
    Matrix at = make_matrix(n, d + 1), middle = at;
    for (std::size_t i = 0; i < n; ++i) std::copy_n(&start(i, 0), d, &at(i, 0));
    // Velocity, that part of it which is paid for, and its divergence.
    const auto motion = [this, carried](const Fields& f) {
        const Jet controlled = f["phi"].gradient / -a_.transport;
        const Jet space = Jet::coordinates(f.x.value(), JetShape::of(1, dimension(), false));
        const Jet b = game_.drift({space, f.t, {}});
        const Jet moved = vconcat(b.is_zero() ? controlled : controlled + Jet(b.value()), norm_squared(controlled));
        if (!carried) return moved;
        const Variable expansion = divergence(b);
        return vconcat(moved, f["phi"].laplacian / -a_.transport + (expansion.exists() ? Jet(expansion) : Jet{}));
    };
    const auto rates_at = [&](const Matrix& points) {
        return learned.map(points, carried ? 2 : 1, dimension() + (carried ? 2 : 1), motion);
    };
    const auto look_up = [&](const Matrix& points, Vector& log_density) {
        const Matrix values = learned.map(points, 0, 1, [this](const Fields& f) { return this->log_density(f); });
        std::copy(values.begin(), values.end(), log_density.begin());
    };
    Vector z = make_vector(d);
    for (int step = 0; step < steps; ++step) {
        const Matrix slope = rates_at(at);
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t k = 0; k < d; ++k) middle(i, k) = at(i, k) + h / 2 * slope(i, k);
            middle(i, d) = at(i, d) + h / 2;
        }
        Vector w_middle = w;
        for (std::size_t i = 0; i < n && carried; ++i) w_middle(i) -= h / 2 * slope(i, d + 1);
        if (looked_up) look_up(middle, w_middle);
        const Matrix rate = rates_at(middle);
        const Vector cost = running_cost_at(middle, w_middle);
        for (std::size_t i = 0; i < n; ++i) {
            if (noise > 0)
                stream.part(1).normal(static_cast<std::uint64_t>(step) * n + i, static_cast<int>(d), z.data());
            for (std::size_t k = 0; k < d; ++k) at(i, k) += h * rate(i, k) + noise * z(k);
            at(i, d) = h * (step + 1);
            if (carried) w(i) -= h * rate(i, d + 1);
            transport(i) += h / 2 * rate(i, d);
            running(i) += h * cost(i);
        }
    }
    if (looked_up) look_up(at, w);
    const Vector terminal = terminal_cost_at(at, w);
    std::map<std::string, Real> costs{{"transport", 0}, {"running", 0}, {"terminal", 0}};
    for (std::size_t i = 0; i < n; ++i) {
        costs["transport"] += a_.transport * transport(i) / static_cast<Real>(n);
        costs["running"] += a_.running * running(i) / static_cast<Real>(n);
        costs["terminal"] += a_.terminal * terminal(i) / static_cast<Real>(n);
    }
    costs["sum"] = costs["transport"] + costs["running"] + costs["terminal"];
    return {{"costs", costs}};
}

bool GameSystem::has_hard_condition(std::string_view unknown) const
{
    if (stationary()) return false;
    if (unknown != "phi") return true;
    // A terminal value that depends on the density would need the density's network at another time.
    return !depends_on_density(game_, [this](const State& state) { return game_.terminal_cost(state); });
}

Jet GameSystem::hard_condition(std::string_view unknown, const Jet& x, const Jet& t, const Jet& network) const
{
    if (unknown == "phi") {
        const Jet end = Jet(x.tape().constant(1, x.samples(), horizon()));
        return a_.terminal * game_.terminal_cost({x, end, {}}) + (horizon() - t) * network;
    }
    const Jet w0 = game_.initial_density().log_density(x);
    return (logarithmic() ? w0 : exp(w0)) + t * network;
}

}  // namespace mfg
