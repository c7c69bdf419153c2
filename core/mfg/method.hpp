#pragma once
#include <mfg/integrator.hpp>
#include <mfg/loss.hpp>
#include <mfg/network.hpp>
#include <mfg/parameters.hpp>
#include <mfg/scales.hpp>
#include <mfg/solution.hpp>
#include <mfg/solver.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mfg {

/// One side of the training: whoever moves parameters and has an objective. Most methods have one, min-max methods two.
///
///     Player("value", loss).validated_by(exact_loss).moves({"phi"}).steps(2)
class MFG_API Player {
public:
    /// Minimises `loss` over all parameters. Losses outlive the player.
    Player(std::string name, const SampledLoss& loss) : name_(std::move(name)), loss_(&loss), validated_(&loss) {}

    /// The loss without estimates, by which answers are compared.
    Player& validated_by(const SampledLoss& loss)
    {
        validated_ = &loss;
        return *this;
    }
    /// The same loss with finer time steps, and what they are: "4 times as many", "adaptive, ...".
    Player& with_fine_steps(const SampledLoss& loss, std::string steps)
    {
        fine_ = &loss;
        fine_steps_ = std::move(steps);
        return *this;
    }
    /// It moves only blocks of these fields, named FIELD or FIELD.LAYER.KIND.
    Player& moves(std::vector<std::string> fields)
    {
        fields_ = std::move(fields);
        return *this;
    }
    /// The unit of the objective, 1 by default. Optimizers see multiples of it; history and results do not.
    Player& in_units_of(Real unit)
    {
        unit_ = unit;
        return *this;
    }
    /// Steps of its optimizer in an iteration, before the next player moves.
    Player& steps(int count)
    {
        steps_ = count;
        return *this;
    }

    const std::string& name() const { return name_; }
    const SampledLoss& loss() const { return *loss_; }
    const SampledLoss& validated() const { return *validated_; }
    const SampledLoss* fine() const { return fine_; }
    const std::string& fine_steps() const { return fine_steps_; }
    const std::vector<std::string>& fields() const { return fields_; }
    int steps() const { return steps_; }
    Real unit() const { return unit_; }

private:
    std::string name_, fine_steps_;
    const SampledLoss *loss_, *validated_, *fine_ = nullptr;
    std::vector<std::string> fields_;
    int steps_ = 1;
    Real unit_ = 1;
};

/// What a method makes of a problem: parameters, who moves them by which loss, and the solution that they stand for.
class MFG_API Formulation {
public:
    virtual ~Formulation();

    /// The parameters of all unknowns; `parameters` below are such a vector.
    virtual const ParameterLayout& layout() const = 0;
    /// The players, in the order in which they move; none if there is a solver. Each sees the parameters of all.
    virtual const std::vector<Player>& players() const = 0;
    /// Steps that take the place of the players' training, or null.
    virtual std::unique_ptr<Solver> solver() const { return nullptr; }

    /// The sizes that networks and objectives are multiples of; null if these have the units of the problem.
    virtual const Scales* scales() const { return nullptr; }
    /// Whether the parameters with the lowest validation objective (in finer steps, if a player has some) are the best.
    /// Between players with opposite aims they are not, and the result is where the training ends.
    virtual bool keeps_best() const { return true; }
    /// Refreshes the parameters that are computed from the others instead of trained (normalisation, moments of the
    /// population). Called before sample number `sample` (from 1) to train on is drawn.
    virtual void refresh(Vector& /*parameters*/, const RandomStream& /*stream*/, std::uint64_t /*sample*/) const {}
    /// The same for the parameters of the result, more accurately.
    virtual void finish(Vector& /*parameters*/, const RandomStream& /*stream*/) const {}

    /// The solution for these parameters, of which it keeps a copy. The formulation outlives it.
    virtual std::unique_ptr<Solution> solution(const Vector& parameters) const = 0;
    /// The solution for parameters in the middle of a training, whose computed parameters may not be up to date.
    virtual std::unique_ptr<Solution> provisional(const Vector& parameters, const RandomStream& /*stream*/) const
    {
        return solution(parameters);
    }
};

/// Turns a problem, networks and (if it needs one) an integrator into something to train.
class MFG_API Method {
public:
    static constexpr const char* kind = "method";
    using Interface = Method;

    /// What a formulation is built from; all of it outlives the formulation.
    struct Parts {
        const Problem* problem = nullptr;        ///< never null
        std::vector<const Network*> networks;    ///< one for each of `fields(*problem)`
        const Integrator* integrator = nullptr;  ///< null unless `needs_integrator()`
    };

    /// An unknown function, represented by a network.
    struct Field {
        std::string name;
        std::string network;  ///< how users name its network: `density` for --density_network
    };

    virtual ~Method();

    /// The unknown functions. Throws an Error that says why if the method cannot solve the problem.
    virtual std::vector<Field> fields(const Problem& problem) const = 0;
    /// Whether `build` is given an integrator.
    virtual bool needs_integrator() const { return false; }
    /// Throws an Error that says why if the method cannot solve the problem. The method outlives the formulation.
    virtual std::unique_ptr<Formulation> build(const Parts& parts) const = 0;
};

}  // namespace mfg
