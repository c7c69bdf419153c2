#include <mfg/base/error.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/random/monte_carlo.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

GameSystem::GameSystem(const MeanFieldGame& game, std::optional<Unknown::Role> form, Coupling coupling, Among among)
    : game_(game),
      form_(form),
      coupling_(coupling),
      a_(game.weights()),
      interaction_(game.interaction()),
      among_(among),
      phi_(named("phi", among.number)),
      lambda_(named("lambda", among.number))
{
    for (int k = 0; k < among.populations; ++k)
        densities_.push_back(named(logarithmic() ? "log_density" : "density", k));
    const auto refuse = [](const std::string& why) { throw UnsupportedProblem("equations of the game: " + why); };
    if (game.stationary() && !game.periodic() && game.discount() == 0)
        refuse("a stationary game without a discount must be one on the torus; derive it from mfg::ErgodicGame");
    if (interaction_ && game.periodic())
        refuse("the agents of the problem are attracted to their mean, which a torus does not have");
    if (has_density() && game.initial_density().singular()) refuse("the initial law of the problem has no density");
    if (!has_density() && several()) refuse("several populations need their densities");
    if (interaction_ && several()) refuse("several populations do not interact at a distance");
    if (!has_density() && game.stationary()) refuse("a game without an end needs its density");
    if (!has_density() && depends_on_density(game)) refuse("the costs of the problem depend on the density");
    if (!has_density() && game.hamiltonian_traits().depends_on_density)
        refuse("the Hamiltonian of the problem depends on the density");
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
    if (stationary()) return {};
    constexpr int max_agents = 2048, min_agents = 256, max_numbers = 1 << 18;
    const int n = std::min(samples, std::clamp(max_numbers / dimension(), min_agents, max_agents));
    const Matrix starts = game_.initial_density().sample(stream.part("starts").with(Sampling::sobol, dimension()), n);
    SimulationSettings settings{1, 64};
    settings.with_costs = true;
    const Simulation agents = simulate(solution, starts, settings, stream.part("noise"));
    MonteCarloMean transport, running, terminal, sum;
    for (int i = 0; i < n; ++i) {
        transport.add(agents.transport(i));
        running.add(agents.running(i));
        terminal.add(agents.terminal(i));
        sum.add(agents.transport(i) + agents.running(i) + agents.terminal(i));
    }
    return {{"costs",
             {{"transport", transport.mean()},
              {"running", running.mean()},
              {"terminal", terminal.mean()},
              {"sum", sum.mean()},
              {"standard_error", sum.standard_error()}}}};
}

Jet GameSystem::hard_condition(std::string_view unknown, const Jet& x, const Jet& t, const Jet& network) const
{
    if (unknown == phi_) {
        const Jet end = Jet(x.tape().constant(1, x.samples(), horizon()));
        return a_.terminal * game_.terminal_cost({x, end, {}}) + (horizon() - t) * network;
    }
    const Jet w0 = game_.initial_density().log_density(x);
    return (logarithmic() ? w0 : exp(w0)) + t * network;
}

}  // namespace mfg
