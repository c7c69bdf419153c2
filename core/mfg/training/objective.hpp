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
class MFG_API SampledObjective final : public Objective {
public:
    /// A function of the blocks of `share`; the others are zero at first. `loss` and the layout must outlive the
    /// objective. `threads` >= 1.
    SampledObjective(const Loss& loss, const ParameterSubset& share, int threads);
    ~SampledObjective() override;

    /// Takes samples, one a row, and the loss's common batch where it has one; `identity` names them.
    void set_sample(const Matrix& samples, std::uint64_t identity, const Matrix& common = {});
    /// Lets the loss draw `count` samples, and its common batch, from independent streams.
    void draw_sample(const RandomStream& stream, int count, std::uint64_t identity);
    /// The same with samples to train on, for an answer with these parameters.
    void draw_training_sample(const RandomStream& stream, int count, std::uint64_t identity, const Vector& parameters);
    /// Factors of the terms, all 1 at first; `identity` names the sample with them, since the function is another one.
    void set_weights(const Vector& weights, std::uint64_t identity);
    /// The parameters of all players, of which the own ones count nothing; `identity` names the function with them.
    void freeze(const Vector& all, std::uint64_t identity);
    /// The gradient of one term without its factor; the terms of this evaluation are those of no other use.
    void term_gradient(const Vector& theta, int term, Vector& gradient);
    int sample_count() const;
    /// Samples in a tile; depends on the shapes alone.
    int tile_size() const;

    std::size_t size() const override;
    std::uint64_t sample() const override;
    Real value(const Vector& theta) override;
    Real value_and_gradient(const Vector& theta, Vector& gradient) override;

    /// An evaluation that gives the integrands of every sample, `[n x q]`.
    Matrix integrands(const Vector& theta);

    /// The terms of the last evaluation, with their factors; their sum is its value.
    const Vector& terms() const;
    /// Floating-point operations of the last evaluation.
    double operations() const;
    /// Evaluations so far, and of these the ones with a gradient.
    std::uint64_t evaluations() const;
    std::uint64_t gradients() const;

private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace mfg
