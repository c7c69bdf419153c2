#include <mfg/error.hpp>
#include <mfg/training/trainer.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

namespace mfg {
namespace {

constexpr Real not_measured = std::numeric_limits<Real>::quiet_NaN();

Vector joined(const std::vector<const Vector*>& parts)
{
    std::size_t size = 0;
    for (const Vector* part : parts) size += part->size();
    Vector all = make_vector(size);
    auto to = all.begin();
    for (const Vector* part : parts) to = std::copy(part->begin(), part->end(), to);
    return all;
}

}  // namespace

TrainingObserver::~TrainingObserver() = default;
Training::~Training() = default;

void TrainingSettings::options(Options& o, TrainingSettings& s)
{
    o("samples", s.samples, "training samples, one entry a level", between(1, 100000000));
    o("iterations", s.iterations, "iterations, one entry a level", between(0, 1000000000));
    o("validation_samples", s.validation_samples, "fixed samples by whose objective the best parameters are chosen",
      between(1, 100000000));
    o("validate_every", s.validate_every, "iterations from one validation to the next", at_least(1));
    o("resample_every", s.resample_every, "iterations on one training sample; 0: the same for a whole level",
      at_least(0));
    o("patience", s.patience, "stop after so many validations without a better one; 0: never", at_least(0));
    o("tolerance", s.tolerance, "stop when the gradient's norm falls below", nonnegative);
    limits(o, s);
}

void TrainingSettings::limits(Options& o, TrainingSettings& s)
{
    o("time_limit", s.time_limit, "stop after so many seconds of training; 0: no limit", nonnegative);
    o("checkpoint_every", s.checkpoint_every,
      "from one checkpoint to the next: seconds (60s or 60) or iterations (100i); 0: only when interrupted");
    CheckpointInterval::parse(s.checkpoint_every, o.owner());
}

CheckpointInterval CheckpointInterval::parse(const std::string& text, const std::string& owner)
{
    const bool iterations = !text.empty() && text.back() == 'i';
    const bool unit = iterations || (!text.empty() && text.back() == 's');
    const char *begin = text.data(), *end = text.data() + text.size() - (unit ? 1 : 0);
    CheckpointInterval interval;
    const std::from_chars_result read =
        iterations ? std::from_chars(begin, end, interval.iterations) : std::from_chars(begin, end, interval.seconds);
    const bool number = begin != end && read.ec == std::errc{} && read.ptr == end;
    if (!number || !std::isfinite(interval.seconds) || interval.seconds < 0)
        throw Error((owner.empty() ? "training" : owner) + ": option checkpoint_every = " + printable(text) +
                    " must be a number of seconds (60s or 60) or of iterations (100i), or 0");
    return interval;
}

void TrainingSettings::check() const
{
    if (samples.empty() || samples.size() != iterations.size())
        throw Error("training: samples and iterations need one entry a level each; there are " +
                    std::to_string(samples.size()) + " and " + std::to_string(iterations.size()));
}

struct Trainer::Work {
    struct Side {
        const Player* player;
        std::vector<Optimizer*> optimizers;
        Vector parameters, best;
        std::unique_ptr<SampledObjective> objective, validation;
        StepReport report;
    };

    /// Evaluations of the objectives, and of these the ones with a gradient.
    struct Counts {
        std::uint64_t evaluations = 0, gradients = 0;
    };

    Work(const Method& method, const TrainingSettings& s, std::vector<std::vector<Optimizer*>> optimizers,
         std::uint64_t run_seed, int threads)
        : settings(s), seed(run_seed), term_names(Trainer::terms(method))
    {
        settings.check();
        for (std::size_t i = 0; i < method.players().size(); ++i) {
            const Player& player = method.players()[i];
            Side side{&player, std::move(optimizers.at(i)), player.layout.initialise(seed), {}, nullptr, nullptr, {}};
            side.best = side.parameters;
            side.objective = std::make_unique<SampledObjective>(*player.loss, player.layout, threads);
            side.validation = std::make_unique<SampledObjective>(*player.validated(), player.layout, threads);
            side.validation->draw_sample(RandomStream(seed, "validation of " + player.name),
                                         settings.validation_samples, 0);
            sides.push_back(std::move(side));
        }
    }

    void draw_sample()
    {
        for (Side& side : sides)
            side.objective->draw_training_sample(RandomStream(seed, "training of " + side.player->name, sample),
                                                 settings.samples[level], sample, side.parameters);
    }

    void next_sample()
    {
        ++sample;
        draw_sample();
    }

    /// Everything that the next iteration depends on.
    void state(Archive& archive)
    {
        archive("level", level);
        archive("iteration_in_level", iteration_in_level);
        archive("iteration", iteration);
        archive("sample", sample);
        archive("failures", failures);
        archive("validations_without_progress", validations_without_progress);
        archive("best_objective", best_objective);
        archive("seconds", seconds);
        archive("evaluations", earlier.evaluations);
        archive("gradients", earlier.gradients);
        for (std::size_t i = 0; i < sides.size(); ++i) {
            const std::string prefix = sides[i].player->name + ".";
            archive(prefix + "parameters", sides[i].parameters);
            archive(prefix + "best", sides[i].best);
            Optimizer& optimizer = *sides[i].optimizers[std::min(level, settings.samples.size() - 1)];
            Archive part = archive.part(prefix + "optimizer.");
            optimizer.state(part);
            if (!archive.loading()) archive.insert(prefix + "optimizer.", part);
        }
    }

    Counts counts() const
    {
        Counts sum = earlier;
        for (const Side& side : sides) {
            sum.evaluations += side.objective->evaluations();
            sum.gradients += side.objective->gradients();
        }
        return sum;
    }

    /// Keeps the parameters if they are the best so far; the validation objective of all players is one number.
    void validate(TrainingRecord& record)
    {
        std::vector<const Vector*> terms;
        record.validation_objective = 0;
        for (Side& side : sides) {
            record.validation_objective += side.validation->value(side.parameters);
            terms.push_back(&side.validation->terms());
        }
        record.validation_terms = joined(terms);
        if (record.validation_objective < best_objective) {
            best_objective = record.validation_objective;
            validations_without_progress = 0;
            for (Side& side : sides) side.best = side.parameters;
        } else {
            ++validations_without_progress;
        }
    }

    TrainingRecord step_all()
    {
        TrainingRecord record;
        std::vector<const Vector*> terms;
        Real steps = 0, gradients = 0;
        for (Side& side : sides) {
            side.report = side.optimizers[level]->step(*side.objective, side.parameters);
            record.objective += side.report.objective;
            // After a failed line search the last evaluation was that of a trial.
            if (!side.report.progress && std::isfinite(side.report.objective)) side.objective->value(side.parameters);
            steps += side.report.step_length * side.report.step_length;
            gradients += side.report.gradient_norm * side.report.gradient_norm;
            terms.push_back(&side.objective->terms());
        }
        record.step_length = std::sqrt(steps);
        record.gradient_norm = std::sqrt(gradients);
        record.terms = joined(terms);
        record.level = static_cast<int>(level);
        record.iteration = iteration;
        record.evaluations = counts().evaluations;
        record.gradients = counts().gradients;
        record.validation_objective = record.residual = not_measured;
        return record;
    }

    TrainingSettings settings;
    std::uint64_t seed;
    std::vector<std::string> term_names;
    std::vector<Side> sides;
    std::size_t level = 0;
    std::uint64_t iteration_in_level = 0, iteration = 0, sample = 0;
    Counts earlier;  // before the checkpoint that this run goes on from
    int failures = 0, validations_without_progress = 0;
    Real best_objective = std::numeric_limits<Real>::infinity();
    Real seconds = 0;
    bool restored = false;
};

Trainer::Trainer(const Method& method, const TrainingSettings& settings,
                 std::vector<std::vector<Optimizer*>> optimizers, std::uint64_t seed, int threads)
    : work_(std::make_unique<Work>(method, settings, std::move(optimizers), seed, threads))
{
}

Trainer::~Trainer() = default;

std::vector<std::string> Trainer::terms(const Method& method)
{
    std::vector<std::string> names;
    const std::vector<Player>& players = method.players();
    for (const Player& player : players)
        for (const std::string& term : player.loss->terms())
            names.push_back(players.size() == 1 ? term : player.name + "." + term);
    return names;
}

std::vector<std::string> Trainer::term_names() const
{
    return work_->term_names;
}

std::uint64_t Trainer::most_iterations() const
{
    const std::vector<int>& iterations = work_->settings.iterations;
    return std::accumulate(iterations.begin(), iterations.end(), std::uint64_t{0});
}

void Trainer::restore(Archive state)
{
    // The optimizer of the level is needed to load its state.
    state("level", work_->level);
    if (work_->level > work_->settings.samples.size()) throw Error("checkpoint: it has more levels than the run");
    work_->state(state);
    for (const Work::Side& side : work_->sides)
        if (side.parameters.size() != side.player->layout.size() || side.best.size() != side.parameters.size())
            throw Error("checkpoint: the number of parameters differs; it was written by another configuration");
    work_->restored = true;
}

TrainingResult Trainer::run(TrainingObserver& observer, const std::atomic<bool>& interrupted)
{
    using Clock = std::chrono::steady_clock;
    Work& w = *work_;
    const TrainingSettings& settings = w.settings;
    const auto start = Clock::now();
    const Real seconds_before = w.seconds;
    const auto elapsed = [&] { return seconds_before + std::chrono::duration<Real>(Clock::now() - start).count(); };
    const CheckpointInterval every = CheckpointInterval::parse(settings.checkpoint_every, "training");
    Real last_checkpoint = seconds_before;
    const Work::Counts counts_before = w.earlier;
    const auto save = [&] {
        w.seconds = elapsed();
        w.earlier = w.counts();
        Archive archive;
        w.state(archive);
        w.earlier = counts_before;
        observer.checkpoint(archive);
        last_checkpoint = elapsed();
    };

    TrainingResult result;
    result.stop_reason = "iterations";
    bool stop = false;
    for (; w.level < settings.samples.size() && !stop; ++w.level, w.iteration_in_level = 0) {
        if (w.restored) {
            w.restored = false;
            w.draw_sample();
        } else {
            for (Work::Side& side : w.sides) side.optimizers[w.level]->reset();
            w.failures = 0;
            w.next_sample();
        }
        const auto limit = static_cast<std::uint64_t>(settings.iterations[w.level]);
        while (w.iteration_in_level < limit && !stop) {
            const bool due = settings.resample_every > 0 && w.iteration_in_level > 0 &&
                             w.iteration_in_level % static_cast<std::uint64_t>(settings.resample_every) == 0;
            if (due) w.next_sample();
            ++w.iteration_in_level;
            ++w.iteration;

            TrainingRecord record = w.step_all();
            const bool finite = std::isfinite(record.objective) && std::isfinite(record.gradient_norm);
            const bool last = w.iteration_in_level == limit;
            if (finite && (last || w.iteration % static_cast<std::uint64_t>(settings.validate_every) == 0))
                w.validate(record);
            record.seconds = elapsed();
            result.objective = record.objective;
            result.terms = record.terms;
            observer.iteration(record);

            const bool progress =
                std::all_of(w.sides.begin(), w.sides.end(), [](const auto& s) { return s.report.progress; });
            bool level_ends = false;
            if (!finite) {
                result.stop_reason = "not_finite";
                stop = true;
            } else if (record.gradient_norm < settings.tolerance) {
                result.stop_reason = "gradient_tolerance";
                level_ends = true;
            } else if (settings.patience > 0 && w.validations_without_progress >= settings.patience) {
                result.stop_reason = "stagnation";
                w.validations_without_progress = 0;
                level_ends = true;
            } else if (!progress && ++w.failures == 2) {
                result.stop_reason = "line_search";
                level_ends = true;
            } else if (!progress) {
                w.next_sample();
            } else {
                w.failures = 0;
            }
            if (level_ends) break;
            if (last) result.stop_reason = "iterations";

            if (!stop && interrupted) {
                result.stop_reason = "interrupted";
                stop = true;
            } else if (!stop && settings.time_limit > 0 && elapsed() > settings.time_limit) {
                result.stop_reason = "time_limit";
                stop = true;
            }
            const bool interval = every.due(w.iteration, elapsed() - last_checkpoint);
            if (result.stop_reason == "interrupted" || result.stop_reason == "time_limit" || (interval && finite))
                save();
        }
        if (stop) break;
    }
    result.evaluations = w.counts().evaluations;
    result.gradients = w.counts().gradients;
    if (result.terms.size() == 0) {
        // Nothing was left to do: the numbers are those of the parameters as they are.
        w.level = std::min(w.level, settings.samples.size() - 1);
        w.draw_sample();
        std::vector<const Vector*> terms;
        for (Work::Side& side : w.sides) {
            result.objective += side.objective->value(side.parameters);
            terms.push_back(&side.objective->terms());
        }
        result.terms = joined(terms);
    }
    result.tile_samples = w.sides.front().objective->tile_size();
    result.converged = result.stop_reason == "gradient_tolerance";
    result.term_names = w.term_names;
    result.iterations = w.iteration;
    result.seconds = elapsed();
    for (const Work::Side& side : w.sides) result.parameters.push_back(side.best);
    return result;
}

}  // namespace mfg
