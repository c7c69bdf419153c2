#include <mfg/assessment/assessment.hpp>
#include <mfg/training/training.hpp>

#include "catch.hpp"
#include "recorder.hpp"
#include "setup.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

using namespace mfg;

namespace {

/// Makes what it is told of the parameters.
class ScriptedOptimizer final : public Optimizer {
public:
    using Script = std::function<StepReport(int step, Objective& objective, Vector& theta)>;
    explicit ScriptedOptimizer(Script script) : script_(std::move(script)) {}
    StepReport step(Objective& objective, Vector& theta) override { return script_(++steps_, objective, theta); }
    void reset() override {}
    void state(Archive&) override {}

private:
    Script script_;
    int steps_ = 0;
};

TrainingResult train_with(const std::vector<Optimizer*>& optimizers, const Setup& setup,
                          const TrainingSettings& settings, Recorder& recorder, std::uint64_t seed = 1, int threads = 2)
{
    const auto trainer = player_training(*setup.formulation, settings, {optimizers}, seed, threads);
    return recorder.run(*trainer);
}

TrainingResult train(const Setup& setup, const TrainingSettings& settings, const std::string& optimizer,
                     Recorder& recorder, std::uint64_t seed = 1, int threads = 2)
{
    Registry registry;
    const auto made = registry.create<Optimizer>(optimizer);
    return train_with(std::vector<Optimizer*>(settings.samples.size(), made.get()), setup, settings, recorder, seed,
                      threads);
}

auto fine_terms(const Setup& setup, const Vector& theta, int samples)
{
    const SampledLoss& loss = *setup.player().fine();
    SampledObjective objective(loss, setup.layout(), 2);
    objective.set_sample(loss.sample(RandomStream(99, "fresh"), samples), 1);
    return objective.value(theta).terms;
}

/// Small enough for many trainings.
Setup small_setup()
{
    return Setup("gaussian_transport", {{}, {{"time_steps", "2"}}, {{"width", "4"}}});
}

}  // namespace

TEST_CASE("transport of Gaussians comes near the exact optimum", "[numerics][training]")
{
    for (const char* dimension : {"2", "5"}) {
        INFO("d = " << dimension);
        const Setup setup("gaussian_transport", {{{"dimension", dimension}}, {{"time_steps", "4"}}, {}});
        Recorder recorder;
        const TrainingResult result = train(setup, schedule({512, 1024}, {120, 40}), "bfgs", recorder);
        CHECK(result.iterations == 160);
        CHECK(result.stop_reason == "iterations");
        const auto exact = setup.owned_problem->reference()->terms;
        const Real optimum = exact.at("transport") + exact.at("terminal");
        const auto terms = fine_terms(setup, result.parameters, 8192);
        INFO("transport " << terms[0] << ", terminal " << terms[2] << ", hjb " << terms[3] << ", hjb_terminal "
                          << terms[4] << ", optimum " << optimum);
        CHECK_THAT(terms[0] + terms[2], WithinRel(optimum, 0.02));
        CHECK(terms[3] + terms[4] < 0.1 * optimum);
        const auto measures =
            assess(*setup.formulation->solution(result.parameters), RandomStream(98, "measures"), 1024);
        INFO("errors: value " << measures.at("errors").at("value") << ", control "
                              << measures.at("errors").at("control") << ", log density "
                              << measures.at("errors").at("log_density"));
        CHECK(measures.at("errors").at("value") < 0.02);
        CHECK(measures.at("errors").at("control") < 0.05);
        CHECK(measures.at("errors").at("log_density") < 0.03);
        CHECK(measures.at("round_trip").at("mean") < 1e-3);
    }
}

TEST_CASE("a plain game with a local cost comes near its exact solution", "[numerics][training]")
{
    const Setup setup("linear_quadratic", {{{"viscosity", "0"}, {"initial_mean", "0.5"}, {"initial_deviation", "0.7"}},
                                           {{"time_steps", "4"}},
                                           {{"width", "8"}}});
    Recorder recorder;
    const TrainingResult result = train(setup, schedule({512}, {300}), "bfgs", recorder);
    const Measures found = assess(*setup.formulation->solution(result.parameters), RandomStream(98, "measures"), 1024);
    const auto &errors = found.at("errors"), &residuals = found.at("residuals");
    INFO("errors: value " << errors.at("value") << ", control " << errors.at("control") << ", log density "
                          << errors.at("log_density") << "; residual " << residuals.at("hjb"));
    CHECK(errors.at("value") < 0.04);
    CHECK(errors.at("control") < 0.08);
    CHECK(errors.at("log_density") < 0.015);
    CHECK(residuals.at("hjb") < 0.03);
}

TEST_CASE("a short training of the published instance reaches its range", "[numerics][training]")
{
    const Setup setup("optimal_transport", {});
    Recorder recorder;
    const TrainingResult result = train(setup, schedule({512, 1024}, {150, 50}), "bfgs", recorder);
    const auto terms = fine_terms(setup, result.parameters, 8192);
    INFO("transport " << terms[0] << ", terminal " << terms[2] << ", hjb " << terms[3] << ", hjb_terminal "
                      << terms[4]);
    CHECK(terms[0] > 9.5);
    CHECK(terms[0] < 10.6);
    CHECK(terms[2] < 1.5);
    // The optimum is 10.684 +- 0.005; nothing is below it but by Monte-Carlo error.
    CHECK(terms[0] + terms[2] > 10.4);
    CHECK(terms[0] + terms[2] < 11.4);
    CHECK(recorder.column(199, "validation.objective") < 15);
}

TEST_CASE("a game in other units has the same training", "[numerics][training]")
{
    // Lengths, times and money in other units; the optimum is that of the first one, in this money.
    struct Units {
        const char* name;
        Options::Given problem;
    };
    const std::vector<Units> all{
        {"metres, hours, euros", {}},
        {"millimetres",
         {{"start", "2000"},
          {"end", "-2000"},
          {"covariance", "600000"},
          {"target_covariance", "300000,1200000"},
          {"transport_weight", "1e-6"}}},
        {"days", {{"horizon", "0.041666666666666664"}, {"transport_weight", "0.041666666666666664"}}},
        {"seconds", {{"horizon", "3600"}, {"transport_weight", "3600"}}},
        {"millions", {{"transport_weight", "1e-6"}, {"terminal_weight", "5e-6"}}},
        {"cents", {{"transport_weight", "100"}, {"terminal_weight", "500"}}},
    };
    for (const char* optimizer : {"bfgs", "lbfgs", "sgd"}) {
        const int iterations = std::string(optimizer) == "sgd" ? 4 : 40;
        Real first = 0;
        for (const Units& units : all) {
            INFO(optimizer << ", " << units.name);
            const Setup setup("gaussian_transport", {units.problem, {{"time_steps", "2"}}, {{"width", "8"}}});
            Recorder recorder;
            const TrainingResult result = train(setup, schedule({128}, {iterations}), optimizer, recorder);
            REQUIRE(result.iterations == recorder.records.size());
            const auto exact = setup.owned_problem->reference()->terms;
            const Real optimum = exact.at("transport") + exact.at("terminal");
            const Real reached = recorder.records.back().objective / optimum;
            if (first == 0) first = reached;
            CHECK_THAT(reached, WithinRel(first, 0.03));
            if (iterations > 4) CHECK(reached < 2);
        }
    }
}

TEST_CASE("a training is the same for the same seed and any number of threads", "[numerics][training]")
{
    const Setup setup("optimal_transport", {});
    for (const char* optimizer : {"bfgs", "adam"}) {
        Recorder recorders[4];
        const TrainingSettings settings = schedule({1024}, {30});
        const Vector first = train(setup, settings, optimizer, recorders[0], 1, 1).parameters;
        const Vector again = train(setup, settings, optimizer, recorders[1], 1, 1).parameters;
        const Vector two = train(setup, settings, optimizer, recorders[2], 1, 2).parameters;
        const Vector other = train(setup, settings, optimizer, recorders[3], 2, 1).parameters;
        CHECK(same(first, again));
        CHECK(same(first, two));
        CHECK_FALSE(same(first, other));
        for (std::size_t k = 0; k < 30; ++k)
            CHECK(recorders[0].records[k].objective == recorders[2].records[k].objective);
    }
}

TEST_CASE("a training stops for each of its reasons", "[numerics][training]")
{
    const Setup setup = small_setup();
    TrainingSettings settings = schedule({128}, {50});
    Recorder recorder;

    SECTION("iterations, over levels")
    {
        const TrainingResult result = train(setup, schedule({64, 128, 96}, {5, 0, 7}), "adam", recorder);
        CHECK(result.stop_reason == "iterations");
        CHECK(result.iterations == 12);
        CHECK_FALSE(result.converged);
        CHECK(recorder.records.size() == 12);
        CHECK(recorder.records[4].level == 0);
        CHECK(recorder.records[5].level == 2);
        CHECK(recorder.column(11, "evaluations") == result.evaluations);
        CHECK(recorder.column(11, "gradients") == result.gradients);
    }
    SECTION("time limit, with a checkpoint to go on from")
    {
        settings.iterations = {1000000};
        settings.time_limit = 0.1;
        const TrainingResult result = train(setup, settings, "adam", recorder);
        CHECK(result.stop_reason == "time_limit");
        CHECK(result.seconds >= 0.1);
        CHECK(result.seconds < 5);
        CHECK(result.iterations < 1000000);
        CHECK(recorder.checkpoints.size() == 1);
    }
    SECTION("gradient limit, over levels, with the last parameters validated")
    {
        settings = schedule({64, 128, 96}, {5, 50, 50});
        settings.validate_every = 100;
        settings.gradient_limit = 12;
        const TrainingResult result = train(setup, settings, "adam", recorder);
        CHECK(result.stop_reason == "gradient_limit");
        CHECK_FALSE(result.converged);
        CHECK(result.gradients == 12);
        CHECK(result.iterations == 12);
        CHECK(recorder.records.back().level == 1);
        CHECK(std::isfinite(recorder.column(11, "validation.objective")));
    }
    SECTION("gradient limit in the middle of a step, after a restart as well")
    {
        Registry registry;
        const auto nlopt = registry.create<Optimizer>("nlopt", {{"evaluations", "20"}});
        settings.gradient_limit = 90;
        settings.checkpoint_every = "1i";
        const TrainingResult result = train_with({nlopt.get()}, setup, settings, recorder);
        CHECK(result.stop_reason == "gradient_limit");
        CHECK(result.iterations == 5);
        CHECK(result.gradients == 100);
        // Evaluations without a gradient: of the best point, where that was not the last one.
        CHECK(result.evaluations >= 100);
        CHECK(result.evaluations <= 105);
        CHECK(recorder.column(0, "gradients") == 20);

        const auto trainer = player_training(*setup.formulation, settings, {{nlopt.get()}}, 1, 1);
        trainer->restore(Archive(recorder.checkpoints.at(2).items()));
        Recorder rest;
        const TrainingResult again = rest.run(*trainer);
        CHECK(again.iterations == 5);
        CHECK(again.gradients == result.gradients);
        CHECK(again.evaluations == result.evaluations);
        CHECK(same(again.parameters, result.parameters));
    }
    SECTION("gradient tolerance")
    {
        settings.tolerance = 1e9;
        const TrainingResult result = train(setup, settings, "adam", recorder);
        CHECK(result.stop_reason == "gradient_tolerance");
        CHECK(result.converged);
        CHECK(result.iterations == 1);
    }
    SECTION("stagnation")
    {
        settings.patience = 4;
        ScriptedOptimizer worse([](int, Objective& objective, Vector& theta) {
            theta(0) += 10;
            return StepReport{objective.value(theta), 1, 10, true};
        });
        const TrainingResult result = train_with({&worse}, setup, settings, recorder);
        CHECK(result.stop_reason == "stagnation");
        REQUIRE(recorder.checkpoints.size() == 1);
        ScriptedOptimizer never([](int, Objective&, Vector&) -> StepReport { throw Error("a step after the end"); });
        const auto trainer = player_training(*setup.formulation, settings, {{&never}}, 1, 1);
        trainer->restore(Archive(recorder.checkpoints[0].items()));
        const TrainingResult again = recorder.run(*trainer);
        CHECK(again.stop_reason == "stagnation");
        CHECK(again.objective == result.objective);
        CHECK(same(again.parameters, result.parameters));
        // The first validation is the best one.
        CHECK(result.iterations == 5);
    }
    SECTION("interruption")
    {
        recorder.interrupt_after = 7;
        const TrainingResult result = train(setup, settings, "adam", recorder);
        CHECK(result.stop_reason == "interrupted");
        CHECK(result.iterations == 7);
        CHECK(recorder.checkpoints.size() == 1);
    }
    SECTION("no progress twice in succession, on two samples")
    {
        std::vector<std::uint64_t> samples;
        ScriptedOptimizer stuck([&](int step, Objective& objective, Vector& theta) {
            samples.push_back(objective.revision());
            const bool moves = step % 2 == 0 && step < 6;
            if (moves) theta(0) += 1e-6;
            return StepReport{objective.value(theta), 1, 0, moves};
        });
        const TrainingResult result = train_with({&stuck}, setup, settings, recorder);
        CHECK(result.stop_reason == "line_search");
        CHECK(result.iterations == 6);
        REQUIRE(samples.size() == 6);
        CHECK(samples[1] != samples[0]);
        CHECK(samples[2] == samples[1]);
        CHECK(samples[3] != samples[2]);
        CHECK(recorder.checkpoints.size() == 1);
    }
    SECTION("no progress at the start: nothing is kept")
    {
        ScriptedOptimizer stuck([](int, Objective& objective, Vector& theta) {
            return StepReport{objective.value(theta), 1, 0, false};
        });
        const TrainingResult result = train_with({&stuck, &stuck}, setup, schedule({64, 128}, {9, 9}), recorder);
        CHECK(result.stop_reason == "no_descent");
        CHECK(result.iterations == 2);
        CHECK(recorder.checkpoints.empty());
    }
    SECTION("a step that is not finite")
    {
        Registry registry;
        const auto sgd = registry.create<Optimizer>("sgd", {{"learning_rate", "1e300"}});
        settings.checkpoint_every = "1i";
        const TrainingResult result = train_with({sgd.get()}, setup, settings, recorder);
        CHECK(result.stop_reason == "not_finite");
        CHECK(result.iterations == 1);
        CHECK(recorder.checkpoints.empty());
        CHECK(same(result.parameters, setup.layout().initialise(1)));
    }
    SECTION("an objective that is not finite")
    {
        const Vector start = setup.layout().initialise(1);
        Vector good;
        ScriptedOptimizer broken([&](int step, Objective& objective, Vector& theta) {
            if (step == 3) good = theta;
            if (step < 3)
                theta(theta.size() - 1) += 1e-9;
            else
                theta.fill(std::numeric_limits<Real>::quiet_NaN());
            return StepReport{objective.value(theta), 1, 0, true};
        });
        const TrainingResult result = train_with({&broken}, setup, settings, recorder);
        CHECK(result.stop_reason == "not_finite");
        CHECK(result.iterations == 3);
        CHECK_FALSE(result.converged);
        for (const Real p : result.parameters) CHECK(std::isfinite(p));
        CHECK((same(result.parameters, good) ||
               recorder.column(1, "validation.objective") >= recorder.column(0, "validation.objective")));
    }
}

TEST_CASE("a restored training ends with the same bits", "[numerics][training]")
{
    const Setup setup = small_setup();
    Registry registry;
    for (const std::string& name : registry.names("optimizer")) {
        if (registry.create<Optimizer>(name)->needs_least_squares()) continue;
        INFO(name);
        TrainingSettings settings = schedule({128, 192}, {24, 20});
        settings.resample_every = 7;
        settings.validate_every = 3;
        settings.checkpoint_every = "1i";
        Recorder whole;
        const TrainingResult expected = train(setup, settings, name, whole);
        REQUIRE(expected.iterations == 44);
        REQUIRE(whole.checkpoints.size() >= 40);

        // In the middle of a sample, at its end, at the end of a level, in the next one, at the very end.
        for (const std::uint64_t iteration : {std::uint64_t{5}, std::uint64_t{7}, std::uint64_t{24}, std::uint64_t{25},
                                              std::uint64_t{36}, std::uint64_t{44}}) {
            const auto found =
                std::find(whole.checkpoint_iterations.begin(), whole.checkpoint_iterations.end(), iteration);
            INFO("restored after " << iteration << " iterations");
            REQUIRE(found != whole.checkpoint_iterations.end());
            const Archive& state =
                whole.checkpoints[static_cast<std::size_t>(found - whole.checkpoint_iterations.begin())];
            const auto optimizer = registry.create<Optimizer>(name);
            const auto trainer =
                player_training(*setup.formulation, settings, {{optimizer.get(), optimizer.get()}}, 1, 1);
            trainer->restore(Archive(state.items()));
            Recorder rest;
            const TrainingResult result = rest.run(*trainer);
            CHECK(same(result.parameters, expected.parameters));
            CHECK(result.iterations == expected.iterations);
            CHECK(result.evaluations == expected.evaluations);
            CHECK(result.gradients == expected.gradients);
            CHECK(rest.records.size() == 44 - iteration);
            for (std::size_t k = 0; k < rest.records.size(); ++k) {
                const TrainingRecord &a = rest.records[k], &b = whole.records[iteration + k];
                CHECK(a.iteration == b.iteration);
                CHECK(a.level == b.level);
                CHECK(a.objective == b.objective);
                for (const char* counted : {"evaluations", "gradients"})
                    CHECK(rest.column(k, counted) == whole.column(iteration + k, counted));
            }
        }
    }
}

TEST_CASE("the terms of an iteration belong to its objective", "[numerics][training]")
{
    const Setup setup = small_setup();
    Registry registry;
    for (const std::string& name : registry.names("optimizer")) {
        if (registry.create<Optimizer>(name)->needs_least_squares()) continue;
        INFO(name);
        Recorder recorder;
        train(setup, schedule({128}, {10}), name, recorder);
        for (const TrainingRecord& record : recorder.records) {
            Real sum = 0;
            for (const Real term : record.terms) sum += term;
            CHECK_THAT(sum, WithinRel(record.objective, 1e-12));
        }
    }
}

TEST_CASE("checkpoints are a number of seconds or of iterations apart", "[numerics][training]")
{
    const Setup setup = small_setup();
    const auto iterations = [&](const std::string& every) {
        TrainingSettings settings = schedule({64}, {9});
        settings.checkpoint_every = every;
        Recorder recorder;
        train(setup, settings, "adam", recorder);
        return recorder.checkpoint_iterations;
    };
    // The last one is of the end.
    CHECK(iterations("4i") == std::vector<std::uint64_t>{4, 8, 9});
    CHECK(iterations("3i") == std::vector<std::uint64_t>{3, 6, 9, 9});
    CHECK(iterations("1e-9s").size() == 10);
    CHECK(iterations("1e-9").size() == 10);
    for (const char* none : {"0", "0s", "0i", "3600", "3600s", "100i"})
        CHECK(iterations(none) == std::vector<std::uint64_t>{9});

    for (const char* wrong : {"", "s", "i", "-1", "-1i", "1.5i", "10 s", "10m", "ten", "nan", "inf", "1i2"}) {
        INFO(wrong);
        TrainingSettings settings;
        Options options("training", {{"checkpoint_every", wrong}});
        CHECK_THAT(message_of<Error>([&] { TrainingSettings::options(options, settings); }),
                   ContainsSubstring("must be a number of seconds (60s or 60) or of iterations (100i)"));
    }
}

TEST_CASE("an interrupted training goes on from its checkpoint", "[numerics][training]")
{
    const Setup setup = small_setup();
    const TrainingSettings settings = schedule({128}, {40});
    Recorder whole, first, second;
    const TrainingResult expected = train(setup, settings, "bfgs", whole);
    first.interrupt_after = 25;
    train(setup, settings, "bfgs", first);
    REQUIRE(first.checkpoints.size() == 1);
    Registry registry;
    const auto optimizer = registry.create<Optimizer>("bfgs");
    const auto trainer = player_training(*setup.formulation, settings, {{optimizer.get()}}, 1, 2);
    trainer->restore(Archive(first.checkpoints[0].items()));
    const TrainingResult result = second.run(*trainer);
    CHECK(same(result.parameters, expected.parameters));
    CHECK(result.iterations == 40);
    CHECK(result.seconds > 0);

    const Setup other("gaussian_transport", {{}, {}, {{"width", "5"}}});
    const auto misfit = player_training(*other.formulation, settings, {{optimizer.get()}}, 1, 1);
    CHECK_THAT(message_of<Error>([&] { misfit->restore(Archive(first.checkpoints[0].items())); }),
               ContainsSubstring("was written by another configuration"));
}

TEST_CASE("samples are drawn when they are due", "[numerics][training]")
{
    const Setup setup = small_setup();
    Registry registry;
    const auto inner = registry.create<Optimizer>("adam");
    const auto samples_of = [&](int every) {
        NotingOptimizer noting(*inner);
        TrainingSettings settings = schedule({64, 64}, {12, 7});
        settings.resample_every = every;
        Recorder recorder;
        train_with({&noting, &noting}, setup, settings, recorder);
        CHECK(noting.resets == 2);
        return noting.samples;
    };
    for (const int every : {1, 5}) {
        const std::vector<std::uint64_t> samples = samples_of(every);
        REQUIRE(samples.size() == 19);
        for (std::size_t k = 1; k < 19; ++k) {
            const int in_level = static_cast<int>(k < 12 ? k : k - 12);
            INFO("every " << every << ", iteration " << k + 1);
            CHECK((samples[k] != samples[k - 1]) == (in_level % every == 0));
        }
    }
    const std::vector<std::uint64_t> fixed = samples_of(0);
    for (std::size_t k = 1; k < 19; ++k) CHECK((fixed[k] != fixed[k - 1]) == (k == 12));
}

TEST_CASE("the best parameters by validation are kept", "[numerics][training]")
{
    const Setup setup = small_setup();
    TrainingSettings settings = schedule({128}, {20});
    // Down for eight iterations, then far away.
    std::vector<Vector> visited;
    Registry registry;
    const auto adam = registry.create<Optimizer>("adam");
    ScriptedOptimizer wandering([&](int step, Objective& objective, Vector& theta) {
        StepReport report = adam->step(objective, theta);
        if (step > 8)
            for (Real& p : theta) p += 3;
        visited.push_back(theta);
        return report;
    });
    Recorder recorder;
    const TrainingResult result = train_with({&wandering}, setup, settings, recorder);
    REQUIRE(visited.size() == 20);
    const std::size_t best = recorder.row_of_least("validation_fine.objective");
    CHECK(best >= 4);
    CHECK(best <= 7);
    CHECK(same(result.parameters, visited[best]));
    CHECK_FALSE(same(result.parameters, visited.back()));

    settings.validate_every = 6;
    Recorder seldom;
    visited.clear();
    train(setup, settings, "adam", seldom);
    for (std::size_t k = 0; k < seldom.records.size(); ++k) {
        const std::uint64_t iteration = seldom.records[k].iteration;
        CHECK(std::isnan(seldom.column(k, "validation.objective")) == (iteration % 6 != 0 && iteration != 20));
    }
}

TEST_CASE("a restored training remembers its best, its failures and its patience", "[numerics][training]")
{
    const Setup setup = small_setup();
    TrainingSettings settings = schedule({128}, {12});
    settings.checkpoint_every = "1i";
    // Goes on after `iteration` with the steps of `script`.
    const auto restored = [&](const Recorder& from, std::uint64_t iteration, ScriptedOptimizer::Script script) {
        ScriptedOptimizer optimizer(std::move(script));
        const auto trainer = player_training(*setup.formulation, settings, {{&optimizer}}, 1, 1);
        trainer->restore(Archive(from.checkpoints.at(iteration - 1).items()));
        Recorder recorder;
        return recorder.run(*trainer);
    };
    const auto step_away = [](int step, Objective& objective, Vector& theta) {
        for (Real& p : theta) p += step == 1 ? 0 : 3;
        return StepReport{objective.value(theta), 1, 10, true};
    };
    const auto stuck = [](int step, Objective& objective, Vector& theta) {
        return StepReport{objective.value(theta), 1, 0, step < 5};
    };
    ScriptedOptimizer away(step_away), failing(stuck), impatient(step_away);

    Recorder leaving;
    const TrainingResult best = train_with({&away}, setup, settings, leaving);
    REQUIRE(same(best.parameters, setup.layout().initialise(1)));
    CHECK(same(restored(leaving, 6,
                        [](int, Objective& objective, Vector& theta) {
                            for (Real& p : theta) p -= 3;
                            return StepReport{objective.value(theta), 1, 1, true};
                        })
                   .parameters,
               best.parameters));

    Recorder failures;
    REQUIRE(train_with({&failing}, setup, settings, failures).iterations == 6);
    const TrainingResult failed =
        restored(failures, 5, [&](int, Objective& o, Vector& theta) { return stuck(6, o, theta); });
    CHECK(failed.stop_reason == "line_search");
    CHECK(failed.iterations == 6);

    settings.patience = 4;
    Recorder stagnation;
    REQUIRE(train_with({&impatient}, setup, settings, stagnation).iterations == 5);
    const TrainingResult stopped =
        restored(stagnation, 3, [&](int, Objective& o, Vector& theta) { return step_away(2, o, theta); });
    CHECK(stopped.stop_reason == "stagnation");
    CHECK(stopped.iterations == 5);
}
