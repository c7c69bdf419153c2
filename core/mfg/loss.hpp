#pragma once
#include <mfg/autodiff/tape.hpp>
#include <mfg/network.hpp>

#include <string>
#include <vector>

namespace mfg {

/// What a player wants to make small, as a function of samples. A method implements it for one tile of samples at a
/// time; the objective built on it spreads tiles over threads, averages and differentiates.
///
/// Each sample yields a few integrands; their means over the sample are the terms of the objective, or the terms are a
/// function of the means (for losses such as (int m - 1)^2, which couple the whole batch).
class MFG_API Loss {
public:
    virtual ~Loss();

    /// Names of the terms; the objective is their sum, so weights are inside.
    virtual std::vector<std::string> terms() const = 0;
    /// Draws samples, one a row; which ones depends on the stream alone.
    virtual Matrix sample(const RandomStream& stream, int count) const = 0;
    /// Draws samples to train on: they may hang together so that means over them have less noise, and they may be where
    /// an answer with the parameters (of all players) has its agents, or is worst.
    virtual Matrix training_sample(const RandomStream& stream, int count, const Vector& parameters) const;
    /// Finds anew those parameters (of all players) that are computed from the others instead of trained
    /// (normalisation, where the population is). Called before sample number `sample` (from 1) to train on is drawn,
    /// and with the final parameters, number 0.
    virtual void adapt(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const;
    /// At most `most` functions of a sample whose expectations are exactly zero, at the rows of `samples`, one a
    /// column: control variates for validation. Standard: none.
    virtual Matrix control_variates(const Matrix& samples, int most) const;
    /// A batch, one sample a row, that every tile is given besides its own samples: for means over the population
    /// inside the integrands. None by default.
    virtual Matrix shared_batch(const RandomStream& stream) const;
    /// The part of a sample's stream that its common batch comes from.
    static constexpr std::uint64_t shared_batch_part = ~std::uint64_t{0};
    /// The integrands `[q x n]` of a tile of samples `[features x n]`, given the common batch `[features x m]` (it does
    /// not exist where there is none). `parameters` are those of all players; derivatives flow to the player's own.
    virtual Variable integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                                const Variable& common) const = 0;

    /// Whether the terms are the means themselves; if not, `terms_of_means` says what they are.
    virtual bool terms_are_means() const { return true; }
    /// Number q of integrands.
    virtual int integrand_count() const { return static_cast<int>(terms().size()); }
    /// The terms `[terms x 1]` as a function of the means `[q x 1]`.
    virtual Variable terms_of_means(Tape& tape, const Variable& means) const;
    /// Samples that belong together: this many consecutive rows are never split over tiles.
    virtual int group() const { return 1; }
};

}  // namespace mfg
