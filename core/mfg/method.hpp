#pragma once
#include <mfg/assessment/learned_game.hpp>
#include <mfg/integrator.hpp>
#include <mfg/loss.hpp>
#include <mfg/network.hpp>
#include <mfg/parameters.hpp>
#include <mfg/problem.hpp>
#include <mfg/solver.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mfg {

/// How a map is drawn, beside its values.
struct MapDetails {
    /// Of the lines alone, so that a map can be given them as they are.
    MapDetails(const Cube* over = nullptr, const Cube* backward = nullptr) : lines(over), backward_lines(backward) {}

    const Cube* lines;           ///< curves over it `[paths x points x 2]`, or null
    const Cube* backward_lines;  ///< others, in another colour
    bool is_signed = false;      ///< zero is the middle of the colours
    /// Of the colours, where that is not the range of the values.
    std::optional<std::pair<Real, Real>> range;
};

/// Pictures that a method makes of its answer: arrays that go to `fields/` of the run directory, and how to draw them.
class MFG_API FieldExport {
public:
    virtual ~FieldExport();
    /// Starts a figure of several panels.
    virtual void figure(const std::string& name, const std::string& title) = 0;
    /// A map over the window `[ny x nx]`, first row at the lowest y. Panels of a figure with the same `scale` (a name)
    /// share their colour range.
    virtual void map(const std::string& name, const std::string& title, const Matrix& values, const Window& window,
                     const std::string& scale, const MapDetails& details = {}) = 0;
    /// Curves over common axes: `table` `[points x (1 + curves)]`, abscissae in its first column; one label a curve.
    virtual void curves(const std::string& name, const std::string& title, const Matrix& table,
                        const std::vector<std::string>& labels, const std::string& x_label,
                        const std::string& y_label) = 0;
    /// A picture that moves, a figure of its own: values over the window `[times x ny x nx]` at `times`, and `points`
    /// that move over it `[points x times x 2]`. Each time has its own colours, from 0 to the largest value. Contour
    /// lines of `obstacles` `[ny x nx]` (or null), a map over the same window, stay.
    virtual void animation(const std::string& name, const std::string& title, const Cube& values, const Window& window,
                           const Vector& times, const Cube& points, const Matrix* obstacles = nullptr) = 0;
};

/// An unknown function at rows of points, and its derivatives there; what is not known stays empty.
struct FieldTable {
    std::string name;
    Vector value = {}, time_derivative = {};  ///< one number a point
    Matrix gradient = {};                     ///< in x, `[n x d]`
    Vector laplacian = {};                    ///< in x
};

/// The table of an unknown from columns of `all` `[n x ...]`: its value and derivatives as far as the columns say.
struct FieldColumns {
    int value = 0, time_derivative = -1, gradient = -1, laplacian = -1;  ///< the first of the gradient's; -1: not there
    int dimension = 0;                                                   ///< columns of the gradient
};
MFG_API FieldTable field_table(const std::string& name, const Matrix& all, const FieldColumns& columns);

/// One side of the training: whoever moves parameters and has an objective. Most methods have one, min-max methods two.
struct Player {
    std::string name;
    const Loss* loss = nullptr;             ///< what it minimises
    const Loss* fine_loss = nullptr;        ///< the same with finer time steps, where there is a time grid
    std::string fine_steps = {};            ///< what they are: "4 times as many", "adaptive, ..."
    const Loss* validation_loss = nullptr;  ///< the loss without estimates, where the one that is minimised has some
    std::vector<std::string> fields = {};   ///< what it moves: blocks of these fields of the layout; none named: all
    int steps = 1;                          ///< of its optimizer in an iteration, before the next player moves

    const Loss* validated() const { return validation_loss ? validation_loss : loss; }
};

/// The parameters as they were at an iteration of the training.
struct Snapshot {
    std::uint64_t iteration;
    Vector parameters;
};

/// Turns a problem, networks and (where needed) an integrator into something to train.
class MFG_API Method {
public:
    static constexpr const char* kind = "method";
    using Interface = Method;

    /// What a method is built from; all of it outlives the method.
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
    /// Called once, before anything below. Throws an Error that says why if the method cannot solve the problem.
    virtual void build(const Parts& parts) = 0;
    /// The parameters of all unknowns; `parameters` below are such a vector. None where there is a solver.
    virtual const ParameterLayout& layout() const;
    /// The players of the training, in the order in which they move; none where there is a solver. Each sees the
    /// parameters of all.
    virtual const std::vector<Player>& players() const = 0;
    /// Whether the answer with the lowest validation objective is the best one. Between players with opposite aims it
    /// is not, and the answer is where the training ends.
    virtual bool keeps_best() const { return true; }
    /// A solver that takes the place of the training (`parameters` below is then empty), or null.
    virtual Solver* solver() { return nullptr; }
    /// What else is known about the quality of the answer, in groups: `errors` (distances from the problem's exact
    /// solution), `residuals`, `round_trip`; over `samples` fresh samples.
    virtual std::map<std::string, std::map<std::string, Real>> measures(const Vector& parameters,
                                                                        const RandomStream& stream, int samples) const;
    /// Names GROUP.NAME of measures that are cheap enough to be followed during the training, as columns of the
    /// history.
    virtual std::vector<std::string> tracked() const { return {}; }
    /// Their values for these parameters, on samples of the stream.
    virtual Vector track(const Vector& parameters, const RandomStream& stream) const;
    /// Velocity of agents at rows of `points` `[n x d]` and time t, `[n x d]`; an Error where the method knows none.
    virtual Matrix velocity(const Vector& parameters, const Matrix& points, Real t) const;
    /// The unknown functions at rows of `points`: x_1..x_d, and t where the problem has time. Standard: an Error, since
    /// a solver's answer is no function.
    virtual std::vector<FieldTable> evaluate(const Vector& parameters, const Matrix& points) const;
    /// The answer as a game that one agent plays against the population; null where the problem says not what an agent
    /// pays. Both parameters and method outlive it.
    virtual std::unique_ptr<LearnedGame> learned_game(const Vector& parameters) const;
    /// Writes pictures of the solution, and of what it was at some iterations of the training (maybe none).
    virtual void export_fields(const Vector& parameters, const std::vector<Snapshot>& snapshots,
                               const RandomStream& stream, FieldExport& to) const;
};

}  // namespace mfg
