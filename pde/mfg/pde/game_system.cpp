#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/game/walls.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/random/monte_carlo.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace mfg {

GameSystem::GameSystem(const MeanFieldGame& game, std::optional<Unknown::Role> form, Coupling coupling, Walls walls,
                       Among among)
    : game_(game),
      form_(form),
      coupling_(coupling),
      a_(game.weights()),
      interaction_(game.interaction()),
      box_(game.domain()),
      among_(among),
      phi_(named("phi", among.number)),
      lambda_(named("lambda", among.number))
{
    for (int k = 0; k < among.populations; ++k)
        densities_.push_back(named(logarithmic() ? "log_density" : "density", k));
    const auto refuse = [](const std::string& why) { throw UnsupportedProblem("equations of the game: " + why); };
    const std::optional<Box> space = bounded_space(game);
    if (game.stationary() && game.discount() == 0 && !(space && space->closed()))
        refuse(
            "a stationary game without a discount must be one on the torus or in a box without exits; derive it from "
            "mfg::ErgodicGame");
    if (interaction_ && space)
        refuse(
            "the agents of the problem are attracted to their mean, which needs the whole space, not a torus or box");
    for (Index k = 0; box_ && k < box_->dimension(); ++k)
        if (box_->low_face(k) != Face::periodic && viscosity_of(game, k) == 0)
            refuse("agents meet walls by noise, and there is none in coordinate " + std::to_string(k));
    if (form_ == Unknown::Role::log_density && box_ && box_->has(Face::exit))
        refuse("the density is zero at the exits, where its logarithm is not finite");
    if (form_ == Unknown::Role::density && game.stationary() && !space)
        refuse("a constant cannot normalise a density in the whole space; take its logarithm");
    if (has_density() && game.initial_density().singular()) refuse("the initial law of the problem has no density");
    if (!has_density() && several()) refuse("several populations need their densities");
    if (interaction_ && several()) refuse("several populations do not interact at a distance");
    if (!has_density() && game.stationary()) refuse("a game without an end needs its density");
    if (!has_density() && depends_on_density(game)) refuse("the costs of the problem depend on the density");
    if (!has_density() && game.hamiltonian_traits().depends_on_density)
        refuse("the Hamiltonian of the problem depends on the density");
    if (!box_ || !box_->has(Face::reflecting) || walls == Walls::equations) return;
    even_value_ = true;
    even_density_ = tangential();
}

std::vector<Unknown> GameSystem::unknowns() const
{
    std::vector<Unknown> list{{phi_, Unknown::Role::value, 1, 2, among_.number, even_value_}};
    if (has_density()) list.push_back({densities_[among_.number], *form_, 1, 2, among_.number, even_density_});
    return list;
}

std::vector<Equation> GameSystem::equations() const
{
    const auto name = [this](const char* of_one) { return named(of_one, among_.number); };
    std::vector<Equation> list{{name("hjb"), Where::interior, [this](const Fields& f) { return hjb(f); }}};
    if (has_density())
        list.push_back({name("kfp"), Where::interior, [this](const Fields& f) {
                            const FieldValues &phi = f[phi_], &m = f[densities_[among_.number]];
                            return logarithmic() ? kolmogorov_log(game_, f, phi, m) : kolmogorov(game_, f, phi, m);
                        }});
    if (box_ && box_->has(Face::reflecting)) {
        if (!even_value_)
            list.push_back({"reflection", Where::boundary, [this](const Fields& f) { return reflection(f); }, 1});
        if (has_density() && !even_density_)
            list.push_back({"flux", Where::boundary, [this](const Fields& f) { return flux(f); }, 1});
    }
    if (box_ && box_->has(Face::exit)) {
        list.push_back({"exit", Where::boundary, [this](const Fields& f) { return exit(f); }, 0});
        if (has_density())
            list.push_back({"exit_density", Where::boundary,
                            [this](const Fields& f) {
                                return Jet(on_faces(*box_, Face::exit, f.x.value())) *
                                       f[densities_[among_.number]].value;
                            },
                            0});
    }
    if (stationary()) return list;
    if (has_density())
        list.push_back({name("initial"), Where::initial, [this](const Fields& f) { return initial(f); }, 0});
    list.push_back({name("terminal"), Where::terminal, [this](const Fields& f) { return terminal(f); }, 0});
    return list;
}

std::string GameSystem::named(const std::string& name, int number) const
{
    return several() ? name + "_" + std::to_string(number + 1) : name;
}

Jet GameSystem::log_density(const Fields& f, int number) const
{
    if (!has_density()) return Jet(f.x.tape().constant(1, f.x.samples(), 0));
    const FieldValues& m = f[densities_[number]];
    return logarithmic() ? m.value : logarithm(m).value;
}

Jet GameSystem::log_density(const Fields& f) const
{
    return log_density(f, among_.number);
}

Jet GameSystem::log_densities(const Fields& f) const
{
    if (!several()) return {};
    Jet all = log_density(f, 0);
    for (int k = 1; k < among_.populations; ++k) all = vconcat(all, log_density(f, k));
    return all;
}

Jet GameSystem::seen_by_hamiltonian(const Fields& f) const
{
    return game_.hamiltonian_traits().depends_on_density ? log_density(f) : Jet{};
}

Jet GameSystem::velocity(const Fields& f) const
{
    return Hamiltonian(game_, f, seen_by_hamiltonian(f)).velocity(f[phi_].gradient);
}

/// a2 f, a zero jet if there is none.
Jet GameSystem::coupling_term(const Fields& f, const Jet& w) const
{
    if (a_.running == 0) return {};
    if (interaction_ && interaction_->pairwise())
        throw Error("game: agents interact in pairs, and the mean over pairs is not part of its equations");
    if (interaction_ && f.population_centre.is_zero())
        throw Error("game: agents are attracted to their mean, and the population mean is not available here");
    const Variable coupling =
        running_cost(game_, coupling_, f.x.value(), f.t, w.value(), interaction_ ? &*interaction_ : nullptr,
                     interaction_ ? f.population_centre.value() : Variable{}, log_densities(f))
            .coupling;
    return coupling.exists() ? a_.running * Jet(coupling) : Jet{};
}

Jet GameSystem::hjb(const Fields& f) const
{
    const FieldValues& phi = f[phi_];
    const Hamiltonian hamiltonian(game_, f, seen_by_hamiltonian(f));
    Jet h = hamilton_jacobi(game_, hamiltonian, phi) - coupling_term(f, log_density(f));
    if (coupling_ == Coupling::potential) h = h + hamiltonian.density_derivative(phi.gradient);
    return has_constant() ? h + f.constants[among_.number] : h;
}

Jet GameSystem::initial(const Fields& f) const
{
    const Jet w0 = game_.initial_density().log_density(f.x);
    const Jet& m = f[densities_[among_.number]].value;
    return logarithmic() ? m - w0 : m - exp(w0);
}

Jet GameSystem::terminal(const Fields& f) const
{
    const Variable g = terminal_cost(game_, coupling_, f.x.value(), log_density(f).value(), log_densities(f)).coupling;
    return f[phi_].value - (g.exists() ? a_.terminal * Jet(g) : Jet{});
}

Estimate GameSystem::refined_constant(const Solution& solution, const DrawnPoints& drawn, Index) const
{
    // Residual and log density; the residual has the trained constant in it.
    const Matrix at =
        solution.map(drawn.points, 2, 2, [this](const Fields& f) { return vconcat(hjb(f), log_density(f)); });
    const Index n = rows(at);
    Vector weights = xt::col(at, 1);
    if (drawn.log_law.size() > 0) weights -= drawn.log_law;
    const Real largest = *std::max_element(weights.begin(), weights.end());
    Real mass = 0, sum = 0;
    for (Index i = 0; i < n; ++i) {
        weights(i) = std::exp(weights(i) - largest);
        mass += weights(i);
        sum += weights(i) * at(i, 0);
    }
    const Real mean = sum / mass;
    // Of a ratio of sample means, to first order.
    Real squares = 0;
    for (Index i = 0; i < n; ++i) squares += std::pow(weights(i) * (at(i, 0) - mean), 2);
    const Estimate missing{-mean, std::sqrt(squares) / mass};
    if (!has_constant()) return {missing.value / game_.discount(), missing.standard_error / game_.discount()};
    return {solution.constant(lambda_) + missing.value, missing.standard_error};
}

Measures GameSystem::measures(const Solution& solution, const RandomStream& stream, int samples) const
{
    // What agents pay for their density in a box is not known (AgentLaw).
    if (stationary() || (box_ && depends_on_density(game_))) return {};
    constexpr int max_agents = 2048, min_agents = 256, max_numbers = 1 << 18;
    const int n = std::min(samples, std::clamp(max_numbers / dimension(), min_agents, max_agents));
    const Matrix starts = game_.initial_density().sample(stream.part("starts").with(Sampling::sobol, dimension()), n);
    SimulationSettings settings{1, 64};
    settings.with_costs = true;
    const Simulation agents = simulate(solution, starts, settings, stream.part("noise"));
    const bool exits = agents.exit.size() > 0;
    MonteCarloMean transport, running, terminal, exit, left, sum;
    for (int i = 0; i < n; ++i) {
        transport.add(agents.transport(i));
        running.add(agents.running(i));
        terminal.add(agents.terminal(i));
        Real all = agents.transport(i) + agents.running(i) + agents.terminal(i);
        if (exits) {
            exit.add(agents.exit(i));
            left.add(std::isfinite(agents.left(i)) ? 1 : 0);
            all += agents.exit(i);
        }
        sum.add(all);
    }
    Measures measures{{"costs",
                       {{"transport", transport.mean()},
                        {"running", running.mean()},
                        {"terminal", terminal.mean()},
                        {"sum", sum.mean()},
                        {"standard_error", sum.standard_error()}}}};
    if (exits) measures["costs"].insert({{"exit", exit.mean()}, {"left", left.mean()}});
    return measures;
}

Jet GameSystem::reflection(const Fields& f) const
{
    return dot(Jet(outward_normals(*box_, Face::reflecting, f.x.value())), f[phi_].gradient);
}

Jet GameSystem::flux(const Fields& f) const
{
    const Jet normal = Jet(outward_normals(*box_, Face::reflecting, f.x.value())), speed = dot(normal, velocity(f));
    const FieldValues& m = f[densities_[among_.number]];
    const Jet spread = dot(normal, noise_times(game_, m.gradient));
    return logarithmic() ? speed - spread : m.value * speed - spread;
}

Jet GameSystem::exit(const Fields& f) const
{
    return Jet(on_faces(*box_, Face::exit, f.x.value())) * (f[phi_].value - game_.exit_cost({f.x, f.t, {}}));
}

bool GameSystem::tangential() const
{
    constexpr int points = 64;
    const RandomStream stream(0, "walls");
    const Index d = dimension();
    const Matrix speeds = map_points(boundary_points(stream, points), 1, [&](Tape& tape, const Variable& in) {
        const Variable x = in.rows(0, d), normals = outward_normals(*box_, Face::reflecting, x);
        // Any gradient along the wall.
        const Variable along = tape.constant(d, in.columns());
        for (Index k = 0; k < d; ++k)
            for (Index j = 0; j < in.columns(); ++j)
                along.write_row(k)[j] = normals(k, j) != 0 ? 0 : std::sin(2 * x(k, j) + static_cast<Real>(k));
        const Jet t = stationary() ? Jet{} : Jet(in.rows(d, 1)), w = Jet(tape.constant(1, in.columns(), 0));
        const Hamiltonian h(game_, x, t, w);
        return dot(Jet(normals), h.velocity(Jet(along))).value();
    });
    constexpr Real rounding = 1e-12;
    return std::all_of(speeds.begin(), speeds.end(), [](Real v) { return std::abs(v) <= rounding; });
}

bool GameSystem::fits_exits(std::string_view unknown) const
{
    constexpr int points = 64;
    const Matrix off = map_points(boundary_points(RandomStream(0, "walls"), points), 2, [&](Tape&, const Variable& in) {
        const Jet x = Jet(in.rows(0, dimension())), end = Jet(x.tape().constant(1, x.samples(), horizon()));
        const Jet mask = Jet(on_faces(*box_, Face::exit, x.value())), zero = 0 * mask;
        if (unknown != phi_) return vconcat(mask * exp(game_.initial_density().log_density(x)), zero).value();
        const Jet g = a_.terminal * game_.terminal_cost({x, end, {}}) + zero, e = game_.exit_cost({x, end, {}}) + zero;
        return vconcat(mask * (g - e), mask * e).value();
    });
    constexpr Real rounding = 1e-9;
    for (Index i = 0; i < points; ++i)
        if (!(std::abs(off(i, 0)) <= rounding * (1 + std::abs(off(i, 1))))) return false;
    return true;
}

bool GameSystem::fits_walls(std::string_view unknown) const
{
    constexpr int points = 64;
    const int d = dimension();
    const Matrix slopes =
        map_points(boundary_points(RandomStream(0, "walls"), points), 2, [&](Tape&, const Variable& in) {
            const Jet x = Jet::coordinates(in.rows(0, d), JetShape::of(1, d, false)), t = Jet(in.rows(d, 1)),
                      end = Jet(x.tape().constant(1, x.samples(), horizon()));
            const Jet known = unknown == phi_ ? a_.terminal * game_.terminal_cost({x, end, {}}) +
                                                    (game_.exit_cost({x, t, {}}) - game_.exit_cost({x, end, {}}))
                                              : game_.initial_density().log_density(x);
            const Variable mask = on_faces(*box_, Face::reflecting, in.rows(0, d));
            if (known.is_zero() || known.shape().order == 0) return vconcat({mask, combine({{0, mask}})});
            return vconcat({mask, dot_rows(outward_normals(*box_, Face::reflecting, in.rows(0, d)), known.gradient())});
        });
    constexpr Real rounding = 1e-9;
    for (Index i = 0; i < points; ++i)
        if (slopes(i, 0) != 0 && !(std::abs(slopes(i, 1)) <= rounding)) return false;
    return true;
}

bool GameSystem::has_hard_condition(std::string_view unknown) const
{
    // A terminal value that depends on the density would need the density's network at another time.
    if (stationary() || (unknown == phi_ && terminal_sees_density())) return false;
    if (box_ && box_->has(Face::reflecting) &&
        !((unknown == phi_ ? even_value_ : even_density_) && fits_walls(unknown)))
        return false;
    return !box_ || !box_->has(Face::exit) || fits_exits(unknown);
}

Jet GameSystem::hard_condition(std::string_view unknown, const Jet& x, const Jet& t, const Jet& network) const
{
    const bool exits = box_ && box_->has(Face::exit);
    if (unknown == phi_) {
        const Jet end = Jet(x.tape().constant(1, x.samples(), horizon()));
        const Jet known = a_.terminal * game_.terminal_cost({x, end, {}});
        if (!exits) return known + (horizon() - t) * network;
        return known + game_.exit_cost({x, t, {}}) - game_.exit_cost({x, end, {}}) +
               (horizon() - t) * distance_from_exits(*box_, x) * network;
    }
    const Jet w0 = game_.initial_density().log_density(x);
    if (exits) return exp(w0) + t * distance_from_exits(*box_, x) * network;
    return (logarithmic() ? w0 : exp(w0)) + t * network;
}

}  // namespace mfg
