#pragma once
#include <mfg/autodiff/jet.hpp>

#include <string>
#include <string_view>

namespace mfg {

/// An unknown function of a problem.
struct Unknown {
    enum class Role {
        value,        ///< any function
        log_density,  ///< log m of the population
        density       ///< m of the population
    };
    std::string name;
    Role role = Role::value;
    Real scale = 1;      ///< typical size of a value: its network is multiplied by it
    int order = 2;       ///< of the derivatives that a solution knows: 0, 1 or 2
    int population = 0;  ///< whose it is, where there are several populations
    /// Whether its normal derivative vanishes at reflecting faces of the domain, by the equations: networks then have
    /// this property by construction.
    bool even = false;
};

/// An unknown function at n points with its derivatives there: plain values, `[1 x n]`, the gradient `[d x n]`.
/// Derivatives that were not asked for, or are not known, are zero jets.
struct MFG_API FieldValues {
    Jet value, time_derivative, gradient, laplacian;
    /// More second derivatives, which come with the Laplacian where the equations of a game need them; which ones is
    /// up to it (mfg/game/curvature.hpp).
    Jet curvature = {};

    /// What a scalar function of x and, if the shape has more directions, t knows of itself: as much as `shape` asks
    /// for.
    static FieldValues of(const Jet& function, const JetShape& shape);
};

/// log m with its gradient, as far as both are known of m; log(m^2 + 1e-12) / 2, since a network for m itself may be
/// negative somewhere.
MFG_API FieldValues logarithm(const FieldValues& density);

/// The trained constants of a system, in the order of the solution.
class MFG_API FieldConstants {
public:
    static constexpr Index most = 16;

    void add(const Jet& constant);
    /// An Error if there are fewer.
    const Jet& operator[](Index number) const;

private:
    Jet constants_[most] = {};
    Index count_ = 0;
};

/// Points and the unknown functions there: the argument of equations and of all formulas about a solution. All jets are
/// plain values.
class MFG_API Fields {
public:
    struct Named {
        std::string_view name;
        FieldValues values;
    };
    static constexpr int max_unknowns = 16;

    Jet x;                              ///< points, d features
    Jet t;                              ///< times, one feature; a zero jet in stationary problems
    Named unknowns[max_unknowns] = {};  ///< in the order of the solution
    FieldConstants constants;
    /// Mean of the population at the time of each point, d features, if points follow a population.
    Jet population_centre;
    Variable population_weights;  ///< `[1 x n]`, sum 1 over the agents at one time; for population_mean
    int agents_per_time = 1;

    /// The unknown with that name; an Error if there is none.
    const FieldValues& operator[](std::string_view name) const;
    /// The mean of `values` over the population at the time of each point, one feature (PdeSystem::agents_per_time).
    Jet population_mean(const Jet& values) const;
};

}  // namespace mfg
