#include <mfg/base/error.hpp>
#include <mfg/training/clock.hpp>
#include <mfg/training/objective.hpp>
#include <mfg/training/snapshots.hpp>
#include <mfg/training/training.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mfg {
namespace {

/// The ends of a training from which it does not go on. Checkpoints have their numbers; 0 stands for none of them.
const std::vector<std::string> ends{"",           "iterations", "gradient_limit", "gradient_tolerance",
                                    "stagnation", "line_search"};

/// Validation in finer steps takes one of so many samples: about as much work as the other one.
constexpr int fine_share = 4;

constexpr Real not_measured = std::numeric_limits<Real>::quiet_NaN();

bool has_fine_steps(const std::vector<Player>& players)
{
    return std::any_of(players.begin(), players.end(), [](const Player& player) { return player.fine(); });
}

/// The objectives of all players.
struct Total {
    Real objective = 0;
    std::vector<Real> terms = {};

    void add(const Evaluation& player)
    {
        objective += player;
        terms.insert(terms.end(), player.terms.begin(), player.terms.begin() + player.term_count);
    }
};

/// A player's objective in multiples of its unit: what an optimizer does must not depend on the units of a problem.
class ObjectiveInUnits final : public Objective, public LeastSquares {
public:
    ObjectiveInUnits(SampledObjective& objective, Real unit) : objective_(objective), unit_(unit) {}

    std::size_t size() const override { return objective_.size(); }
    std::uint64_t revision() const override { return objective_.revision(); }
    Evaluation value(const Vector& theta) override { return times(objective_.value(theta), 1 / unit_); }
    Evaluation value_and_gradient(const Vector& theta, Vector& gradient) override
    {
        const Evaluation value = objective_.value_and_gradient(theta, gradient);
        for (Real& entry : gradient) entry *= 1 / unit_;
        return times(value, 1 / unit_);
    }
    LeastSquares* least_squares() override { return objective_.least_squares() ? this : nullptr; }
    Index residual_count() const override { return objective_.residual_count(); }
    void linearise(const Vector& theta, Vector& residuals, Matrix& jacobian) override
    {
        objective_.linearise(theta, residuals, jacobian);
        if (unit_ == 1) return;
        const Real factor = 1 / std::sqrt(unit_);
        for (Real& residual : residuals) residual *= factor;
        for (Real& entry : jacobian) entry *= factor;
    }
    void multiply(const Vector& theta, const Vector& v, Vector& residuals, Vector& product, Vector& squares) override
    {
        objective_.multiply(theta, v, residuals, product, squares);
        const Real factor = 1 / std::sqrt(unit_);
        for (Vector* rows : {&residuals, &product})
            for (Real& entry : *rows) entry *= factor;
        for (Real& entry : squares) entry *= 1 / unit_;
    }
    void multiply_transposed(const Vector& theta, const Vector& u, Vector& product) override
    {
        objective_.multiply_transposed(theta, u, product);
        const Real factor = 1 / std::sqrt(unit_);
        for (Real& entry : product) entry *= factor;
    }
    /// What an evaluation is in the units of the problem.
    Evaluation in_full(const Evaluation& evaluation) const { return times(evaluation, unit_); }

private:
    static Evaluation times(Evaluation evaluation, Real factor)
    {
        evaluation.value *= factor;
        for (Real& term : evaluation.terms) term *= factor;
        return evaluation;
    }

    SampledObjective& objective_;
    Real unit_;
};

class PlayerTraining final : public Training {
public:
    PlayerTraining(const Formulation& formulation, const TrainingSettings& settings,
                   std::vector<std::vector<Optimizer*>> optimizers, std::uint64_t seed, int threads, Tracker* tracker)
        : formulation_(formulation),
          settings_(settings),
          seed_(seed),
          tracker_(tracker),
          names_(player_terms(formulation.players())),
          snapshots_(settings.snapshots, settings.max_iterations())
    {
        settings_.check();
        if (tracker_) tracked_ = tracker_->names();
        columns_ = {"iteration", "level", "seconds", "evaluations", "gradients", "objective"};
        for (const std::string& term : names_) columns_.push_back("terms." + term);
        columns_.push_back("validation.objective");
        for (const std::string& term : names_) columns_.push_back("validation.terms." + term);
        if (has_fine_steps(formulation_.players())) columns_.push_back("validation_fine.objective");
        columns_.insert(columns_.end(), tracked_.begin(), tracked_.end());
        if (settings_.balance_every > 0)
            for (const std::string& term : names_) columns_.push_back("weights." + term);
        columns_.insert(columns_.end(), {"step_length", "gradient_norm"});
        parameters_ = best_ = drawn_at_ = formulation_.layout().initialise(seed_);
        if (settings_.average > 0) average_ = parameters_;
        for (std::size_t i = 0; i < formulation_.players().size(); ++i) {
            const Player& player = formulation_.players()[i];
            Side side{
                &player, std::move(optimizers.at(i)), {formulation_.layout(), player.fields()}, {}, {}, {}, {}, {}, {}};
            side.parameters = make_vector(side.subset.size());
            side.subset.gather(parameters_, side.parameters);
            side.factors = make_vector(player.loss().terms().size(), 1);
            side.objective = std::make_unique<SampledObjective>(player.loss(), side.subset, threads);
            side.validation = std::make_unique<SampledObjective>(player.validated(), formulation_.layout(), threads);
            const RandomStream validated(seed_, "validation of " + player.name());
            side.validation->draw_sample(validated, settings_.validation_samples, 0);
            if (player.fine()) {
                side.fine = std::make_unique<SampledObjective>(*player.fine(), formulation_.layout(), threads);
                side.fine->draw_sample(validated, std::max(1, settings_.validation_samples / fine_share), 0);
            }
            sides_.push_back(std::move(side));
        }
    }

    std::vector<std::string> term_names() const override { return names_; }
    std::vector<std::string> columns() const override { return columns_; }
    std::uint64_t max_iterations() const override { return settings_.max_iterations(); }

    void restore(Archive saved) override
    {
        // The optimizer of the level is needed to load its state.
        saved("level", level_);
        if (level_ >= settings_.samples.size()) throw Error("checkpoint: it has more levels than the run");
        state(saved);
        // There are none before the first step.
        if (terms_.size() > 0 && terms_.size() != names_.size())
            throw Error("checkpoint: the number of terms differs; it was written by another configuration");
        for (Side& side : sides_) side.subset.gather(parameters_, side.parameters);
        if (end_ >= ends.size()) throw Error("checkpoint: it has an unknown end of the training");
        restored_ = true;
    }

    TrainingResult run(TrainingObserver& observer, const std::atomic<bool>& interrupted) override
    {
        RunClock clock(seconds_, settings_);
        const Counts counts_before = earlier_;
        const auto save = [&] {
            seconds_ = clock.elapsed();
            earlier_ = counts();
            Archive archive;
            state(archive);
            earlier_ = counts_before;
            observer.checkpoint(archive);
            clock.saved();
        };

        std::string reason = end_ > 0 ? ends[end_] : "iterations";
        bool stop = end_ > 0;
        for (; level_ < settings_.samples.size() && !stop; ++level_, iteration_in_level_ = 0) {
            enter_level();
            for (bool level_ends = false; iteration_in_level_ < level_iterations() && !level_ends && !stop;) {
                const auto every = [](int count, std::uint64_t number) {
                    return count > 0 && number % static_cast<std::uint64_t>(count) == 0;
                };
                if (iteration_in_level_ > 0 && every(settings_.resample_every, iteration_in_level_)) next_sample();
                if (every(settings_.balance_every, iteration_)) balance_terms();
                ++iteration_in_level_;
                ++iteration_;

                const Step step = step_all();
                const bool spent = settings_.gradient_limit > 0 &&
                                   counts().gradients >= static_cast<std::uint64_t>(settings_.gradient_limit);
                const bool last = spent || iteration_in_level_ == level_iterations();
                observer.iteration(
                    record_of(step, step.finite() && (last || every(settings_.validate_every, iteration_)), clock));
                if (step.finite() && snapshots_.due(iteration_)) snapshots_.keep(iteration_, candidate());

                const Decision decision = decide(step, spent);
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
                if (stop || clock.checkpoint_due(iteration_)) save();
            }
            if (stop) break;
        }
        level_ = std::min(level_, settings_.samples.size() - 1);
        if (const auto found = std::find(ends.begin(), ends.end(), reason); found != ends.end() && end_ == 0) {
            end_ = found - ends.begin();
            save();
        }
        if (restored_ || terms_.size() == 0) draw_sample();
        if (terms_.size() == 0) {
            // There was nothing to do: the numbers are those of the parameters as they are.
            Total total;
            for (Side& side : sides_) {
                side.objective->freeze(parameters_, function_);
                total.add(side.objective->value(side.parameters));
            }
            keep(total);
        }

        TrainingResult result;
        result.stop_reason = reason;
        result.converged = reason == "gradient_tolerance";
        result.evaluations = counts().evaluations;
        result.gradients = counts().gradients;
        result.objective = objective_;
        result.terms = terms_;
        result.tile_samples = sides_.front().objective->tile_size();
        result.iterations = iteration_;
        result.seconds = clock.elapsed();
        result.parameters = formulation_.keeps_best() ? best_ : candidate();
        formulation_.finish(result.parameters, refresh_stream("final adaptation of ", 0));
        result.snapshots = snapshots_.all();
        // A training may end before its last iteration.
        if (settings_.snapshots > 0 && reason != "not_finite" &&
            (result.snapshots.empty() || result.snapshots.back().iteration != iteration_))
            result.snapshots.push_back({iteration_, candidate()});
        return result;
    }

private:
    struct Side {
        const Player* player;
        std::vector<Optimizer*> optimizers;
        ParameterSubset subset;
        Vector parameters;  // its own
        Vector factors;     // of the terms
        std::unique_ptr<SampledObjective> objective, validation, fine;
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

    /// Draws the sample once more as it was.
    void draw_sample()
    {
        for (Side& side : sides_) {
            side.objective->draw_training_sample(RandomStream(seed_, "training of " + side.player->name(), sample_),
                                                 settings_.samples[level_], function_, drawn_at_);
            side.objective->set_weights(side.factors, function_);
        }
    }

    void next_sample()
    {
        ++sample_;
        ++function_;
        formulation_.refresh(parameters_, refresh_stream("adaptation of ", sample_), sample_);
        for (Side& side : sides_) side.subset.gather(parameters_, side.parameters);
        drawn_at_ = parameters_;
        draw_sample();
    }

    RandomStream refresh_stream(const std::string& purpose, std::uint64_t number) const
    {
        return RandomStream(seed_, purpose + sides_.front().player->name(), number);
    }

    void balance_terms()
    {
        ++function_;
        for (Side& side : sides_) {
            if (work_.size() != side.parameters.size()) work_ = make_vector(side.parameters.size());
            side.objective->freeze(parameters_, function_);
            balance(*side.objective, side.parameters, side.factors, work_);
            side.objective->set_weights(side.factors, function_);
        }
    }

    /// The result so far.
    const Vector& candidate() const { return settings_.average > 0 ? average_ : parameters_; }

    void update_average()
    {
        if (settings_.average == 0) return;
        const Real k = static_cast<Real>(iteration_), keep = std::min(settings_.average, (1 + k) / (10 + k));
        for (std::size_t i = 0; i < average_.size(); ++i)
            average_(i) = keep * average_(i) + (1 - keep) * parameters_(i);
    }

    /// Everything that the next iteration depends on.
    void state(Archive& archive)
    {
        archive("level", level_);
        archive("iteration_in_level", iteration_in_level_);
        archive("iteration", iteration_);
        archive("sample", sample_);
        archive("function", function_);
        archive("failures", failures_);
        archive("validations_without_progress", validations_without_progress_);
        archive("best_objective", best_objective_);
        archive("seconds", seconds_);
        archive("end", end_);
        archive("objective", objective_);
        archive("terms", terms_);
        archive("evaluations", earlier_.evaluations);
        archive("gradients", earlier_.gradients);
        const Index count = length(formulation_.layout());
        archive("parameters", parameters_, count);
        archive("best", best_, count);
        archive("average", average_, settings_.average > 0 ? count : 0);
        archive("drawn_at", drawn_at_, count);
        for (Side& side : sides_) {
            const std::string prefix = side.player->name() + ".";
            archive(prefix + "factors", side.factors, length(side.player->loss().terms()));
            if (end_ > 0) continue;  // no further step
            archive.part(
                prefix + "optimizer.", [&](Archive& part) { side.optimizers[level_]->state(part); },
                length(side.subset));
        }
        snapshots_.state(archive, count);
    }

    Counts counts() const
    {
        Counts sum = earlier_;
        for (const Side& side : sides_) {
            sum.evaluations += side.objective->evaluations();
            sum.gradients += side.objective->gradients();
        }
        return sum;
    }

    /// Keeps the parameters if they are the best so far; the validation objective of all players is one number. With
    /// finer steps the objective in these decides: one of few steps can fall below the optimum by what happens between
    /// them. Returns the objective, its terms, the one in finer steps, and what is followed.
    std::vector<Real> validate()
    {
        Total total;
        for (Side& side : sides_) total.add(side.validation->value(candidate()));
        std::vector<Real> columns{total.objective};
        columns.insert(columns.end(), total.terms.begin(), total.terms.end());
        Real decisive = total.objective;
        if (has_fine_steps(formulation_.players())) {
            decisive = 0;
            for (Side& side : sides_) decisive += (side.fine ? *side.fine : *side.validation).value(candidate());
            columns.push_back(decisive);
        }
        if (tracker_) {
            const Vector values = tracker_->values(candidate(), RandomStream(seed_, "tracking"));
            if (values.size() != tracked_.size())
                throw Error("training: " + std::to_string(tracked_.size()) + " measures are followed, and there are " +
                            std::to_string(values.size()) + " values");
            columns.insert(columns.end(), values.begin(), values.end());
        }
        if (settings_.balance_every > 0)
            for (const Side& side : sides_) columns.insert(columns.end(), side.factors.begin(), side.factors.end());
        if (decisive < best_objective_) {
            best_objective_ = decisive;
            validations_without_progress_ = 0;
            best_ = candidate();
        } else {
            ++validations_without_progress_;
        }
        return columns;
    }

    Step step_all()
    {
        Step all;
        Total total;
        for (Side& side : sides_) {
            if (sides_.size() > 1) side.objective->freeze(parameters_, ++function_);
            ObjectiveInUnits objective(*side.objective, side.player->unit());
            for (int k = 0; k < side.player->steps(); ++k) {
                side.report = side.optimizers[level_]->step(objective, side.parameters);
                if (!side.report.progress || !std::isfinite(side.report.objective)) break;
            }
            side.subset.scatter(side.parameters, parameters_);
            // The terms at the parameters that the report is about.
            const Evaluation& reported = side.report.objective;
            total.add(reported.term_count == 0 ? side.objective->value(side.parameters) : objective.in_full(reported));
            all.step_length += side.report.step_length * side.report.step_length;
            all.gradient_norm += side.report.gradient_norm * side.report.gradient_norm;
            all.progress = all.progress && side.report.progress;
        }
        all.step_length = std::sqrt(all.step_length);
        all.gradient_norm = std::sqrt(all.gradient_norm);
        update_average();
        all.objective = total.objective;
        keep(total);
        return all;
    }

    void keep(const Total& total)
    {
        objective_ = total.objective;
        terms_ = make_vector(total.terms.size());
        std::copy(total.terms.begin(), total.terms.end(), terms_.begin());
    }

    /// The row of the history, with a validation if one is due.
    TrainingRecord record_of(const Step& step, bool validated, const RunClock& clock)
    {
        const Counts now = counts();
        const std::vector<Real> validation = validated ? validate() : std::vector<Real>{};
        TrainingRecord record{iteration_, static_cast<int>(level_), clock.elapsed(), step.objective, terms_, {}};
        std::vector<Real>& row = record.columns;
        row = {static_cast<Real>(iteration_),      static_cast<Real>(level_ + 1),    record.seconds,
               static_cast<Real>(now.evaluations), static_cast<Real>(now.gradients), step.objective};
        row.insert(row.end(), terms_.begin(), terms_.end());
        row.insert(row.end(), validation.begin(), validation.end());
        row.resize(columns_.size() - 2, not_measured);
        row.insert(row.end(), {step.step_length, step.gradient_norm});
        return record;
    }

    /// Begins a level, or goes on with the one of a checkpoint.
    void enter_level()
    {
        if (restored_) {
            restored_ = false;
            draw_sample();
        } else {
            for (Side& side : sides_) side.optimizers[level_]->reset();
            failures_ = 0;
            next_sample();
        }
        for (Side& side : sides_)
            side.optimizers[level_]->plan(level_iterations() * static_cast<std::uint64_t>(side.player->steps()));
        if (snapshots_.due(iteration_)) snapshots_.keep(iteration_, candidate());
    }
    std::uint64_t level_iterations() const { return static_cast<std::uint64_t>(settings_.iterations[level_]); }

    /// Whether and why the level, or the whole training, is over after a step.
    struct Decision {
        std::string reason = {};
        bool level_ends = false, stop = false;
    };
    Decision decide(const Step& step, bool spent)
    {
        if (!step.finite()) return {"not_finite", true, true};
        if (step.gradient_norm < settings_.tolerance) return {"gradient_tolerance", true, spent};
        if (spent) return {"gradient_limit", true, true};
        if (settings_.patience > 0 && validations_without_progress_ >= settings_.patience) {
            validations_without_progress_ = 0;
            return {"stagnation", true, false};
        }
        if (step.progress) {
            failures_ = 0;
            return {};
        }
        if (++failures_ == 2) {
            constexpr std::uint64_t first_iterations = 5;
            if (iteration_ <= first_iterations) return {"no_descent", true, true};
            return {"line_search", true, false};
        }
        next_sample();
        return {};
    }

    const Formulation& formulation_;
    TrainingSettings settings_;
    std::uint64_t seed_;
    Tracker* tracker_;
    std::vector<std::string> names_, tracked_, columns_;  // names of terms, of what is followed, of columns
    Snapshots snapshots_;
    std::vector<Side> sides_;
    std::size_t level_ = 0, end_ = 0;  // `end`: which one of `ends` is reached
    std::uint64_t iteration_in_level_ = 0, iteration_ = 0, sample_ = 0;
    /// Numbers what the players minimise: another sample, other factors, or another player's move make it a new
    /// function for an optimizer.
    std::uint64_t function_ = 0;
    Vector work_;
    Vector parameters_, best_, drawn_at_;  // of all; drawn_at: those with which the sample was drawn
    Vector average_ = make_vector(0);
    Counts earlier_;  // before the checkpoint that this run goes on from
    int failures_ = 0, validations_without_progress_ = 0;
    Real best_objective_ = std::numeric_limits<Real>::infinity();
    Real seconds_ = 0, objective_ = 0;  // the objective and its terms after the last step
    Vector terms_ = make_vector(0);
    bool restored_ = false;
};

}  // namespace

TrainingObserver::~TrainingObserver() = default;
Tracker::~Tracker() = default;
Training::~Training() = default;

std::unique_ptr<Training> player_training(const Formulation& formulation, const TrainingSettings& settings,
                                          std::vector<std::vector<Optimizer*>> optimizers, std::uint64_t seed,
                                          int threads, Tracker* tracker)
{
    return std::make_unique<PlayerTraining>(formulation, settings, std::move(optimizers), seed, threads, tracker);
}

std::vector<std::string> player_terms(const std::vector<Player>& players)
{
    std::vector<std::string> names;
    for (const Player& player : players)
        for (const std::string& term : player.loss().terms())
            names.push_back(players.size() == 1 ? term : player.name() + "." + term);
    return names;
}

}  // namespace mfg
