#pragma once
#include <mfg/integrator.hpp>
#include <mfg/network.hpp>
#include <mfg/problem.hpp>
#include <mfg/solver.hpp>
#include <mfg/training/loss.hpp>
#include <mfg/training/parameters.hpp>

#include <map>
#include <string>
#include <vector>

namespace mfg {

/// Pictures that a method makes of its answer: arrays that go to `fields/` of the run directory, and how to draw them.
class MFG_API FieldExport {
public:
    virtual ~FieldExport();
    /// Starts a figure of several panels.
    virtual void figure(const std::string& name, const std::string& title) = 0;
    /// A map over the window `[ny x nx]`, first row at the lowest y. Panels of a figure with the same `scale` (a name)
    /// share their colour range. `lines` (or null) `[paths x points x 2]` are drawn over it.
    virtual void map(const std::string& name, const std::string& title, const Matrix& values, const Window& window,
                     const std::string& scale, const Cube* lines = nullptr) = 0;
};

/// One side of the training: whoever owns parameters and an objective. Most methods have one, min-max methods two.
struct Player {
    std::string name;
    const Loss* loss = nullptr;       ///< what it minimises
    const Loss* fine_loss = nullptr;  ///< the same with 4 times the time steps, where there is a time grid
    ParameterLayout layout;
};

/// Turns a problem, networks and (where needed) an integrator into something to train.
class MFG_API Method {
public:
    static constexpr const char* kind = "method";
    using Interface = Method;

    /// What a method is built from; all of it outlives the method.
    struct Parts {
        const Problem* problem = nullptr;
        std::vector<const Network*> networks;  ///< one for each of `fields()`
        const Integrator* integrator = nullptr;
    };

    virtual ~Method();

    /// Names of the unknown functions, each represented by a network.
    virtual std::vector<std::string> fields() const = 0;
    virtual bool needs_integrator() const { return false; }
    /// Called once, before anything below. Throws an Error that says why if the method cannot solve the problem.
    virtual void build(const Parts& parts) = 0;
    /// The players of the training, in the order in which they move; none where there is a solver.
    virtual const std::vector<Player>& players() const = 0;
    /// A solver that takes the place of the training (`parameters` below is then empty), or null.
    virtual Solver* solver() { return nullptr; }
    /// What else is known about the quality of the answer, in groups: `errors` (distances from the problem's exact
    /// solution), `residuals`, `round_trip`; over `samples` fresh samples. `parameters` holds one vector a player.
    virtual std::map<std::string, std::map<std::string, Real>> measures(const std::vector<Vector>& parameters,
                                                                        const RandomStream& stream, int samples) const;
    /// Velocity of agents at rows of `points` `[n x d]` and time t, `[n x d]`; an Error where the method knows none.
    virtual Matrix velocity(const std::vector<Vector>& parameters, const Matrix& points, Real t) const;
    /// Writes pictures of the solution.
    virtual void export_fields(const std::vector<Vector>& parameters, const RandomStream& stream,
                               FieldExport& to) const;
};

}  // namespace mfg
