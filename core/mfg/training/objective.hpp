#pragma once
#include <mfg/loss.hpp>
#include <mfg/optimizer.hpp>
#include <mfg/parameters.hpp>

#include <memory>

namespace mfg {

/// A loss averaged over a sample: tiles of samples spread over threads.
///
/// Every tile belongs to one of a fixed number of slots, each slot is summed in order by one thread, and the slots are
/// added in order: the result is the same, bit for bit, for any number of threads. After the first evaluation of a
/// sample size nothing is allocated.
class MFG_API SampledObjective final : public Objective, public LeastSquares {
public:
    /// A function of the blocks of `subset`; the others are zero at first. `loss` and the layout must outlive the
    /// objective. `threads` >= 1.
    SampledObjective(const SampledLoss& loss, const ParameterSubset& subset, int threads);
    ~SampledObjective() override;

    /// Takes samples, one a row, and the shared batch of the loss if it has one, as a new revision. The number of
    /// samples must be a multiple of the loss's group.
    void set_sample(const Matrix& samples, std::uint64_t revision, const Matrix& shared = {});
    /// Lets the loss draw samples, and its shared batch, from independent streams: `count`, rounded up to whole groups.
    void draw_sample(const RandomStream& stream, int count, std::uint64_t revision);
    /// The same with samples to train on, for the solution with these parameters.
    void draw_training_sample(const RandomStream& stream, int count, std::uint64_t revision, const Vector& parameters);
    /// Factors of the terms, all 1 at first.
    void set_weights(const Vector& weights, std::uint64_t revision);
    /// Fixes the parameters of the other players; the player's own entries of `all` are ignored.
    void freeze(const Vector& all, std::uint64_t revision);
    /// The gradient of one term without its factor.
    void term_gradient(const Vector& theta, int term, Vector& gradient);
    int sample_count() const;
    /// Samples in a tile; depends on the shapes alone.
    int tile_size() const;

    std::size_t size() const override;
    std::uint64_t revision() const override { return revision_; }
    Evaluation value(const Vector& theta) override;
    Evaluation value_and_gradient(const Vector& theta, Vector& gradient) override;

    LeastSquares* least_squares() override;
    Index residual_count() const override;
    void linearise(const Vector& theta, Vector& residuals, Matrix& jacobian) override;
    void multiply(const Vector& theta, const Vector& v, Vector& residuals, Vector& product, Vector& squares) override;
    void multiply_transposed(const Vector& theta, const Vector& u, Vector& product) override;

    /// An evaluation that also gives the integrands of every sample, `[n x q]`.
    Evaluation value(const Vector& theta, Matrix& integrands);

    /// Floating-point operations of the last evaluation.
    double operations() const;
    /// Evaluations so far, and of these the ones with a gradient.
    std::uint64_t evaluations() const { return evaluations_; }
    std::uint64_t gradients() const { return gradients_; }

private:
    struct Work;
    std::unique_ptr<Work> work_;
    std::uint64_t revision_ = 0, evaluations_ = 0, gradients_ = 0;
};

/// Moves the factors of the terms towards those with which their gradients are of one size: the annealing of Wang,
/// Teng and Perdikaris (SIAM J. Sci. Comput. 43 (2021) A3055, Algorithm 1) with a = 0.1,
///
///     f_i <- (1 - a) f_i + a max |grad L_1| / mean |grad L_i|,   i > 1
///
/// where L_i are the terms as the loss has them (with its own weights, without factors), on the objective's sample, and
/// maximum and mean run over all parameters. The first term keeps its factor; so does one with a gradient that is zero
/// or not finite, and all do where that is the gradient of the first. Costs a gradient a term; `gradient` is memory for
/// it.
MFG_API void balance(SampledObjective& objective, const Vector& theta, Vector& factors, Vector& gradient);

}  // namespace mfg
