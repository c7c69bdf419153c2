/// Trainings with the deep Galerkin method, against exact solutions; going on after an interruption.
#include <mfg/assessment/assessment.hpp>
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/parallel.hpp>

#include "catch.hpp"
#include "recorder.hpp"
#include "setup.hpp"

#include <atomic>
#include <cmath>
#include <mutex>
#include <set>
#include <thread>

using namespace mfg;

namespace {

struct Budget {
    int samples, iterations;
    const char* optimizer;
    Options::Given optimizer_options;
    int resample_every = 1;
};

TrainingSettings settings_of(const Budget& budget)
{
    TrainingSettings settings = schedule({budget.samples}, {budget.iterations});
    settings.resample_every = budget.resample_every;
    settings.validate_every = 100;
    settings.validation_samples = 512;
    return settings;
}

TrainingResult train(const GalerkinSetup& setup, const Budget& budget, Recorder& recorder)
{
    Registry registry;
    const auto optimizer = registry.create<Optimizer>(budget.optimizer, budget.optimizer_options);
    const auto trainer = player_training(*setup.formulation, settings_of(budget), {{optimizer.get()}}, 1, 2);
    return recorder.run(*trainer);
}

Measures measures_after(const GalerkinSetup& setup, const Budget& budget)
{
    Recorder recorder;
    const TrainingResult result = train(setup, budget, recorder);
    CHECK(result.stop_reason == "iterations");
    return assess(*setup.formulation->solution(result.parameters), RandomStream(9, "measures"), 1000);
}

Options::Given width(const char* units)
{
    return {{"width", units}, {"layers", "1"}};
}

const Options::Given quick{{"learning_rate", "0.01"}, {"schedule", "cosine"}};

}  // namespace

TEST_CASE("a stationary game is solved", "[numerics][galerkin][training]")
{
    for (const char* density : {"log", "direct"}) {
        INFO(density);
        const GalerkinSetup setup({"ergodic_log", {{"dimension", "2"}}, {{"density", density}}}, width("12"));
        const auto found = measures_after(setup, {256, 400, "adam", quick});
        const auto& errors = found.at("errors");
        INFO("value " << errors.at("value") << ", density " << errors.at("density") << ", constant "
                      << errors.at("constant") << ", trained " << errors.at("constant_trained"));
        CHECK(errors.at("value") < 0.05);
        CHECK(errors.at("density") < 0.05);
        CHECK(errors.at("constant") < 2e-3);
        CHECK(errors.at("constant_trained") < 2e-3);
        CHECK(found.at("relative_residuals").at("hjb") < 0.1);
        // -2 log I_0(0.2)
        CHECK_THAT(found.at("constants").at("lambda"), WithinAbs(-0.0199003, 2e-3));
    }
}

TEST_CASE("a game in time on the torus is solved, with penalties and with an ansatz", "[numerics][galerkin][training]")
{
    for (const char* conditions : {"soft", "hard"}) {
        INFO(conditions);
        const GalerkinSetup setup({"torus", {{"dimension", "1"}}, {{"conditions", conditions}}}, width("12"));
        const auto found = measures_after(setup, {256, 400, "adam", quick});
        const auto& errors = found.at("errors");
        INFO("value " << errors.at("value") << ", density " << errors.at("density"));
        CHECK(errors.at("value") < 0.2);
        CHECK(errors.at("density") < 0.02);
    }
}

TEST_CASE("a game in the whole space is solved around the population that it moves", "[numerics][galerkin][training]")
{
    struct Case {
        Options::Given method;
        Real value, control, log_density;
    };
    for (const Case& c :
         {Case{{}, 0.1, 0.15, 0.15}, Case{{{"standardise", "yes"}, {"density_base", "gaussian"}}, 0.02, 0.04, 0.02}}) {
        const GalerkinCase wanted{
            "linear_quadratic", {{"dimension", "2"}, {"initial_mean", "1"}, {"initial_deviation", "0.5"}}, c.method};
        INFO(wanted.text());
        const GalerkinSetup setup(wanted, width("12"));
        const auto found =
            measures_after(setup, {256, 500, "adam", {{"learning_rate", "0.02"}, {"schedule", "cosine"}}});
        const auto& errors = found.at("errors");
        INFO("value " << errors.at("value") << ", control " << errors.at("control") << ", log_density "
                      << errors.at("log_density"));
        CHECK(errors.at("value") < c.value);
        CHECK(errors.at("control") < c.control);
        CHECK(errors.at("log_density") < c.log_density);
    }
}

TEST_CASE("agents who are attracted to their mean need no density", "[numerics][galerkin][training]")
{
    struct Case {
        Options::Given problem, method;
    };
    const Options::Given normal{{"initial", "normal"}, {"initial_mean", "1"}};
    for (const Case& c : {Case{{}, {{"density", "none"}, {"sampling", "density"}, {"conditions", "terminal"}}},
                          Case{{{"initial_mean", "1"}}, {{"density", "none"}, {"sampling", "density"}}},
                          Case{normal, {{"density", "none"}}}, Case{normal, {{"density", "log"}}}}) {
        const GalerkinCase wanted{"mean_attraction", c.problem, c.method};
        INFO(wanted.text());
        const GalerkinSetup setup(wanted, width("12"));
        const auto found =
            measures_after(setup, {256, 400, "adam", {{"learning_rate", "0.02"}, {"schedule", "cosine"}}});
        const auto& errors = found.at("errors");
        INFO("value " << errors.at("value") << ", in L1 " << errors.at("value_l1") << ", control "
                      << errors.at("control"));
        const bool density = c.method.at("density") == "log";
        CHECK(errors.at("value_l1") < (density ? 0.08 : 0.04));
        CHECK(errors.at("control") < (density ? 0.25 : 0.1));
        CHECK(errors.count("log_density") == density);
        // The value at the start is what agents pay.
        const auto reference = setup.owned_problem->reference().value();
        const Matrix starts =
            setup.owned_problem->mean_field_game()->initial_density().sample(RandomStream(2, "starts"), 4096);
        const Matrix values = map_points(starts, 1, [&](Tape& tape, const Variable& x) {
            return reference.value({Jet(x), Jet(tape.constant(1, x.columns(), 0)), {}}).value();
        });
        Real mean = 0;
        for (const Real v : values) mean += v / 4096;
        CHECK_THAT(found.at("costs").at("sum"), WithinAbs(mean, 0.03));
    }
}

TEST_CASE("an ordinary equation is solved by any optimizer", "[numerics][galerkin][training]")
{
    for (const char* conditions : {"soft", "hard"}) {
        const GalerkinSetup setup({"ode", {}, {{"conditions", conditions}}}, width("10"));
        for (const Budget& budget : {Budget{64, 1000, "adam", quick}, Budget{128, 150, "lbfgs", {}, 0}}) {
            INFO(conditions << ", " << budget.optimizer);
            const Real error = measures_after(setup, budget).at("errors").at("value");
            INFO("value " << error);
            CHECK(error < 1e-3);
        }
    }
}

TEST_CASE("a training that was interrupted goes on as if it never was", "[numerics][galerkin]")
{
    const GalerkinCase wanted =
        GENERATE(GalerkinCase{"ergodic_log", {{"dimension", "2"}}, {{"sampling", "residual"}}},
                 GalerkinCase{"ergodic_log", {{"dimension", "2"}}, {{"sampling", "density"}}},
                 GalerkinCase{"ergodic_log", {{"dimension", "2"}}, {{"laplacian", "hutchinson"}}},
                 GalerkinCase{"linear_quadratic",
                              {{"initial_mean", "1"}},
                              {{"sampling", "density"}, {"standardise", "yes"}, {"refresh_every", "3"}}},
                 GalerkinCase{"crowd_trading", {}, {{"refresh_every", "4"}}});
    INFO(wanted.text());
    const GalerkinSetup setup(wanted);
    // Two iterations on each sample.
    Budget budget{64, 16, "adam", quick, 2};
    TrainingSettings settings = settings_of(budget);
    settings.validate_every = 3;
    settings.checkpoint_every = "1i";
    Registry registry;
    Recorder whole;
    const auto optimizer = registry.create<Optimizer>("adam", quick);
    SolutionTracker tracker(*setup.formulation);
    const auto trainer = player_training(*setup.formulation, settings, {{optimizer.get()}}, 1, 1, &tracker);
    const TrainingResult expected = whole.run(*trainer);
    REQUIRE(whole.checkpoints.size() == 17);  // the last one is of the end
    for (const std::size_t after : {1, 4, 7, 10}) {
        INFO("after " << after << " iterations");
        const GalerkinSetup again(wanted);
        const auto other = registry.create<Optimizer>("adam", quick);
        SolutionTracker other_tracker(*again.formulation);
        const auto second = player_training(*again.formulation, settings, {{other.get()}}, 1, 2, &other_tracker);
        second->restore(Archive(whole.checkpoints[after - 1].items()));
        Recorder rest;
        const TrainingResult result = rest.run(*second);
        CHECK(same(result.parameters, expected.parameters));
        REQUIRE(rest.records.size() == 16 - after);
        for (std::size_t k = 0; k < rest.records.size(); ++k) {
            CHECK(same(rest.records[k].terms, whole.records[after + k].terms));
            CHECK(rest.same_row(k, whole, after + k));
        }
    }
}

TEST_CASE("what is followed is what is measured in the end", "[numerics][galerkin]")
{
    const GalerkinSetup setup({"ergodic_log", {{"dimension", "2"}}, {}});
    SolutionTracker tracker(*setup.formulation);
    const std::vector<std::string> names = tracker.names();
    CHECK(names == std::vector<std::string>{"errors.control", "errors.value_centred", "errors.gradient", "errors.value",
                                            "errors.density", "errors.log_density", "errors.constant",
                                            "errors.constant_standard_error", "errors.constant_trained",
                                            "residuals.hjb", "residuals.kfp"});
    const Vector theta = setup.parameters();
    const Vector followed = tracker.values(theta, RandomStream(1, "tracking"));
    const Measures measured = assess(*setup.formulation->solution(theta), RandomStream(2, "measures"), 4000);
    REQUIRE(followed.size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        INFO(names[i]);
        const std::size_t dot = names[i].find('.');
        // That of more points is smaller.
        if (names[i] == "errors.constant_standard_error") continue;
        // Other points: the same up to their noise.
        CHECK_THAT(followed(i), WithinRel(measured.at(names[i].substr(0, dot)).at(names[i].substr(dot + 1)), 0.15));
    }
}

TEST_CASE("following a solution keeps to the threads of the run, and prepares their memory once",
          "[numerics][galerkin]")
{
    /// Counts the batches of points that its cost is evaluated at, and the threads that do so.
    class Counting final : public ErgodicGame {
    public:
        Counting() : ErgodicGame(2) {}
        Real viscosity() const override { return 0.5; }
        Jet running_cost(const State& s) const override
        {
            ++batches;
            const std::lock_guard lock(mutex_);
            threads.insert(std::this_thread::get_id());
            return sum(sin(6 * s.x)) + s.log_density;
        }
        mutable std::atomic<int> batches{0};
        mutable std::set<std::thread::id> threads;

    private:
        mutable std::mutex mutex_;
    };
    const int before = thread_limit();
    int first_of_one = 0, next_of_one = 0;
    for (const std::size_t threads : {1, 4}) {
        INFO(threads << " threads");
        limit_threads(static_cast<int>(threads));
        const Counting game;
        const Setup setup(game, {{}, {}, small_dgm(), {}, {}, "galerkin", "dgm"});
        SolutionTracker tracker(*setup.formulation);
        const Vector theta = setup.layout().initialise(1);
        const auto batches = [&](std::uint64_t iteration) {
            game.batches = 0;
            tracker.values(theta, RandomStream(1, "tracking", iteration));
            return game.batches.load();
        };
        const int first = batches(1), next = batches(2);
        CHECK(next > 0);
        CHECK(next < first);
        CHECK(batches(3) == next);
        CHECK(game.threads.size() <= threads);
        if (threads == 1) {
            first_of_one = first;
            next_of_one = next;
        }
        // More threads bring no more preparations.
        CHECK(first == first_of_one);
        CHECK(next == next_of_one);
    }
    limit_threads(before);
}
