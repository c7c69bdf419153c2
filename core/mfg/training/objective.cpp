#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/training/objective.hpp>
#include <mfg/training/residual_rows.hpp>

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace mfg {
namespace {

/// Bytes of a tile's tape: small enough for the caches of current processors, large enough for efficient products.
/// Measured from half to eight MiB in 2 to 100 dimensions, with 1 MiB of second-level cache a core: wider products pay
/// more than the nearer cache. A constant, so that the tiles (and with them the last bits of a result) do not depend on
/// the machine.
constexpr std::size_t tile_bytes = std::size_t{1} << 22;
constexpr int largest_tile = 1024;
constexpr int slot_count = 64;

}  // namespace

struct SampledObjective::Work {
    enum class Pass {
        value,
        gradient,
        rows  ///< the gradient of the sum of residuals, each times its entry of `row_seeds`
    };

    Work(const SampledLoss& l, const ParameterSubset& s, int t) : loss(l), subset(s), max_threads(t)
    {
        if (loss.terms().size() > Evaluation::max_terms)
            throw Error("objective: a loss has at most " + std::to_string(Evaluation::max_terms) + " terms");
        all = subset.is_all() ? make_vector(0) : make_vector(subset.layout().size());
        means = make_vector(loss.integrand_count());
        seeds = make_vector(means.size(), 1);
        terms = make_vector(loss.terms().size());
        weights = single = make_vector(terms.size(), 1);
    }

    const Real* tile_data(int tile) const
    {
        return samples.data() + static_cast<std::size_t>(tile) * tile_size * features;
    }
    int tile_samples(int tile) const { return std::min(tile_size, count - tile * tile_size); }

    void set_sample(const Matrix& rows, const Matrix& shared_rows)
    {
        const auto former_shape = shared.shape();
        shared = linalg::transpose(shared_rows);
        const bool same_shared = shared.shape() == former_shape;

        if (loss.sum_of_squares()) sample_rows = rows;
        const int n = static_cast<int>(rows.shape(0));
        if (n == 0 || n % loss.group() != 0)
            throw Error("sample: " + std::to_string(n) + " samples; a positive multiple of " +
                        std::to_string(loss.group()) + " is needed");
        const bool same_shape = n == count && columns(rows) == features;
        count = n;
        features = static_cast<int>(columns(rows));
        if (!same_shape || !same_shared) choose_tiles(rows);
        // Each tile is stored as the tape wants it: [features x samples].
        for (int tile = 0; tile < tiles; ++tile) {
            Real* data = samples.data() + static_cast<std::size_t>(tile) * tile_size * features;
            const int in_tile = tile_samples(tile);
            for (int i = 0; i < in_tile; ++i)
                for (int f = 0; f < features; ++f)
                    data[static_cast<std::size_t>(f) * in_tile + i] = rows(tile * tile_size + i, f);
        }
    }

    void choose_tiles(const Matrix& rows)
    {
        const int group = loss.group();
        const auto round_up = [](int n, int to) { return (n + to - 1) / to * to; };
        const int unit = std::lcm(8, group);

        samples = make_vector(static_cast<std::size_t>(count) * features);
        const Vector theta = subset.layout().initialise(0);
        gradients = make_matrix(1, subset.size());
        sums = make_matrix(1, means.size());
        tiles = slots = 1;
        // How much memory a sample needs follows from two small tiles; their shared part is that of any tile.
        const std::size_t small = probe(rows, theta, unit), large = probe(rows, theta, 2 * unit);
        const std::size_t bytes = std::max<std::size_t>((large - small) / unit, 1);
        // Every tile evaluates the shared batch: with one, a tile has at least as much work of its own.
        const std::size_t shared_bytes =
            shared.size() == 0 ? 0 : small - std::min(small, bytes * static_cast<std::size_t>(unit));

        const int wanted =
            static_cast<int>(std::min<std::size_t>(largest_tile, std::max(tile_bytes, shared_bytes) / bytes));
        const int most = std::max(unit, wanted / unit * unit);
        // Tiles of nearly equal size, so many that threads share them evenly.
        tiles = (count + most - 1) / most;
        if (tiles > 1) tiles = round_up(tiles, 4);
        tile_size = std::max(unit, round_up((count + tiles - 1) / tiles, unit));
        tiles = (count + tile_size - 1) / tile_size;
        slots = std::min(tiles, slot_count);
        use_threads(std::min(max_threads, slots));
        gradients = make_matrix(slots, subset.size());
        sums = make_matrix(slots, means.size());
        warm = false;
    }

    /// Each has a tape: more than there are slots would only take memory.
    void use_threads(int n)
    {
        if (n == length(tapes)) return;
        tapes = std::vector<Tape>(static_cast<std::size_t>(n));
        arena.terminate();
        arena.initialize(n);
    }

    /// The parameters of all players, with these own ones.
    const Vector& whole(const Vector& theta)
    {
        if (subset.is_all()) return theta;
        subset.scatter(theta, all);
        return all;
    }

    /// Bytes that a tile of n samples takes; the first row stands for all of them.
    std::size_t probe(const Matrix& rows, const Vector& theta, int n)
    {
        const int real_count = std::exchange(count, n);
        const Vector real_samples = std::exchange(samples, make_vector(static_cast<std::size_t>(n) * features));
        tile_size = n;
        for (int f = 0; f < features; ++f)
            for (int i = 0; i < n; ++i) samples(f * n + i) = rows(0, f);
        run_tile(tapes[0], theta, 0, 0, Pass::gradient);
        count = real_count;
        samples = real_samples;
        return tapes[0].memory();
    }

    /// Adds one tile to a slot: its sums of integrands and, in a gradient pass, its share of the gradient.
    void run_tile(Tape& tape, const Vector& theta, int tile, int slot, Pass pass)
    {
        const bool recording = pass != Pass::value;
        const int n = tile_samples(tile);
        tape.begin(recording);
        Real* gradient = recording ? &gradients(slot, 0) : nullptr;
        const VariableList parameters = subset.variables(tape, theta.data(), gradient);
        const Variable others = shared.size() == 0
                                    ? Variable{}
                                    : tape.constant_view(shared.data(), static_cast<int>(mfg::rows(shared)),
                                                         static_cast<int>(columns(shared)));
        const Variable own = tape.constant_view(tile_data(tile), features, n);
        if (pass == Pass::rows) return pull_rows(tape, parameters, tile, own, others);
        const Variable integrands = loss.integrands(tape, parameters, own, others);
        require_shape(integrands, length(means), n, "integrands of a loss");
        for (int q = 0; q < integrands.rows(); ++q) {
            Real sum = 0;
            for (int i = 0; i < n; ++i) sum += integrands(q, i);
            sums(slot, q) += sum;
        }
        if (each.size())
            for (int q = 0; q < integrands.rows(); ++q)
                for (int i = 0; i < n; ++i) each(tile * tile_size + i, q) = integrands(q, i);
        if (!recording || !integrands.active()) return;
        Real* bar = tape.adjoint(integrands);
        for (int q = 0; q < integrands.rows(); ++q)
            for (int i = 0; i < n; ++i)
                bar[static_cast<std::ptrdiff_t>(q) * integrands.stride() + i] += seeds(q) / count;
        tape.reverse();
    }

    void pull_rows(Tape& tape, const VariableList& parameters, int tile, const Variable& own, const Variable& others)
    {
        const ResidualSample sample = residual_sample();
        Variable residuals[Evaluation::max_terms];
        loss.residual_rows(tape, parameters, own, others, residuals);
        for (Index q = 0; q < length(means); ++q) {
            const Index first = sample.first(count, q) + Index{tile} * tile_size / sample.period(q);
            if (!residuals[q].active()) continue;
            Real* bar = tape.adjoint(residuals[q]);
            for (Index i = 0; i < residuals[q].columns(); ++i) bar[i] += sample.factor(q) * (*row_seeds)(first + i);
        }
        tape.reverse();
    }

    void run(const Vector& theta, Pass pass)
    {
        if (!warm && pass != Pass::value) warm_up(theta);
        for (Tape& tape : tapes) tape.reset_operations();
        sums.fill(0);
        if (pass != Pass::value) gradients.fill(0);
        const auto run_slot = [&](int slot) {
            Tape& tape = tapes[tapes.size() == 1 ? 0 : tbb::this_task_arena::current_thread_index()];
            for (int tile = slot; tile < tiles; tile += slots) run_tile(tape, theta, tile, slot, pass);
        };
        if (tapes.size() == 1)
            for (int slot = 0; slot < slots; ++slot) run_slot(slot);
        else
            arena.execute([&] { tbb::parallel_for(0, slots, run_slot, tbb::simple_partitioner()); });
        for (std::size_t q = 0; q < means.size(); ++q) {
            Real sum = 0;
            for (int slot = 0; slot < slots; ++slot) sum += sums(slot, q);
            means(q) = sum / count;
        }
        for (const Tape& tape : tapes) operations += tape.operations();
    }

    /// Lets the memory of every tape grow to its final size. The last tile may be smaller than the others: a tape keeps
    /// adjoints by their sizes, and any thread may get that tile at any time.
    void warm_up(const Vector& theta)
    {
        for (Tape& tape : tapes)
            for (const int tile : {0, 0, tiles - 1}) run_tile(tape, theta, tile, 0, Pass::gradient);
        outer.begin(true);
        warm = true;
    }

    ResidualSample residual_sample() const { return {loss, subset, sample_rows, shared, weights, tile_size}; }

    /// The gradient of a pass.
    void add_slots(Vector& gradient) const
    {
        std::copy_n(gradients.data(), gradient.size(), gradient.begin());
        for (std::size_t slot = 1; slot < gradients.shape(0); ++slot) {
            const Real* part = &gradients(slot, 0);
            for (std::size_t i = 0; i < gradient.size(); ++i) gradient(i) += part[i];
        }
    }

    void set_weights(const Vector& factors)
    {
        std::copy(factors.begin(), factors.end(), weights.begin());
        // Else they are known only when the means are.
        if (loss.terms_are_means()) seeds = weights;
    }

    /// Terms from means; where asked for, the derivative of their sum in each mean becomes the seeds of the next pass.
    Evaluation outer_function(bool with_seeds)
    {
        if (loss.terms_are_means()) {
            for (std::size_t i = 0; i < terms.size(); ++i) terms(i) = weights(i) * means(i);
        } else {
            outer.begin(true);
            seeds.fill(0);
            const Variable in = outer.leaf(means.data(), seeds.data(), static_cast<int>(means.size()), 1);
            const Variable out = loss.terms_of_means(outer, in);
            require_shape(out, length(terms), 1, "terms of a loss");
            for (int i = 0; i < out.rows(); ++i) terms(i) = weights(i) * out(i, 0);
            if (with_seeds) {
                Real* bar = outer.adjoint(out);
                for (int i = 0; i < out.rows(); ++i) bar[static_cast<std::ptrdiff_t>(i) * out.stride()] += weights(i);
                outer.reverse();
            }
        }
        return evaluation();
    }

    Evaluation evaluation() const
    {
        Evaluation result = std::accumulate(terms.begin(), terms.end(), Real(0));
        result.term_count = terms.size();
        std::copy(terms.begin(), terms.end(), result.terms.begin());
        return result;
    }

    const SampledLoss& loss;
    ParameterSubset subset;
    int max_threads;
    std::vector<Tape> tapes = std::vector<Tape>(1);
    tbb::task_arena arena{1};
    Tape outer;
    Vector samples;      // tile after tile
    Matrix shared;       // [features x samples]
    Matrix sample_rows;  // one sample a row, for residuals
    int count = 0, features = 0, tile_size = 0, tiles = 0, slots = 0;
    Vector all;  // parameters of all players, where the others have some
    bool warm = false;
    Matrix gradients, sums;  // one row a slot
    Matrix each;             // the integrands of every sample, while these are wanted
    Vector means, seeds, terms;
    const Vector* row_seeds = nullptr;
    Vector weights, single;  // factors of the terms; those with which one term alone is differentiated
    double operations = 0;
};

SampledObjective::SampledObjective(const SampledLoss& loss, const ParameterSubset& subset, int threads)
    : work_(std::make_unique<Work>(loss, subset, threads))
{
}

SampledObjective::~SampledObjective() = default;

void SampledObjective::set_sample(const Matrix& samples, std::uint64_t revision, const Matrix& shared)
{
    work_->set_sample(samples, shared);
    revision_ = revision;
}

void SampledObjective::draw_sample(const RandomStream& stream, int count, std::uint64_t revision)
{
    const Sampler& sampler = work_->loss;
    set_sample(sampler.sample(stream, sampler.in_groups(count)), revision,
               sampler.shared_batch(stream.part(Sampler::shared_batch_name)));
}

void SampledObjective::draw_training_sample(const RandomStream& stream, int count, std::uint64_t revision,
                                            const Vector& parameters)
{
    const Sampler& sampler = work_->loss;
    set_sample(sampler.training_sample(stream, sampler.in_groups(count), parameters), revision,
               sampler.shared_batch(stream.part(Sampler::shared_batch_name)));
}

void SampledObjective::set_weights(const Vector& weights, std::uint64_t revision)
{
    if (weights.size() != work_->weights.size())
        throw Error("objective: " + std::to_string(weights.size()) + " factors for " +
                    std::to_string(work_->weights.size()) + " terms");
    work_->set_weights(weights);
    revision_ = revision;
}

void SampledObjective::freeze(const Vector& all, std::uint64_t revision)
{
    if (!work_->subset.is_all()) std::copy(all.begin(), all.end(), work_->all.begin());
    revision_ = revision;
}

void SampledObjective::term_gradient(const Vector& theta, int term, Vector& gradient)
{
    const Vector weights = work_->weights;
    work_->single.fill(0);
    work_->single(term) = 1;
    work_->set_weights(work_->single);
    value_and_gradient(theta, gradient);
    work_->set_weights(weights);
}

int SampledObjective::sample_count() const
{
    return work_->count;
}

int SampledObjective::tile_size() const
{
    return work_->tile_size;
}

std::size_t SampledObjective::size() const
{
    return work_->subset.size();
}

double SampledObjective::operations() const
{
    return work_->operations;
}

Evaluation SampledObjective::value(const Vector& theta)
{
    ++evaluations_;
    work_->operations = 0;
    work_->run(work_->whole(theta), Work::Pass::value);
    return work_->outer_function(false);
}

LeastSquares* SampledObjective::least_squares()
{
    return work_->loss.sum_of_squares() ? this : nullptr;
}

Index SampledObjective::residual_count() const
{
    return work_->residual_sample().residuals(work_->count);
}

void SampledObjective::linearise(const Vector& theta, Vector& residuals, Matrix& jacobian)
{
    ++evaluations_;
    ++gradients_;
    mfg::linearise(work_->residual_sample(), work_->whole(theta), residuals, jacobian);
}

void SampledObjective::multiply(const Vector& theta, const Vector& v, Vector& residuals, Vector& product,
                                Vector& squares)
{
    ++evaluations_;
    ++gradients_;
    mfg::multiply(work_->residual_sample(), work_->whole(theta), v, residuals, product, squares);
}

void SampledObjective::multiply_transposed(const Vector& theta, const Vector& u, Vector& product)
{
    ++evaluations_;
    ++gradients_;
    work_->row_seeds = &u;
    work_->run(work_->whole(theta), Work::Pass::rows);
    work_->add_slots(product);
}

Evaluation SampledObjective::value(const Vector& theta, Matrix& integrands)
{
    work_->each = make_matrix(work_->count, work_->means.size());
    const Evaluation result = value(theta);
    integrands = std::exchange(work_->each, Matrix());
    return result;
}

Evaluation SampledObjective::value_and_gradient(const Vector& theta, Vector& gradient)
{
    ++evaluations_;
    ++gradients_;
    work_->operations = 0;
    if (!work_->loss.terms_are_means()) {
        // The seeds are known only when all means are: one pass for these, tiles are computed again for the gradient.
        work_->run(work_->whole(theta), Work::Pass::value);
        work_->outer_function(true);
    }
    work_->run(work_->whole(theta), Work::Pass::gradient);
    work_->add_slots(gradient);
    if (!work_->loss.terms_are_means()) return work_->evaluation();
    return work_->outer_function(false);
}

void balance(SampledObjective& objective, const Vector& theta, Vector& factors, Vector& gradient)
{
    constexpr Real a = 0.1;
    objective.term_gradient(theta, 0, gradient);
    Real largest = 0;
    for (const Real entry : gradient)
        // Written so that not-a-number is kept, too.
        if (!(std::abs(entry) <= largest)) largest = std::abs(entry);
    if (!(largest > 0) || !std::isfinite(largest)) return;
    for (std::size_t i = 1; i < factors.size(); ++i) {
        objective.term_gradient(theta, static_cast<int>(i), gradient);
        Real mean = 0;
        for (const Real entry : gradient) mean += std::abs(entry);
        mean /= static_cast<Real>(gradient.size());
        const Real wanted = largest / mean;
        if (std::isfinite(wanted) && wanted > 0) factors(i) = (1 - a) * factors(i) + a * wanted;
    }
}

}  // namespace mfg
