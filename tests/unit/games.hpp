#pragma once
/// Games for tests, and functions in place of their unknowns.

#include <mfg/assessment/formula_solution.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/densities/uniform_box.hpp>
#include <mfg/pde/game_system.hpp>

#include <functional>
#include <optional>

/// A game of the plane with drift, noise and weights; what else it has is set from outside.
class TestGame : public mfg::MeanFieldGame {
public:
    using Formula = std::function<mfg::Jet(const mfg::State&)>;

    int dimension() const override { return 2; }
    mfg::Real horizon() const override { return 1.5; }
    mfg::Real viscosity() const override { return noise; }
    mfg::CostWeights weights() const override { return {1.7, 0.6, 2.1}; }
    mfg::Coupling coupling() const override { return mfg::Coupling::potential; }
    const mfg::Density& initial_density() const override { return initial_; }
    mfg::Jet drift(const mfg::State& s) const override { return drift_formula ? drift_formula(s) : mfg::Jet{}; }
    mfg::Jet running_cost(const mfg::State& s) const override { return running ? running(s) : mfg::Jet{}; }
    mfg::Jet terminal_cost(const mfg::State& s) const override { return terminal ? terminal(s) : mfg::Jet{}; }
    std::optional<mfg::Interaction> interaction() const override { return others; }
    std::optional<mfg::Reference> reference() const override { return exact; }
    mfg::Jet hamiltonian(const mfg::State& s, const mfg::Jet& p) const override
    {
        return h_formula ? h_formula(s, p) : MeanFieldGame::hamiltonian(s, p);
    }
    std::optional<mfg::HamiltonianForm> hamiltonian_form() const override { return stated_form; }
    mfg::Vector viscosities() const override { return noises; }
    mfg::Real discount() const override { return rho; }

    mfg::Real noise = 0, rho = 0;
    mfg::Vector noises = mfg::make_vector(0);  ///< of each coordinate
    std::function<mfg::Jet(const mfg::State&, const mfg::Jet& p)> h_formula;
    std::optional<mfg::HamiltonianForm> stated_form;
    Formula drift_formula, running, terminal;
    std::optional<mfg::Interaction> others;
    std::optional<mfg::Reference> exact;

private:
    mfg::Gaussian initial_ = mfg::Gaussian::isotropic(2, {0.3, -0.2}, 0.4);
};

/// A game of agents in a box, who pay 2 per time, 3 at the end, and 5 + t where they leave.
class BoxGame : public mfg::MeanFieldGame {
public:
    explicit BoxGame(const mfg::Box& box, mfg::Real viscosity = 0.5) : box_(box), viscosity_(viscosity), uniform_(box)
    {
    }

    int dimension() const override { return static_cast<int>(box_.dimension()); }
    mfg::Real viscosity() const override { return viscosity_; }
    mfg::Real horizon() const override { return 0.4; }
    std::optional<mfg::Box> domain() const override { return box_; }
    const mfg::Density& initial_density() const override { return uniform_; }
    mfg::Jet drift(const mfg::State& s) const override { return drift_formula ? drift_formula(s) : mfg::Jet{}; }
    mfg::Jet running_cost(const mfg::State& s) const override { return 2 + 0 * s.x[0]; }
    mfg::Jet terminal_cost(const mfg::State& s) const override { return end + 0 * s.x[0]; }
    mfg::Jet exit_cost(const mfg::State& s) const override { return 5 + s.t + 0 * s.x[0]; }

    TestGame::Formula drift_formula;
    mfg::Real end = 3;

private:
    mfg::Box box_;
    mfg::Real viscosity_;
    mfg::UniformBox uniform_;
};

/// A value function with which agents stay where they are.
inline mfg::Jet at_rest(const mfg::State& s)
{
    return 0 * s.x[0];
}

/// A drift without symmetry, and what it is.
inline mfg::Jet wind(const mfg::State& s)
{
    return vconcat(sin(s.x[1]) + s.t, -0.3 * (s.x[0] * s.x[1]));
}

/// Given functions as the solution of a game: of its unknowns phi and log m, or m itself.
class GivenSolution {
public:
    GivenSolution(const mfg::MeanFieldGame& game, TestGame::Formula phi, TestGame::Formula log_density = {},
                  mfg::Unknown::Role form = mfg::Unknown::Role::log_density)
        : system_(game, log_density ? std::optional(form) : std::nullopt, game.coupling()),
          solution_(system_, [phi = std::move(phi), w = std::move(log_density)](const mfg::Unknown& unknown,
                                                                                const mfg::State& s) {
              if (unknown.role == mfg::Unknown::Role::value) return phi(s);
              return unknown.role == mfg::Unknown::Role::density ? exp(w(s)) : w(s);
          })
    {
    }

    const mfg::GameSystem& system() const { return system_; }
    operator const mfg::Solution&() const { return solution_; }
    const mfg::Solution* operator->() const { return &solution_; }

private:
    mfg::GameSystem system_;
    mfg::FormulaSolution solution_;
};

/// Functions without symmetry.
inline mfg::Jet some_value(const mfg::State& s)
{
    return sin(s.x[0]) * cos(0.7 * s.x[1]) + s.t * s.x[1] + 0.2 * square(s.t);
}
inline mfg::Jet some_log_density(const mfg::State& s)
{
    return -0.5 * norm_squared(s.x) + 0.1 * sin(s.x[0] * s.t) - 1.8;
}

/// Points x, t.
inline mfg::Matrix some_points(int count, mfg::Real horizon = 1.5)
{
    mfg::Matrix points = mfg::make_matrix(static_cast<std::size_t>(count), 3);
    const mfg::RandomStream stream(7, "points");
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        stream.uniform(i, 3, &points(i, 0));
        for (std::size_t k = 0; k < 2; ++k) points(i, k) = 3 * points(i, k) - mfg::Real(1.5);
        points(i, 2) *= horizon;
    }
    return points;
}
