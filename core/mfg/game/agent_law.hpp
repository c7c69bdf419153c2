#pragma once
#include <mfg/game/density_fit.hpp>
#include <mfg/solution.hpp>

#include <string>
#include <vector>

namespace mfg {

/// The law of the agents who follow the control of a solution: the population that an agent meets. A density field that
/// was learned beside the control plays no part in the law, but for the correction below.
///
/// Without noise log m follows the agents: a point is taken back along its path to t = 0, where the density is given,
/// and minus the integral of div v is added. With noise there is no such path. The density then is fitted at each of
/// some times to simulated agents, and linear in time in between. The fits are
///
/// * a normal law with independent coordinates, or with all correlations (not on the torus);
/// * in at most three dimensions, kernels in space around where agents are before the noise of their last step: as wide
///   as this noise, so that their mean is the density of the agents' scheme without bias, or wider where agents are
///   few;
/// * on the torus, independent coordinates with kernels;
/// * the best of these, corrected by the density field, as far as the field is right (`corrected_by`).
///
/// The one with the largest mean log density of other agents, who played no part in the fits, is taken for all times.
/// In many dimensions laws that are neither nearly normal nor (on the torus) nearly independent are met only as far as
/// the field is right; `advantage` tells whether that helped.
class MFG_API AgentLaw {
public:
    /// How much work the fits are: their time grows with agents times intervals.
    struct Effort {
        int agents = 4096;   ///< at most; fewer in many dimensions
        int intervals = 32;  ///< of time; half as many in more than three dimensions
        /// For means over agents, which are measured after every training.
        static Effort quick() { return {1024, 8}; }
    };
    /// Of a game in standard form; UnsupportedProblem if it is one in a box. The solution outlives this object.
    AgentLaw(const Solution& solution, const RandomStream& stream, const Effort& effort);

    /// log m at x `[d x n]` at a time (of no interest in a game without an end), `[1 x n]`; derivatives flow to x.
    Variable log_density(Tape& tape, const Variable& x, Real t) const;
    /// The mean over normal offsets of the given standard deviation (sixteen, in mirrored pairs) of the density.
    Variable smoothed_log_density(Tape& tape, const Variable& x, Real t, Real width) const;
    /// log m at rows of x `[n x d]`.
    Vector log_density_at(const Matrix& x, Real t) const;

    /// How the density is found, in words.
    const std::string& description() const { return description_; }
    /// By how much the mean log density of agents who played no part in the fit exceeds that of a fitted normal law;
    /// on the torus, that of the uniform law. 0 without noise.
    Real advantage() const { return advantage_; }

private:
    void fit(const RandomStream& stream, const Effort& effort);
    Variable followed_back(Tape& tape, const Variable& x, Real t) const;

    const Solution& solution_;
    std::vector<LogDensity> fits_;  // at equally spaced times; one if there is no time; none without noise
    std::string description_;
    Real advantage_ = 0;
};

/// Whether a solution has a density field that may differ from the law of its agents.
MFG_API bool has_density_field(const Solution& solution);

}  // namespace mfg
