#pragma once
#include <mfg/problem.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mfg {

class FieldExport;
class LearnedFields;

/// An unknown function of a system.
struct Unknown {
    enum class Role {
        value,        ///< any function
        log_density,  ///< log m of the population
        density       ///< m of the population
    };
    std::string name;
    Role role = Role::value;
    Real scale = 1;  ///< typical size of a value: its network is multiplied by it
};

/// An unknown function at n points with its derivatives there: plain values, `[1 x n]`, the gradient `[d x n]`.
/// Derivatives that an equation did not ask for are zero jets.
struct FieldValues {
    Jet value, time_derivative, gradient, laplacian;
};

/// What the residual of an equation is a function of: points and the unknowns there. All jets are plain values.
class MFG_API Fields {
public:
    struct Named {
        std::string_view name;
        FieldValues values;
    };
    static constexpr int max_unknowns = 4;

    Jet x;                      ///< points, d features
    Jet t;                      ///< times, one feature; a zero jet in stationary problems
    Named unknowns[max_unknowns] = {};  ///< in the order of the system
    Jet constants[max_unknowns] = {};   ///< trained constants, in the order of the system
    /// Where the mean of the population is at the time of each point, d features; where points follow a population.
    Jet population_centre;
    Variable population_weights;  ///< `[1 x n]`, sum 1 over the agents at one time; where a system has these

    /// The unknown with that name.
    const FieldValues& operator[](std::string_view name) const;
    /// The mean of `values` over the population at the time of each point, one feature (PdeSystem::agents_per_time).
    Jet population_mean(const Jet& values) const;
    int agents_per_time = 1;
};

/// Where an equation holds.
enum class Where {
    interior,
    initial,   ///< t = 0
    terminal,  ///< t = T
    boundary   ///< PdeSystem::boundary_points
};

/// One equation: its residual, one feature, vanishes at the solution.
struct Equation {
    std::string name;  ///< one word: the name of its term and residual
    Where where;
    std::function<Jet(const Fields&)> residual;
    int order = 2;  ///< derivatives of the unknowns that it uses: 0, 1, 2
};

/// A box [low, high] in each coordinate.
struct Box {
    Vector low, high;
};

/// A system of partial differential equations written by hand, for what is no game in standard form. Holds settings
/// only; every function may be called from several threads at once.
///
/// Space is a box (`domain`), the torus (`periodic`), or R^d: then points follow the population, which starts from
/// `initial_density` and moves with `velocity`.
class MFG_API PdeSystem : public Problem {
public:
    const PdeSystem* pde_system() const final { return this; }

    /// The unknown functions, at most 4.
    virtual std::vector<Unknown> unknowns() const = 0;
    /// Names of unknown constants, trained with the functions.
    virtual std::vector<std::string> constants() const { return {}; }
    virtual std::vector<Equation> equations() const = 0;

    /// Where points are drawn uniformly; none on the torus and where they follow the population.
    virtual std::optional<Box> domain() const { return {}; }
    /// Points on the boundary, one a row, x and t where there is time; standard: uniform on the faces of the domain.
    virtual Matrix boundary_points(const RandomStream& stream, int count) const;
    /// The law of the population at t = 0, where there is one.
    virtual const Density* initial_density() const { return nullptr; }
    /// The velocity of agents, d features, from first derivatives of the unknowns of role `value` (others are not at
    /// hand); a zero jet where there are none.
    virtual Jet velocity(const Fields&) const { return {}; }
    /// Points that share a time, where equations use means over the population; they are spread over it evenly.
    virtual int agents_per_time() const { return 1; }

    /// Whether functions of role `value` are determined up to a constant only.
    virtual bool value_up_to_constant() const { return false; }
    /// The first constant from a learned solution, by a formula that is more accurate than the trained number;
    /// `points` are uniform on the domain.
    virtual Real refined_constant(const LearnedFields& learned, const Matrix& points) const;
    /// What drives the equations (a source term), one feature, for residuals relative to its size; a zero jet for none.
    virtual Jet source(const Fields&) const { return {}; }

    /// Whether there is an ansatz for an unknown that keeps its conditions (all but interior equations) exactly.
    virtual bool has_hard_condition(std::string_view) const { return false; }
    /// That ansatz, from a network's output: e.g. g(x) + (T - t) N(x,t).
    virtual Jet hard_condition(std::string_view unknown, const Jet& x, const Jet& t, const Jet& network) const;

    /// What is known of an answer's quality beside residuals and distances from the reference, in groups as
    /// Method::measures has them.
    virtual std::map<std::string, std::map<std::string, Real>> measures(const LearnedFields& learned,
                                                                        const RandomStream& stream, int samples) const;
    /// Writes pictures of its own.
    virtual void export_fields(const LearnedFields& learned, const RandomStream& stream, FieldExport& to) const;
};

}  // namespace mfg
