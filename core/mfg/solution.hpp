#pragma once
#include <mfg/fields.hpp>
#include <mfg/figure.hpp>
#include <mfg/integrator.hpp>
#include <mfg/parameters.hpp>
#include <mfg/problem.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mfg {

/// Numbers by group and name: `errors`, `residuals`, `costs`, ...
using Measures = std::map<std::string, std::map<std::string, Real>>;

/// A number and its standard error, 0 where the number is no estimate.
struct Estimate {
    Real value, standard_error = 0;
};

/// Points to take means over, one a row, and the log density of the law that they were drawn from, up to a constant;
/// none if that is the uniform law on the domain.
struct DrawnPoints {
    Matrix points;
    Vector log_law = {};
};

/// What a measure GROUP.NAME is, or all of a GROUP, in a few words: its norm, over which points or agents. Measures of
/// one name with different definitions are different quantities (`mfg compare`).
using Definitions = std::map<std::string, std::string>;

/// The parameters at an iteration of the training.
struct Snapshot {
    std::uint64_t iteration;
    Vector parameters;
};

/// The answer of a method to a problem: unknown functions that can be evaluated anywhere. Points are x_1..x_d, then t
/// if the problem has time.
///
/// A solution gives its fields on a tape (`evaluate`) and the velocity of agents; errors, residual tables,
/// exploitability, evaluation and the standard figures follow from these (mfg/assessment). All functions may be called
/// from several threads at once. What a solution refers to (problem, networks, the formulation) outlives it.
class MFG_API Solution {
public:
    virtual ~Solution();

    virtual const Problem& problem() const = 0;
    /// The unknown functions, in the order in which Fields has them.
    virtual std::vector<Unknown> unknowns() const = 0;
    /// Names of the constants, and their values.
    virtual std::vector<std::string> constants() const { return {}; }
    virtual Real constant(std::string_view name) const;
    /// A constant, by its number, from a formula that is more accurate than its trained value, if there is one.
    virtual Estimate refined_constant(const DrawnPoints& /*points*/, Index number = 0) const
    {
        return {constant(constants()[number])};
    }
    /// The parameters that the fields are functions of; none by default.
    virtual const ParameterLayout& layout() const;
    virtual const Vector& parameters() const;

    /// Which unknowns are wanted: densities may cost much more than values.
    enum class Part { all, values, densities };
    /// The fields at `points` `[coordinates x n]` with derivatives up to `order` as far as they are known, for
    /// parameters of the layout on the tape; derivatives flow to these and to positions.
    virtual Fields evaluate(Tape& tape, const VariableList& parameters, const Variable& points, int order,
                            Part part = Part::all) const = 0;
    /// Velocity of agents, d features, from the unknowns of `control_part()` and their first derivatives; a zero jet if
    /// agents do not move.
    virtual Jet velocity(const Fields& fields) const = 0;
    /// Part::values, or Part::all where the Hamiltonian depends on the density.
    Part control_part() const;
    /// log m from the unknown that is a density; a zero jet if there is none.
    Jet log_density(const Fields& fields) const;
    /// The same with its derivatives; of log m from m itself the gradient alone.
    FieldValues log_density_values(const Fields& fields) const;
    /// Whether the density is by its construction that of agents who move with the velocity, and not a field beside it.
    virtual bool density_follows_agents() const { return false; }

    /// How the costs of one agent follow from those of the game.
    virtual Coupling coupling() const;
    /// The exact solution to compare with.
    virtual std::optional<Reference> reference() const { return problem().reference(); }
    /// Whether nothing determines the constant in the value function.
    virtual bool value_up_to_constant() const { return problem().stationary(); }
    /// How paths of agents without noise are integrated, and the steps over the horizon; null for the midpoint rule.
    virtual const Integrator* integrator() const { return nullptr; }
    virtual StepControl steps() const { return 64; }

    /// What the method itself knows about the quality, over about `samples` fresh samples.
    virtual Measures measures(const RandomStream& /*stream*/, int /*samples*/) const { return {}; }
    /// What of these has another definition in other methods.
    virtual Definitions definitions() const { return {}; }
    /// Whether errors against the exact solution are cheap enough to be followed during the training.
    virtual bool errors_are_cheap() const { return false; }
    /// Names GROUP.NAME of those that are cheap enough to be followed during the training, and a way to find just them.
    virtual std::vector<std::string> tracked() const { return {}; }
    virtual Measures tracked_measures(const RandomStream& stream, int samples) const
    {
        return measures(stream, samples);
    }
    /// Figures of the method's own, beside the standard ones. `standard_figures` says whether these suit it.
    virtual std::vector<Figure> figures(const RandomStream& /*stream*/) const { return {}; }
    virtual bool standard_figures() const { return true; }

    /// Coordinates of a point.
    int coordinates() const { return problem().dimension() + (problem().stationary() ? 0 : 1); }
    /// `formula`, `outputs` features, at rows of `points`: `[n x outputs]`. Population means are not at hand.
    Matrix map(const Matrix& points, int order, int outputs, const std::function<Jet(const Fields&)>& formula,
               Part part = Part::all) const;
    /// Values of one unknown, `[n x 1]`.
    Matrix value(std::string_view unknown, const Matrix& points) const;
    /// Velocity of agents at rows of `points`, `[n x d]`; or at rows of `x` `[n x d]` and one time.
    Matrix velocity_at(const Matrix& points) const;
    Matrix velocity_at(const Matrix& x, Real t) const;

    /// The fields for the solution's own parameters, and single quantities of them, on a tape.
    Fields fields(Tape& tape, const Variable& points, int order, Part part = Part::all) const;
};

/// Rows of `x` `[n x d]` with a last column t; without it if the problem has no time.
MFG_API Matrix with_time(const Problem& problem, const Matrix& x, Real t);

}  // namespace mfg
