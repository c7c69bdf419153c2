#pragma once
#include <mfg/autodiff/jet.hpp>
#include <mfg/base/box.hpp>
#include <mfg/densities/density.hpp>
#include <mfg/densities/uniform_box.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mfg {

class MeanFieldGame;
class MultiPopulationGame;
class PdeSystem;

/// Where an agent is, and among how many others: what costs and exact solutions are functions of. A whole batch of
/// states at once: formulas are written as for one (`norm_squared(s.x)`, `s.x[0] * exp(-s.t)`), and whoever evaluates
/// them decides which derivatives come along.
struct State {
    Jet x;  ///< position, d features: s.x[k] is coordinate k, from 0
    Jet t;  ///< time, one feature; a zero jet where there is no time
    /// w = log m(t,x), one feature; a zero jet in drifts and exact solutions, and in Hamiltonians where it is not
    /// known.
    Jet log_density;
    /// In costs of a game of several populations: log m_k of all of them, one feature each. Else a zero jet.
    Jet log_densities = {};
};

/// What is known exactly about a problem's solution. All error metrics follow from it.
struct Reference {
    std::function<Jet(const State&)> value;        ///< value function phi(t,x), with all weights in it
    std::function<Jet(const State&)> log_density;  ///< log m(t,x)
    /// Weighted cost terms of the optimum, e.g. {"transport", 10.057}, {"terminal", 0.627}; any other term is 0 there.
    std::map<std::string, Real> terms;
    std::string source;  ///< where it comes from, one line
    /// The constant of an ergodic problem.
    std::optional<Real> constant = {};
    /// Points of the exact population, one a row: x, and t (uniform over the horizon) where there is time.
    std::function<Matrix(const RandomStream&, int count)> population = {};
    /// Mean of the exact population at a time, d numbers: where agents are attracted to it.
    std::function<Vector(Real t)> mean = {};
    /// Points at which the value is of interest by itself, by name: x, and t where there is time.
    std::map<std::string, Vector> points = {};
};

/// The part of the plane of the first two coordinates that pictures show.
struct Window {
    Real x_low, x_high, y_low, y_high;
};

/// Options and their values, e.g. {"method.time_steps", "2"}.
using Defaults = std::vector<std::pair<std::string, std::string>>;

/// A mean field problem: who the agents are and what they pay. Holds settings only; every function may be called from
/// several threads at once.
class MFG_API Problem {
public:
    static constexpr const char* kind = "problem";
    using Interface = Problem;

    virtual ~Problem();

    /// Dimension d of the state space.
    virtual int dimension() const = 0;
    /// Final time T.
    virtual Real horizon() const { return 1; }
    /// nu in dX = v dt + sqrt(2 nu) dW; where coordinates differ, the largest.
    virtual Real viscosity() const { return 0; }
    /// nu of each coordinate where they differ, d numbers, some of which may be 0; none (the default) if all are
    /// `viscosity()`.
    virtual Vector viscosities() const { return {}; }
    /// Whether there is no time: all fields are functions of x alone.
    virtual bool stationary() const { return false; }
    /// Whether space is the torus [0,1)^d, so that all fields have period 1 in each coordinate.
    virtual bool periodic() const { return false; }
    /// A bounded part of space outside of which nothing is asked, with walls for agents or without; none (the default)
    /// on the torus and in R^d.
    virtual std::optional<Box> domain() const { return {}; }
    /// What pictures show: where agents are at the start, at the end and on the way. Games without a target density
    /// take typical lengths from it (mfg/scales.hpp).
    virtual Window window() const { return {-5, 5, -5, 5}; }

    /// Options of other plugins and of the training that suit this problem. What the user says overrides them.
    virtual Defaults defaults() const { return {}; }

    /// The exact solution, where there is one; runs then report their errors, and the contract tests hold it against
    /// the equations. It is that of the settings at hand: return none for settings for which it is not known.
    virtual std::optional<Reference> reference() const { return {}; }

    /// This problem as a standard game, if it is one.
    virtual const MeanFieldGame* mean_field_game() const { return nullptr; }
    /// This problem as a game of several populations, if it is one.
    virtual const MultiPopulationGame* multi_population_game() const { return nullptr; }
    /// This problem as a system of partial differential equations that was written by hand, if it is one.
    virtual const PdeSystem* pde_system() const { return nullptr; }
};

/// Weights of the cost terms: a1, a2, a3 in docs/equations.md, "Agents and costs".
struct CostWeights {
    Real transport = 1, running = 1, terminal = 1;
};

/// How the coupling in the Hamilton-Jacobi equation follows from the cost integrand c(x, t, w), w = log m.
enum class Coupling {
    potential,  ///< potential game or control of the population: c + dc/dw
    game        ///< plain game: c
};

/// A formula for the cost that agents mean for each other: one of the two functions is set.
struct Interaction {
    /// Cost k of a pair of agents as a function of their squared distance (up to rounding: it may be slightly
    /// negative), an array `[any x any]` as a jet; k is weighted with 1/2 in the cost of the population, so that 1/2 E
    /// E k(|x - y|^2) is what it pays.
    std::function<Jet(const Jet& squared_distance)> kernel = {};
    /// Cost of the offset x - E x from the mean of the population, a quadratic form: one feature from the offset.
    std::function<Jet(const Jet& offset)> attraction = {};
    int coordinates = 0;  ///< how many of the first coordinates count; 0: all

    static Interaction of_pairs(std::function<Jet(const Jet&)> k, int first_coordinates = 0)
    {
        return {std::move(k), {}, first_coordinates};
    }
    static Interaction with_mean(std::function<Jet(const Jet&)> cost, int first_coordinates = 0)
    {
        return {{}, std::move(cost), first_coordinates};
    }

    bool pairwise() const { return static_cast<bool>(kernel); }
    /// The integrand of the cost, in parts of its variational derivative.
    Real cost_share() const { return pairwise() ? Real(0.5) : Real(1); }
};

/// What H_pp, the second derivatives of a Hamiltonian in p, look like: it says which second derivatives of the value
/// function equations need (docs/equations.md, "Hamiltonians").
enum class HamiltonianForm {
    quadratic,  ///< H = |p|^2 / (2 a1) - b.p: the Laplacian
    isotropic,  ///< a multiple of the identity: the Laplacian
    diagonal,   ///< each coordinate's own: d second derivatives
    radial,     ///< a multiple of the identity and one of pp', as for functions of |p|: the Laplacian and one more
    general     ///< any: all d (d + 1) / 2 second derivatives, up to `most_general_dimensions`
};
constexpr int most_general_dimensions = 12;

/// What equations need to know of a Hamiltonian and of the noise beside it.
struct HamiltonianTraits {
    HamiltonianForm form = HamiltonianForm::quadratic;
    bool depends_on_density = false;
    Vector viscosities = {};  ///< Problem::viscosities, kept because a training step may not take memory for them
};

/// A game or control problem in standard form: agents move with velocity -H_p and pay p.H_p - H + a2 c(x,t,w) per time
/// and a3 g(x,T,w) at the end. With the standard Hamiltonian the velocity is b(x,t) + v, for which they pay
/// a1 |v|^2/2. One problem, many methods.
class MFG_API MeanFieldGame : public Problem {
public:
    const MeanFieldGame* mean_field_game() const final { return this; }

    /// The Hamiltonian H(x,t,p,w), one feature: convex in p `[d]`, with finite derivatives at p = 0. The standard one
    /// is |p|^2 / (2 a1) - b.p. Velocities, what agents pay for them, and all equations follow by differentiation.
    virtual Jet hamiltonian(const State& s, const Jet& p) const;
    /// The form of H_pp; none (the default): it is found from the formula. The contract tests check what is stated.
    virtual std::optional<HamiltonianForm> hamiltonian_form() const { return {}; }
    /// The stated form, or that of the formula; found once. An Error if the formula is no Hamiltonian.
    const HamiltonianTraits& hamiltonian_traits() const;
    /// rho >= 0: costs at time t count exp(-rho t). The equation of the value function has rho phi in it; a game
    /// without an end then has no ergodic constant.
    virtual Real discount() const { return 0; }

    /// a1, a2, a3, all 1 by default.
    virtual CostWeights weights() const { return {}; }
    /// What the Hamilton-Jacobi equation sees of costs that depend on the density: that of a potential game by default.
    virtual Coupling coupling() const { return Coupling::potential; }
    /// Law of the agents at t = 0.
    virtual const Density& initial_density() const = 0;
    /// The law that the terminal cost aims at, where it does: for pictures.
    virtual const Density* target_density() const { return nullptr; }
    /// Starting points `[n x d]` of the paths that pictures show; none (the default) for a sample of the initial law.
    virtual Matrix shown_starts() const { return make_matrix(0, 0); }
    /// Drift b(x,t) of the standard Hamiltonian, d features; a zero jet (the default) if there is none.
    virtual Jet drift(const State&) const { return {}; }
    /// Integrand c(x,t,w) of the running cost, one feature; a zero jet if there is none. Its derivative in w is found
    /// by differentiation of this formula.
    virtual Jet running_cost(const State&) const { return {}; }
    /// Interaction of agents, none by default. A kernel k of pairs has the functional 1/2 E E k: its integrand 1/2 E_y
    /// k is added to the running cost, its variational derivative E_y k to the coupling. The attraction to the mean is
    /// added to both: its functional does not change with the mean to first order, since the mean is where a quadratic
    /// form of the offset is least.
    virtual std::optional<Interaction> interaction() const { return {}; }
    /// Integrand g(x,T,w) of the terminal cost, one feature; a zero jet if there is none.
    virtual Jet terminal_cost(const State&) const = 0;
    /// What an agent pays who leaves through an exit of the domain at (x,t), one feature; a zero jet (the default) if
    /// leaving is free. No weight applies, and nothing else is paid after that.
    virtual Jet exit_cost(const State&) const { return {}; }

private:
    /// A copy of a game finds its own.
    struct FoundTraits {
        FoundTraits() = default;
        FoundTraits(const FoundTraits&) {}
        FoundTraits& operator=(const FoundTraits&) = delete;
        std::once_flag once;
        HamiltonianTraits traits;
    };
    mutable FoundTraits found_;
};

/// Throws an Error that says which setting of a problem no method can work with: a dimension, horizon, viscosity,
/// window, domain or weight that makes no sense, a density of another dimension, or names and numbers of unknowns and
/// equations that nobody could refer to.
MFG_API void require_settings(const Problem& problem);

/// The bounded space of a problem: its domain or the torus, as a box with periodic faces; none in R^d.
MFG_API std::optional<Box> bounded_space(const Problem& problem);

/// The law of the agents of a problem at t = 0; null if it has no agents.
MFG_API const Density* initial_law(const Problem& problem);

/// A game without an end on the torus [0,1)^d, or in a box whose faces are reflecting or periodic: agents minimise
/// their mean cost per time. Unknown are the value function phi (up to a constant), the density m and the ergodic
/// constant Lambda (docs/equations.md, "Ergodic games"):
///
///     0 = -nu Lap phi + |grad phi|^2 / (2 a1) - b . grad phi - a2 f(x, m) + Lambda,   int phi = 0
///     0 = -nu Lap m + div( m (b - grad phi / a1) ),                                   int m = 1
class MFG_API ErgodicGame : public MeanFieldGame {
public:
    /// On the torus.
    explicit ErgodicGame(int dimension) : uniform_(dimension) {}
    explicit ErgodicGame(const Box& box) : box_(box), uniform_(box) {}

    int dimension() const final { return uniform_.dimension(); }
    bool stationary() const final { return true; }
    bool periodic() const final { return !box_; }
    std::optional<Box> domain() const final { return box_; }
    /// All of the first two coordinates.
    Window window() const override;
    /// Agents may start anywhere.
    const Density& initial_density() const final { return uniform_; }
    Jet terminal_cost(const State&) const final { return {}; }

private:
    std::optional<Box> box_;
    UniformBox uniform_;
};

}  // namespace mfg
