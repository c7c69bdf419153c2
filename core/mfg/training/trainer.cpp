#include <mfg/base/error.hpp>
#include <mfg/training/balance.hpp>
#include <mfg/training/clock.hpp>
#include <mfg/training/objective.hpp>
#include <mfg/training/snapshots.hpp>
#include <mfg/training/trainer.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mfg {
namespace {

/// The ends of a training from which it does not go on. Checkpoints have their numbers; 0 stands for none of them.
const std::vector<std::string> ends{"",           "iterations", "gradient_limit", "gradient_tolerance",
                                    "stagnation", "line_search"};

constexpr Real not_measured = std::numeric_limits<Real>::quiet_NaN();

void append(std::vector<Real>& to, const Evaluation& objective)
{
    to.insert(to.end(), objective.terms.begin(), objective.terms.begin() + objective.term_count);
}

Vector as_vector(const std::vector<Real>& numbers)
{
    Vector vector = make_vector(numbers.size());
    std::copy(numbers.begin(), numbers.end(), vector.begin());
    return vector;
}

}  // namespace

struct Trainer::Work {
    struct Side {
        const Player* player;
        std::vector<Optimizer*> optimizers;
        ParameterSubset subset;
        Vector parameters;  // its own
        Vector factors;     // of the terms
        std::unique_ptr<SampledObjective> objective, validation;
        StepReport report;
    };

    /// Evaluations of the objectives, and of these the ones with a gradient.
    struct Counts {
        std::uint64_t evaluations = 0, gradients = 0;
    };

    /// What all players together did in an iteration.
    struct Step {
        Real objective = 0, step_length = 0, gradient_norm = 0;  // summed over the players; norms: root of squares
        bool progress = true;
        bool finite() const
        {
            return std::isfinite(objective) && std::isfinite(gradient_norm) && std::isfinite(step_length);
        }
    };

    Work(const Formulation& f, const TrainingSettings& s, std::vector<std::vector<Optimizer*>> optimizers,
         std::uint64_t run_seed, int threads, Tracker* t)
        : formulation(f),
          settings(s),
          seed(run_seed),
          tracker(t),
          names(player_terms(formulation.players())),
          snapshots(settings.snapshots, settings.max_iterations())
    {
        settings.check();
        if (tracker) tracked = tracker->names();
        parameters = best = drawn_at = formulation.layout().initialise(seed);
        if (settings.average > 0) average = parameters;
        for (std::size_t i = 0; i < formulation.players().size(); ++i) {
            const Player& player = formulation.players()[i];
            Side side{&player, std::move(optimizers.at(i)), {formulation.layout(), player.fields()}, {}, {}, {}, {},
                      {}};
            side.parameters = make_vector(side.subset.size());
            side.subset.gather(parameters, side.parameters);
            side.factors = make_vector(player.loss().terms().size(), 1);
            side.objective = std::make_unique<SampledObjective>(player.loss(), side.subset, threads);
            side.validation = std::make_unique<SampledObjective>(player.validated(), formulation.layout(), threads);
            side.validation->draw_sample(RandomStream(seed, "validation of " + player.name()),
                                         settings.validation_samples, 0);
            sides.push_back(std::move(side));
        }
    }

    /// Draws the sample once more as it was.
    void draw_sample()
    {
        for (Side& side : sides) {
            side.objective->draw_training_sample(RandomStream(seed, "training of " + side.player->name(), sample),
                                                 settings.samples[level], function, drawn_at);
            side.objective->set_weights(side.factors, function);
        }
    }

    void next_sample()
    {
        ++sample;
        ++function;
        formulation.refresh(parameters, refresh_stream("adaptation of ", sample), sample);
        for (Side& side : sides) side.subset.gather(parameters, side.parameters);
        drawn_at = parameters;
        draw_sample();
    }

    RandomStream refresh_stream(const std::string& purpose, std::uint64_t number) const
    {
        return RandomStream(seed, purpose + sides.front().player->name(), number);
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

    /// The result so far.
    const Vector& candidate() const { return settings.average > 0 ? average : parameters; }

    void update_average()
    {
        if (settings.average == 0) return;
        const Real k = static_cast<Real>(iteration), keep = std::min(settings.average, (1 + k) / (10 + k));
        for (std::size_t i = 0; i < average.size(); ++i) average(i) = keep * average(i) + (1 - keep) * parameters(i);
    }

    Vector final_parameters() const
    {
        Vector result = formulation.keeps_best() ? best : candidate();
        formulation.finish(result, refresh_stream("final adaptation of ", 0));
        return result;
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
        for (Side& side : sides) {
            const std::string prefix = side.player->name() + ".";
            archive(prefix + "factors", side.factors);
            if (end > 0) continue;  // no further step
            Archive part = archive.part(prefix + "optimizer.");
            side.optimizers[level]->state(part);
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

    /// Keeps the parameters if they are the best so far; the validation objective of all players is one number. Appends
    /// it, its terms, and what is followed.
    void validate(std::vector<Real>& columns)
    {
        Real sum = 0;
        std::vector<Real> parts;
        for (Side& side : sides) {
            const Evaluation value = side.validation->value(candidate());
            sum += value;
            append(parts, value);
        }
        columns.push_back(sum);
        columns.insert(columns.end(), parts.begin(), parts.end());
        if (tracker) {
            const Vector values = tracker->values(candidate(), RandomStream(seed, "tracking"));
            if (values.size() != tracked.size())
                throw Error("training: " + std::to_string(tracked.size()) + " measures are followed, and there are " +
                            std::to_string(values.size()) + " values");
            columns.insert(columns.end(), values.begin(), values.end());
        }
        if (settings.balance_every > 0)
            for (const Side& side : sides) columns.insert(columns.end(), side.factors.begin(), side.factors.end());
        if (sum < best_objective) {
            best_objective = sum;
            validations_without_progress = 0;
            best = candidate();
        } else {
            ++validations_without_progress;
        }
    }

    std::size_t validation_columns() const
    {
        return 1 + names.size() + tracked.size() + (settings.balance_every > 0 ? names.size() : 0);
    }

    /// The terms of a player at the parameters that its report is about.
    Evaluation reported(Side& side) const
    {
        Evaluation& reported_at = side.report.objective;
        if (reported_at.term_count == 0) reported_at = side.objective->value(side.parameters);
        return reported_at;
    }

    Step step_all()
    {
        Step all;
        std::vector<Real> parts;
        for (Side& side : sides) {
            if (sides.size() > 1) side.objective->freeze(parameters, ++function);
            for (int k = 0; k < side.player->steps(); ++k) {
                side.report = side.optimizers[level]->step(*side.objective, side.parameters);
                if (!side.report.progress || !std::isfinite(side.report.objective)) break;
            }
            side.subset.scatter(side.parameters, parameters);
            append(parts, reported(side));
            all.objective += side.report.objective;
            all.step_length += side.report.step_length * side.report.step_length;
            all.gradient_norm += side.report.gradient_norm * side.report.gradient_norm;
            all.progress = all.progress && side.report.progress;
        }
        all.step_length = std::sqrt(all.step_length);
        all.gradient_norm = std::sqrt(all.gradient_norm);
        update_average();
        objective = all.objective;
        terms = as_vector(parts);
        return all;
    }

    /// The row of the history, with a validation if one is due.
    TrainingRecord record_of(const Step& step, bool validated, const RunClock& clock)
    {
        TrainingRecord record;
        record.iteration = iteration;
        record.level = static_cast<int>(level);
        record.objective = step.objective;
        record.terms = terms;
        const Counts now = counts();
        std::vector<Real> validation;
        if (validated)
            validate(validation);
        else
            validation.assign(validation_columns(), not_measured);
        record.seconds = clock.elapsed();
        record.columns = {static_cast<Real>(iteration),       static_cast<Real>(level + 1),     record.seconds,
                          static_cast<Real>(now.evaluations), static_cast<Real>(now.gradients), step.objective};
        record.columns.insert(record.columns.end(), terms.begin(), terms.end());
        record.columns.insert(record.columns.end(), validation.begin(), validation.end());
        record.columns.insert(record.columns.end(), {step.step_length, step.gradient_norm});
        return record;
    }

    /// Begins a level, or goes on with the one of a checkpoint.
    void enter_level()
    {
        if (restored) {
            restored = false;
            draw_sample();
        } else {
            for (Side& side : sides) side.optimizers[level]->reset();
            failures = 0;
            next_sample();
        }
        for (Side& side : sides)
            side.optimizers[level]->plan(level_iterations() * static_cast<std::uint64_t>(side.player->steps()));
        if (snapshots.due(iteration)) snapshots.keep(iteration, candidate());
    }
    std::uint64_t level_iterations() const { return static_cast<std::uint64_t>(settings.iterations[level]); }

    /// Whether and why the level, or the whole training, is over after a step.
    struct Decision {
        std::string reason = {};
        bool level_ends = false, stop = false;
    };
    Decision decide(const Step& step, bool spent)
    {
        if (!step.finite()) return {"not_finite", true, true};
        if (step.gradient_norm < settings.tolerance) return {"gradient_tolerance", true, spent};
        if (spent) return {"gradient_limit", true, true};
        if (settings.patience > 0 && validations_without_progress >= settings.patience) {
            validations_without_progress = 0;
            return {"stagnation", true, false};
        }
        if (step.progress) {
            failures = 0;
            return {};
        }
        if (++failures == 2) return {"line_search", true, false};
        next_sample();
        return {};
    }

    const Formulation& formulation;
    TrainingSettings settings;
    std::uint64_t seed;
    Tracker* tracker;
    std::vector<std::string> names, tracked;
    Snapshots snapshots;
    std::vector<Side> sides;
    std::size_t level = 0, end = 0;  // `end`: which one of `ends` is reached
    std::uint64_t iteration_in_level = 0, iteration = 0, sample = 0;
    /// Numbers what the players minimise: another sample, other factors, or another player's move make it a new
    /// function for an optimizer.
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

Trainer::Trainer(const Formulation& formulation, const TrainingSettings& settings,
                 std::vector<std::vector<Optimizer*>> optimizers, std::uint64_t seed, int threads, Tracker* tracker)
    : work_(std::make_unique<Work>(formulation, settings, std::move(optimizers), seed, threads, tracker))
{
}

Trainer::~Trainer() = default;

std::vector<std::string> Trainer::term_names() const
{
    return work_->names;
}

std::vector<std::string> Trainer::columns() const
{
    std::vector<std::string> columns{"iteration", "level", "seconds", "evaluations", "gradients", "objective"};
    for (const std::string& term : work_->names) columns.push_back("terms." + term);
    columns.push_back("validation.objective");
    for (const std::string& term : work_->names) columns.push_back("validation.terms." + term);
    columns.insert(columns.end(), work_->tracked.begin(), work_->tracked.end());
    if (work_->settings.balance_every > 0)
        for (const std::string& term : work_->names) columns.push_back("weights." + term);
    columns.insert(columns.end(), {"step_length", "gradient_norm"});
    return columns;
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
        if (part->size() != work_->formulation.layout().size())
            throw Error("checkpoint: the number of parameters differs; it was written by another configuration");
    if (work_->average.size() != (work_->settings.average > 0 ? work_->parameters.size() : 0))
        throw Error("checkpoint: the number of averaged parameters differs; it was written by another configuration");
    for (Work::Side& side : work_->sides) side.subset.gather(work_->parameters, side.parameters);
    if (work_->end >= ends.size()) throw Error("checkpoint: it has an unknown end of the training");
    work_->restored = true;
}

TrainingResult Trainer::run(TrainingObserver& observer, const std::atomic<bool>& interrupted)
{
    Work& w = *work_;
    const TrainingSettings& settings = w.settings;
    RunClock clock(w.seconds, settings);
    const Work::Counts counts_before = w.earlier;
    const auto save = [&] {
        w.seconds = clock.elapsed();
        w.earlier = w.counts();
        Archive archive;
        w.state(archive);
        w.earlier = counts_before;
        observer.checkpoint(archive);
        clock.saved();
    };

    std::string reason = w.end > 0 ? ends[w.end] : "iterations";
    bool stop = w.end > 0;
    for (; w.level < settings.samples.size() && !stop; ++w.level, w.iteration_in_level = 0) {
        w.enter_level();
        for (bool level_ends = false; w.iteration_in_level < w.level_iterations() && !level_ends && !stop;) {
            const auto every = [](int count, std::uint64_t number) {
                return count > 0 && number % static_cast<std::uint64_t>(count) == 0;
            };
            if (w.iteration_in_level > 0 && every(settings.resample_every, w.iteration_in_level)) w.next_sample();
            if (every(settings.balance_every, w.iteration)) w.balance_terms();
            ++w.iteration_in_level;
            ++w.iteration;

            const Work::Step step = w.step_all();
            const bool spent = settings.gradient_limit > 0 &&
                               w.counts().gradients >= static_cast<std::uint64_t>(settings.gradient_limit);
            const bool last = spent || w.iteration_in_level == w.level_iterations();
            observer.iteration(
                w.record_of(step, step.finite() && (last || every(settings.validate_every, w.iteration)), clock));
            if (step.finite() && w.snapshots.due(w.iteration)) w.snapshots.keep(w.iteration, w.candidate());

            const Work::Decision decision = w.decide(step, spent);
            level_ends = decision.level_ends;
            stop = decision.stop;
            if (!decision.reason.empty()) reason = decision.reason;
            if (level_ends) break;
            if (last) reason = "iterations";
            const std::string pause = clock.pause(interrupted);
            if (!pause.empty()) {
                reason = pause;
                stop = true;
            }
            if (stop || clock.checkpoint_due(w.iteration)) save();
        }
        if (stop) break;
    }
    w.level = std::min(w.level, settings.samples.size() - 1);
    if (const auto end = std::find(ends.begin(), ends.end(), reason); end != ends.end() && w.end == 0) {
        w.end = end - ends.begin();
        save();
    }
    if (w.restored || w.terms.size() == 0) w.draw_sample();
    if (w.terms.size() == 0) {
        // There was nothing to do: the numbers are those of the parameters as they are.
        std::vector<Real> parts;
        for (Work::Side& side : w.sides) {
            side.objective->freeze(w.parameters, w.function);
            const Evaluation value = side.objective->value(side.parameters);
            w.objective += value;
            append(parts, value);
        }
        w.terms = as_vector(parts);
    }

    TrainingResult result;
    result.stop_reason = reason;
    result.converged = reason == "gradient_tolerance";
    result.evaluations = w.counts().evaluations;
    result.gradients = w.counts().gradients;
    result.objective = w.objective;
    result.terms = w.terms;
    result.tile_samples = w.sides.front().objective->tile_size();
    result.iterations = w.iteration;
    result.seconds = clock.elapsed();
    result.parameters = w.final_parameters();
    result.snapshots = w.snapshots.all();
    // A training may end before its last iteration.
    if (settings.snapshots > 0 && reason != "not_finite" &&
        (result.snapshots.empty() || result.snapshots.back().iteration != w.iteration))
        result.snapshots.push_back({w.iteration, w.candidate()});
    return result;
}

}  // namespace mfg
