#pragma once
#include <mfg/autodiff/tape.hpp>
#include <mfg/network.hpp>

#include <string>
#include <vector>

namespace mfg {

/// Draws the samples of a player; which ones depends on the stream alone. Samples are rows of numbers.
class MFG_API Sampler {
public:
    virtual ~Sampler();

    /// `count` samples, one a row; `count` is a multiple of `group`.
    virtual Matrix sample(const RandomStream& stream, int count) const = 0;
    /// Samples to train on. They may be correlated, so that means over them have less noise, and they may be drawn
    /// where the solution with these parameters (of all players) has mass or large residuals.
    virtual Matrix training_sample(const RandomStream& stream, int count, const Vector& /*parameters*/) const
    {
        return sample(stream, count);
    }
    /// At most `max` functions of a sample whose expectations are exactly zero, at the rows of `samples`, one a column:
    /// control variates for validation. None by default.
    virtual Matrix control_variates(const Matrix& samples, int /*max*/) const { return make_matrix(rows(samples), 0); }
    /// Samples, one a row, that every tile is given besides its own: for means over the population inside the
    /// integrands. None by default.
    virtual Matrix shared_batch(const RandomStream&) const { return {}; }
    /// The part of a sample's stream that its shared batch comes from.
    static constexpr const char* shared_batch_name = "shared batch";
    /// Samples that belong together: so many consecutive rows are never split over tiles.
    virtual int group() const { return 1; }
    /// `count`, rounded up to whole groups.
    int in_groups(int count) const { return (count + group() - 1) / group() * group(); }
};

/// What a player minimises, as a function of one tile of samples. The objective built on it spreads tiles over threads,
/// averages and differentiates.
///
/// Each sample yields a few integrands. Their means over the samples are the terms of the objective, or the terms are a
/// function of the means (for losses such as (int m - 1)^2, which couple the whole batch).
class MFG_API Loss {
public:
    virtual ~Loss();

    /// Names of the terms, at most 32; the objective is their sum, so weights are inside.
    virtual std::vector<std::string> terms() const = 0;
    /// The integrands `[q x n]` of a tile of samples `[features x n]`, given the shared batch `[features x m]` (which
    /// does not exist if there is none). `parameters` are those of all players; derivatives flow to the player's own.
    virtual Variable integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                                const Variable& shared) const = 0;

    /// Whether the terms are the means themselves; if not, `terms_of_means` gives them.
    virtual bool terms_are_means() const { return true; }
    /// Number q of integrands.
    virtual int integrand_count() const { return static_cast<int>(terms().size()); }
    /// The terms `[terms x 1]` as a function of the means `[q x 1]`.
    virtual Variable terms_of_means(Tape&, const Variable& means) const { return means; }

    /// Whether the integrands are squares of residuals, for optimizers that linearise these.
    virtual bool sum_of_squares() const { return false; }
    /// The period k of an integrand's residuals, a divisor of `group`: samples 0, k, 2k, ... of a tile have one each,
    /// and k times its square as integrand. Other samples have none, and 0 as integrand.
    virtual int residual_period(int /*integrand*/) const { return 1; }
    /// How many consecutive residuals of an integrand depend on each other's samples: 1 where each has its own.
    virtual int residual_group(int /*integrand*/) const { return 1; }
    /// Writes the residuals of integrand q to `rows[q]`, `[1 x n / period]`: entry j belongs to sample j * period.
    /// Those of a group of samples depend on no other group.
    virtual void residual_rows(Tape&, const VariableList& /*parameters*/, const Variable& /*samples*/,
                               const Variable& /*shared*/, Variable* /*rows*/) const
    {
    }
};

/// A loss together with its samples.
class MFG_API SampledLoss : public Sampler, public Loss {};

}  // namespace mfg
