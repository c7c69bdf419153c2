#pragma once
#include <mfg/network.hpp>
#include <mfg/parameters.hpp>
#include <mfg/pde/embedding.hpp>
#include <mfg/pde/population_moments.hpp>
#include <mfg/pde_system.hpp>
#include <mfg/solution.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mfg {

/// Which conditions an ansatz keeps exactly; the others are equations of the objective. With both, those of the
/// boundary are none either.
struct HardConditions {
    bool initial = false;   ///< those of densities at the start
    bool terminal = false;  ///< those of unknowns of role `value` at the end
};

/// How unknown functions are made of networks.
struct FieldSettings {
    int harmonics = 1;  ///< of the embedding of coordinates between periodic or reflecting faces
    HardConditions hard = {};
    /// Where points follow the population: networks of densities see its standard coordinates (x - mean(t)) /
    /// deviation(t), the others coordinates divided by their root mean squares at t = 0; all of them see t / T.
    bool standardise = false;
    bool gaussian_base = false;  ///< a log density is that of the Gaussian with this mean and deviation, plus a network
    int moment_intervals = 32;   ///< of time, for mean and deviation
    /// Constants for which there is a formula are computed with the normalisations, and not trained: a Hamiltonian that
    /// depends on the density has solutions of any mass, each with its constant, and a training would leave the one of
    /// mass 1 for the next best.
    bool computed_constant = false;
};

/// The unknown functions of a system, each a network with what makes it periodic, normalised, or true to conditions,
/// and the parameters of all of them.
///
/// Besides the networks' own there are trained constants, and parameters that are computed: the mean of each value
/// function that is determined up to a constant only, the log of the mass of a stationary population or, where m itself
/// is learned, what its mass has above 1 (all subtracted), and where the population is. Computed ones receive no
/// gradient.
class MFG_API FieldNetworks {
public:
    /// One network for each unknown. All arguments outlive this object.
    FieldNetworks(const PdeSystem& system, std::vector<const Network*> networks, const FieldSettings& settings);

    const PdeSystem& system() const { return system_; }
    const ParameterLayout& layout() const { return layout_; }
    const std::vector<Unknown>& unknowns() const { return unknowns_; }
    const FieldSettings& settings() const { return settings_; }
    bool time() const { return !system_.stationary(); }
    /// Coordinates of a point: x, and t where there is time.
    int coordinates() const { return system_.dimension() + (time() ? 1 : 0); }
    /// Whether points follow the population: space is neither a torus nor a box.
    bool follows_population() const { return follows_; }
    /// Intervals between the times at which moments of the population are known; 0: there is no time.
    int moment_intervals() const { return time() ? settings_.moment_intervals : 0; }
    /// Whether constants of the unknowns are computed.
    bool normalised() const { return normalised_; }

    /// Whether equations of this kind are part of the objective.
    bool needs(Where where) const;

    /// The networks' parameters on a tape, ready for evaluation.
    struct Prepared {
        VariableList network[Fields::max_unknowns];
        VariableList all;
    };
    Prepared prepare(Tape& tape, const VariableList& parameters) const;

    /// The unknowns with derivatives of the given order at points `[coordinates x n]`.
    Fields evaluate(Tape& tape, const Prepared& prepared, const Variable& points, int order,
                    Solution::Part part = Solution::Part::all) const;
    /// First and second derivatives of the unknowns along `directions` `[d x n]`, one a point, into `first` and
    /// `second` (or null), `[1 x n]` each.
    void evaluate_along(Tape& tape, const Prepared& prepared, const Variable& points, const Variable& directions,
                        Variable* first, Variable* second) const;

    /// Names of the parameter blocks of an unknown's network, for a player that moves it: without what is computed.
    std::vector<std::string> network_blocks(std::string_view unknown) const;

    PopulationMoments moments(const Real* parameters) const;
    PopulationMoments moments(const Prepared& prepared) const;
    /// Entries of the parameter vector.
    std::size_t means_entry() const { return layout_.entries()[means_].offset; }
    std::size_t log_deviations_entry() const { return layout_.entries()[means_ + 1].offset; }
    /// What is subtracted from an unknown; only where there is such a number.
    bool has_shift(int unknown) const { return shift_[unknown] >= 0; }
    std::size_t shift_entry(int unknown) const { return layout_.entries()[shift_[unknown]].offset; }
    /// Entry of constant number `number` of the system.
    std::size_t constant_entry(int number) const { return layout_.entries()[constants_ + number].offset; }

private:
    struct Input {
        Jet x, t;
        // What networks see: those of values and of densities in R^d, of other and of even functions in a box.
        Jet seen[2];
        Jet base;  // log density of the frame's Gaussian, where it is wanted
    };
    /// At coordinates with derivatives in all of them, or along one direction in space for each point.
    Input input(Tape& tape, const Prepared& prepared, const Jet& coordinates) const;
    void standardise(Tape& tape, const Prepared& prepared, const Jet& coordinates, Input& in) const;
    /// Which of the two inputs the network of an unknown sees.
    int view_of(const Unknown& unknown) const { return follows_ ? unknown.role != Unknown::Role::value : unknown.even; }
    bool is_hard(const Unknown& unknown) const
    {
        return unknown.role == Unknown::Role::value ? settings_.hard.terminal : settings_.hard.initial;
    }
    Jet field(Tape& tape, const Prepared& prepared, const Input& input, int unknown) const;

    const PdeSystem& system_;
    std::vector<const Network*> networks_;
    FieldSettings settings_;
    std::vector<Unknown> unknowns_;
    ParameterLayout layout_;
    std::vector<Embedding> embeddings_;  // in a bounded space: of other and of even functions
    NetworkInput network_input_[2];      // for the two views
    int first_[Fields::max_unknowns] = {}, blocks_[Fields::max_unknowns] = {};  // of the networks
    int shift_[Fields::max_unknowns];  // entries of what is subtracted; -1: nothing
    std::size_t constants_ = 0, means_ = 0;
    int constant_count_ = 0;
    Vector inverse_scale_;  // of x and t
    bool follows_ = false, normalised_ = false, constant_is_given_ = false;
};

/// The fields of a parameter vector.
class MFG_API NetworkSolution : public Solution {
public:
    /// `fields` outlives this object.
    NetworkSolution(const FieldNetworks& fields, const Vector& parameters) : fields_(fields), parameters_(parameters) {}

    const PdeSystem& problem() const override { return fields_.system(); }
    std::vector<Unknown> unknowns() const override { return fields_.unknowns(); }
    std::vector<std::string> constants() const override { return problem().constants(); }
    Real constant(std::string_view name) const override;
    Estimate refined_constant(const DrawnPoints& points, Index number = 0) const override
    {
        return problem().refined_constant(*this, points, number);
    }
    const ParameterLayout& layout() const override { return fields_.layout(); }
    const Vector& parameters() const override { return parameters_; }
    Fields evaluate(Tape& tape, const VariableList& parameters, const Variable& points, int order,
                    Part part) const override
    {
        return fields_.evaluate(tape, fields_.prepare(tape, parameters), points, order, part);
    }
    Jet velocity(const Fields& fields) const override { return problem().velocity(fields); }
    Coupling coupling() const override { return problem().coupling(); }
    bool value_up_to_constant() const override { return problem().value_up_to_constant(); }

private:
    const FieldNetworks& fields_;
    Vector parameters_;
};

}  // namespace mfg
