#include <mfg/base/error.hpp>
#include <mfg/training/balance.hpp>
#include <mfg/training/objective.hpp>
#include <mfg/training/snapshots.hpp>
#include <mfg/training/trainer.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

namespace mfg {
namespace {

/// The ends of a training from which it does not go on. Checkpoints have their numbers; 0 stands for none of them.
const std::vector<std::string> ends{"",           "iterations", "gradient_limit", "gradient_tolerance",
                                    "stagnation", "line_search"};

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

struct Trainer::Work {
    struct Side {
        const Player* player;
        std::vector<Optimizer*> optimizers;
        ParameterSubset share;
        Vector parameters;  // its own
        Vector factors;     // of the terms
        std::unique_ptr<SampledObjective> objective, validation;
        StepReport report;
    };

    /// Evaluations of the objectives, and of these the ones with a gradient.
    struct Counts {
        std::uint64_t evaluations = 0, gradients = 0;
    };

    Work(const Method& m, const TrainingSettings& s, std::vector<std::vector<Optimizer*>> optimizers,
         std::uint64_t run_seed, int threads)
        : method(m),
          settings(s),
          seed(run_seed),
          term_names(Trainer::terms(method)),
          tracked_names(method.tracked()),
          measured(tracked_names.size()),
          snapshots(settings.snapshots, settings.max_iterations())
    {
        settings.check();
        if (settings.balance_every > 0)
            for (const std::string& term : term_names) tracked_names.push_back("weights." + term);
        parameters = best = drawn_at = method.layout().initialise(seed);
        if (settings.average > 0) average = parameters;
        for (std::size_t i = 0; i < method.players().size(); ++i) {
            const Player& player = method.players()[i];
            Side side{&player, std::move(optimizers.at(i)), {method.layout(), player.fields}, {}, {}, {}, {}, {}};
            side.parameters = make_vector(side.share.size());
            side.share.gather(parameters, side.parameters);
            side.factors = make_vector(player.loss->terms().size(), 1);
            side.objective = std::make_unique<SampledObjective>(*player.loss, side.share, threads);
            side.validation = std::make_unique<SampledObjective>(*player.validated(), method.layout(), threads);
            side.validation->draw_sample(RandomStream(seed, "validation of " + player.name),
                                         settings.validation_samples, 0);
            sides.push_back(std::move(side));
        }
    }

    /// Draws the sample once more as it was.
    void draw_sample()
    {
        for (Side& side : sides) {
            side.objective->draw_training_sample(RandomStream(seed, "training of " + side.player->name, sample),
                                                 settings.samples[level], function, drawn_at);
            side.objective->set_weights(side.factors, function);
        }
    }

    void next_sample()
    {
        ++sample;
        ++function;
        for (const Side& side : sides) {
            const RandomStream stream(seed, "adaptation of " + side.player->name, sample);
            side.player->loss->adapt(parameters, stream, sample);
        }
        for (Side& side : sides) side.share.gather(parameters, side.parameters);
        drawn_at = parameters;
        draw_sample();
    }

    void balance_terms()
    {
        ++function;
        for (Side& side : sides) {
            if (work.size() != side.parameters.size()) work = make_vector(side.parameters.size());
            side.objective->freeze(parameters, function);
            balance(*side.objective, side.parameters, side.factors, work);
            side.objective->set_weights(side.factors, function);
        }
    }

    /// What is taken for the answer so far.
    const Vector& candidate() const { return settings.average > 0 ? average : parameters; }

    void update_average()
    {
        if (settings.average == 0) return;
        const Real k = static_cast<Real>(iteration), keep = std::min(settings.average, (1 + k) / (10 + k));
        for (std::size_t i = 0; i < average.size(); ++i) average(i) = keep * average(i) + (1 - keep) * parameters(i);
    }

    /// The answer as it is given away.
    Vector final_parameters() const
    {
        Vector answer = method.keeps_best() ? best : candidate();
        for (const Side& side : sides) {
            const RandomStream stream(seed, "final adaptation of " + side.player->name);
            side.player->loss->adapt(answer, stream, 0);
        }
        return answer;
    }

    /// Everything that the next iteration depends on.
    void state(Archive& archive)
    {
        archive("level", level);
        archive("iteration_in_level", iteration_in_level);
        archive("iteration", iteration);
        archive("sample", sample);
        archive("function", function);
        archive("failures", failures);
        archive("validations_without_progress", validations_without_progress);
        archive("best_objective", best_objective);
        archive("seconds", seconds);
        archive("end", end);
        archive("objective", objective);
        archive("terms", terms);
        archive("evaluations", earlier.evaluations);
        archive("gradients", earlier.gradients);
        archive("parameters", parameters);
        archive("best", best);
        archive("average", average);
        archive("drawn_at", drawn_at);
        for (std::size_t i = 0; i < sides.size(); ++i) {
            const std::string prefix = sides[i].player->name + ".";
            archive(prefix + "factors", sides[i].factors);
            if (end > 0) continue;  // no further step
            Optimizer& optimizer = *sides[i].optimizers[level];
            Archive part = archive.part(prefix + "optimizer.");
            optimizer.state(part);
            if (!archive.loading()) archive.insert(prefix + "optimizer.", part);
        }
        snapshots.state(archive);
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
        std::vector<const Vector*> parts;
        record.validation_objective = 0;
        for (Side& side : sides) {
            record.validation_objective += side.validation->value(candidate());
            parts.push_back(&side.validation->terms());
        }
        record.validation_terms = joined(parts);
        if (!tracked_names.empty()) record.tracked = tracked();
        if (record.validation_objective < best_objective) {
            best_objective = record.validation_objective;
            validations_without_progress = 0;
            best = candidate();
        } else {
            ++validations_without_progress;
        }
    }

    Vector tracked() const
    {
        const Vector values =
            measured == 0 ? make_vector(0) : method.track(candidate(), RandomStream(seed, "tracking"));
        if (values.size() != measured)
            throw Error("method: it follows " + std::to_string(measured) + " measures and gives " +
                        std::to_string(values.size()));
        std::vector<const Vector*> parts{&values};
        if (settings.balance_every > 0)
            for (const Side& side : sides) parts.push_back(&side.factors);
        return joined(parts);
    }

    TrainingRecord step_all()
    {
        TrainingRecord record;
        std::vector<const Vector*> parts;
        Real steps = 0, gradients = 0;
        for (Side& side : sides) {
            if (sides.size() > 1) side.objective->freeze(parameters, ++function);
            for (int k = 0; k < side.player->steps; ++k) {
                side.report = side.optimizers[level]->step(*side.objective, side.parameters);
                if (!side.report.progress || !std::isfinite(side.report.objective)) break;
            }
            side.share.scatter(side.parameters, parameters);
            record.objective += side.report.objective;
            // After a failed line search the last evaluation was that of a trial.
            if (!side.report.progress && std::isfinite(side.report.objective)) side.objective->value(side.parameters);
            steps += side.report.step_length * side.report.step_length;
            gradients += side.report.gradient_norm * side.report.gradient_norm;
            parts.push_back(&side.objective->terms());
        }
        update_average();
        record.step_length = std::sqrt(steps);
        record.gradient_norm = std::sqrt(gradients);
        record.terms = joined(parts);
        record.level = static_cast<int>(level);
        record.iteration = iteration;
        record.evaluations = counts().evaluations;
        record.gradients = counts().gradients;
        record.validation_objective = record.residual = not_measured;
        objective = record.objective;
        terms = record.terms;
        return record;
    }

    const Method& method;
    TrainingSettings settings;
    std::uint64_t seed;
    std::vector<std::string> term_names, tracked_names;
    std::size_t measured;  // names of these that are the method's
    Snapshots snapshots;
    std::vector<Side> sides;
    std::size_t level = 0, end = 0;  // `end`: which one of `ends` is reached
    std::uint64_t iteration_in_level = 0, iteration = 0, sample = 0;
    /// Names what the players minimise: another sample, other factors, or another player's move make it a new function
    /// for an optimizer.
    std::uint64_t function = 0;
    Vector work;
    Vector parameters, best, drawn_at;  // of all; drawn_at: those with which the sample was drawn
    Vector average = make_vector(0);
    Counts earlier;  // before the checkpoint that this run goes on from
    int failures = 0, validations_without_progress = 0;
    Real best_objective = std::numeric_limits<Real>::infinity();
    Real seconds = 0, objective = 0;  // the objective and its terms after the last step
    Vector terms = make_vector(0);
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

std::vector<std::string> Trainer::tracked_names() const
{
    return work_->tracked_names;
}

std::uint64_t Trainer::max_iterations() const
{
    return work_->settings.max_iterations();
}

void Trainer::restore(Archive state)
{
    // The optimizer of the level is needed to load its state.
    state("level", work_->level);
    if (work_->level >= work_->settings.samples.size()) throw Error("checkpoint: it has more levels than the run");
    work_->state(state);
    for (const Vector* part : {&work_->parameters, &work_->best, &work_->drawn_at})
        if (part->size() != work_->method.layout().size())
            throw Error("checkpoint: the number of parameters differs; it was written by another configuration");
    if (work_->average.size() != (work_->settings.average > 0 ? work_->parameters.size() : 0))
        throw Error("checkpoint: the number of averaged parameters differs; it was written by another configuration");
    for (Work::Side& side : work_->sides) side.share.gather(work_->parameters, side.parameters);
    if (work_->end >= ends.size()) throw Error("checkpoint: it has an unknown end of the training");
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
    result.stop_reason = w.end > 0 ? ends[w.end] : "iterations";
    bool stop = w.end > 0;
    for (; w.level < settings.samples.size() && !stop; ++w.level, w.iteration_in_level = 0) {
        const auto limit = static_cast<std::uint64_t>(settings.iterations[w.level]);
        if (w.restored) {
            w.restored = false;
            w.draw_sample();
        } else {
            for (Work::Side& side : w.sides) side.optimizers[w.level]->reset();
            w.failures = 0;
            w.next_sample();
        }
        for (Work::Side& side : w.sides)
            side.optimizers[w.level]->plan(limit * static_cast<std::uint64_t>(side.player->steps));
        if (w.snapshots.due(w.iteration)) w.snapshots.keep(w.iteration, w.candidate());
        while (w.iteration_in_level < limit && !stop) {
            const bool due = settings.resample_every > 0 && w.iteration_in_level > 0 &&
                             w.iteration_in_level % static_cast<std::uint64_t>(settings.resample_every) == 0;
            if (due) w.next_sample();
            if (settings.balance_every > 0 && w.iteration % static_cast<std::uint64_t>(settings.balance_every) == 0)
                w.balance_terms();
            ++w.iteration_in_level;
            ++w.iteration;

            TrainingRecord record = w.step_all();
            const bool finite = std::isfinite(record.objective) && std::isfinite(record.gradient_norm) &&
                                std::isfinite(record.step_length);
            const bool spent =
                settings.gradient_limit > 0 && record.gradients >= static_cast<std::uint64_t>(settings.gradient_limit);
            const bool last = spent || w.iteration_in_level == limit;
            if (finite && (last || w.iteration % static_cast<std::uint64_t>(settings.validate_every) == 0))
                w.validate(record);
            record.seconds = elapsed();
            observer.iteration(record);
            if (finite && w.snapshots.due(w.iteration)) w.snapshots.keep(w.iteration, w.candidate());

            const bool progress =
                std::all_of(w.sides.begin(), w.sides.end(), [](const auto& s) { return s.report.progress; });
            bool level_ends = false;
            if (!finite) {
                result.stop_reason = "not_finite";
                stop = true;
            } else if (record.gradient_norm < settings.tolerance) {
                result.stop_reason = "gradient_tolerance";
                level_ends = true;
            } else if (spent) {
                result.stop_reason = "gradient_limit";
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
            if (spent) stop = true;
            if (level_ends || stop) break;
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
    w.level = std::min(w.level, settings.samples.size() - 1);
    if (const auto end = std::find(ends.begin(), ends.end(), result.stop_reason); end != ends.end() && w.end == 0) {
        w.end = static_cast<std::size_t>(end - ends.begin());
        save();
    }
    if (w.restored || w.terms.size() == 0) w.draw_sample();
    result.evaluations = w.counts().evaluations;
    result.gradients = w.counts().gradients;
    result.objective = w.objective;
    result.terms = w.terms;
    if (result.terms.size() == 0) {
        // There was nothing to do: the numbers are those of the parameters as they are.
        std::vector<const Vector*> terms;
        for (Work::Side& side : w.sides) {
            side.objective->freeze(w.parameters, w.function);
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
    result.parameters = w.final_parameters();
    result.snapshots = w.snapshots.all();
    // A training may end before its last iteration.
    if (settings.snapshots > 0 && result.stop_reason != "not_finite" &&
        (result.snapshots.empty() || result.snapshots.back().iteration != w.iteration))
        result.snapshots.push_back({w.iteration, w.candidate()});
    return result;
}

}  // namespace mfg
