#include "catch.hpp"
#include "recorder.hpp"

#include <mfg/galerkin/game_system.hpp>
#include <mfg/network.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/primal_dual/learned_population.hpp>
#include <mfg/training/trainer.hpp>

#include <cmath>

using namespace mfg;
using Catch::Matchers::WithinAbs;

namespace {

/// A game with both sides of its saddle, each a small network.
struct Setup {
    Setup(const std::string& name, const Options::Given& options, int agents = 1)
        : problem(registry.create<Problem>(name, options)),
          network(registry.create<Network>("mlp", {{"width", "8"}, {"layers", "2"}, {"output_scale", "1"}})),
          game(*problem->mean_field_game()),
          system(game, std::nullopt, game.coupling()),
          value(system, {network.get()}, FieldSettings{1, HardConditions::terminal}),
          layout(value.layout()),
          generator(game, *network, static_cast<int>(layout.entries().size())),
          saddle(game, value, generator, agents)
    {
        layout.add("generator", *network, generator.input());
        theta = layout.initialise(4);
    }

    /// Values of a function of samples, one a column.
    template <class Function>
    Matrix map(const Matrix& samples, Function function) const
    {
        Tape tape;
        tape.begin(false);
        const Variable in = transpose(
            tape.constant_view(samples.data(), static_cast<int>(samples.shape(0)), static_cast<int>(samples.shape(1))));
        const VariableList list = layout.variables(tape, theta.data(), nullptr);
        const Variable out = function(tape, list, in);
        Matrix result = make_matrix(static_cast<std::size_t>(out.columns()), static_cast<std::size_t>(out.rows()));
        for (int i = 0; i < out.columns(); ++i)
            for (int r = 0; r < out.rows(); ++r) result(i, r) = out(r, i);
        return result;
    }
    Matrix positions(const Matrix& samples) const
    {
        return map(samples, [&](Tape& tape, const VariableList& list, const Variable& in) {
            return generator.positions(tape, generator.prepare(tape, list), in);
        });
    }

    Registry registry;
    Registry::Object<Problem> problem;
    Registry::Object<Network> network;
    const MeanFieldGame& game;
    GameSystem system;
    FieldNetworks value;
    ParameterLayout layout;
    Generator generator;
    Saddle saddle;
    Vector theta;
};

TrainingResult play(const Method& method, int iterations, const char* value_rate, const char* population_rate,
                    Recorder& recorder, int threads = 2)
{
    Registry registry;
    const auto adam = [&](const char* rate) {
        return registry.create<Optimizer>(
            "adam", {{"learning_rate", rate}, {"beta1", "0.5"}, {"beta2", "0.9"}, {"schedule", "cosine"}});
    };
    const auto first = adam(value_rate), second = adam(population_rate);
    TrainingSettings settings;
    settings.samples = {256};
    settings.iterations = {iterations};
    settings.resample_every = 1;
    settings.validate_every = 20;
    settings.average = 0.98;
    Trainer trainer(method, settings, {{first.get()}, {second.get()}}, 1, threads);
    return trainer.run(recorder, recorder.interrupted);
}

Real first_gap(const Recorder& recorder)
{
    for (const TrainingRecord& record : recorder.records)
        if (record.tracked.size() > 0) return record.tracked(record.tracked.size() - 1);
    return 0;
}

}  // namespace

TEST_CASE("a generator starts with the initial samples, and its agents move as its time derivative says",
          "[numerics][primal_dual]")
{
    for (const char* noise : {"0", "0.7"}) {
        const Setup setup("mean_attraction", {{"dimension", "3"}, {"noise", noise}});
        const bool noisy = noise != std::string("0");
        const Matrix starts = setup.generator.sample_at(RandomStream(1, "starts"), 20, 0);
        REQUIRE(starts.shape(1) == (noisy ? 7u : 4u));
        const Matrix at_start = setup.positions(starts);
        for (std::size_t i = 0; i < 20; ++i)
            for (std::size_t k = 0; k < 3; ++k) CHECK(at_start(i, k) == starts(i, k));
        if (noisy) continue;

        const Matrix now = setup.generator.sample_at(RandomStream(1, "starts"), 20, 0.4),
                     later = setup.generator.sample_at(RandomStream(1, "starts"), 20, 0.4 + 1e-5),
                     earlier = setup.generator.sample_at(RandomStream(1, "starts"), 20, 0.4 - 1e-5);
        const Matrix velocity = setup.map(now, [&](Tape& tape, const VariableList& list, const Variable& in) {
            return setup.generator.motion(tape, setup.generator.prepare(tape, list), in).velocity;
        });
        const Matrix ahead = setup.positions(later), behind = setup.positions(earlier);
        for (std::size_t i = 0; i < velocity.size(); ++i)
            CHECK_THAT(velocity.data()[i], WithinAbs((ahead.data()[i] - behind.data()[i]) / 2e-5, 1e-8));
    }

    const Setup setup("mean_attraction", {{"dimension", "2"}});
    const Matrix rows = setup.generator.sample(RandomStream(1, "rows"), 400, 4);
    Vector quarters = make_vector(4);
    for (std::size_t i = 0; i < 400; ++i) {
        CHECK(rows(i, 2) == rows(i / 4 * 4, 2));
        quarters(static_cast<std::size_t>(4 * rows(i, 2))) += 1;
    }
    for (const Real count : quarters) CHECK_THAT(count, WithinAbs(100, 8));
}

TEST_CASE("the value function keeps its terminal condition", "[numerics][primal_dual]")
{
    const Setup setup("obstacle_swarm", {});
    const Matrix at = setup.generator.sample_at(RandomStream(1, "ends"), 10, setup.game.horizon());
    const Matrix both = setup.map(at, [&](Tape& tape, const VariableList& list, const Variable& in) {
        const Fields f = setup.value.evaluate(tape, setup.saddle.prepare_value(tape, list), in, 0);
        return stack({f.unknowns[0].values.value.value(),
                      combine({{setup.game.weights().terminal, setup.game.terminal_cost({f.x, f.t, {}}).value()}})});
    });
    for (std::size_t i = 0; i < 10; ++i) CHECK_THAT(both(i, 0), WithinAbs(both(i, 1), 1e-12));
}

TEST_CASE("what a population pays is the saddle and its distance from the feedback, whatever both sides are",
          "[numerics][primal_dual]")
{
    // With path_weight = 1 only what the agents pay is left of both, up to the integral in time.
    const Setup setup("obstacle_swarm", {{"dimension", "2"}}, 16);
    const LearnedPopulation learned{setup.saddle, setup.layout, setup.theta};
    const LearnedPopulation::Values values = learned.values(RandomStream(2, "values"));
    const auto means = [&](Real path_weight) {
        const PopulationLoss loss(setup.saddle, path_weight);
        SampledObjective objective(loss, setup.layout, 2);
        objective.draw_sample(RandomStream(3, "samples"), 1 << 16, 1);
        objective.value(setup.theta);
        return objective.terms();
    };
    const Vector terms = means(1);
    CHECK(terms(3) > 1);
    CHECK_THAT(values.primal - values.saddle, WithinAbs(terms(3), 0.02 * terms(3)));
    CHECK(values.dual < values.saddle);
    CHECK(means(0)(3) == 0);
    CHECK_THAT(means(0)(0), WithinAbs(terms(0), 1e-9 * std::abs(terms(0))));
}

TEST_CASE("agents with noise pay what Ito's formula says", "[numerics][primal_dual]")
{
    const Setup setup("mean_attraction", {{"dimension", "2"}});
    const LearnedPopulation learned{setup.saddle, setup.layout, setup.theta};
    const LearnedNetworks networks(setup.value, setup.theta);
    const Real direct = setup.system.measures(networks, RandomStream(5, "costs"), 2048)["costs"]["sum"];
    CHECK_THAT(learned.values(RandomStream(2, "values")).primal, WithinAbs(direct, 0.06 * direct));
}

TEST_CASE("a value function and a population find the solution of a game with noise",
          "[numerics][primal_dual][training]")
{
    Registry registry;
    const auto problem = registry.create<Problem>("mean_attraction", {{"dimension", "2"}});
    const auto network = registry.create<Network>("mlp", {{"width", "16"}, {"layers", "2"}});
    const auto method = registry.create<Method>("primal_dual");
    method->build({problem.get(), {network.get(), network.get()}, nullptr});
    Recorder recorder;
    const TrainingResult result = play(*method, 1500, "0.005", "0.0005", recorder);
    auto found = method->measures(result.parameters, RandomStream(9, "measures"), 1000);
    INFO("value " << found["errors"]["value_l1"] << ", control " << found["errors"]["control"] << ", gap "
                  << found["duality"]["gap"] << " from " << first_gap(recorder) << ", population "
                  << found["population"]["mean"] << " " << found["population"]["deviation"]);
    CHECK(found["errors"]["value_l1"] < 0.04);
    CHECK(found["errors"]["control"] < 0.08);
    CHECK(found["population"]["mean"] < 0.06);
    CHECK(found["population"]["deviation"] < 0.12);
    CHECK(found["duality"]["gap"] < 0.06);

    Recorder again;
    const TrainingResult one = play(*method, 40, "0.005", "0.0005", again, 1),
                         two = play(*method, 40, "0.005", "0.0005", again, 2);
    CHECK(std::equal(one.parameters.begin(), one.parameters.end(), two.parameters.begin()));
}

TEST_CASE("a crowd finds its way around obstacles as its agents pay least", "[numerics][primal_dual][training]")
{
    Registry registry;
    const auto problem = registry.create<Problem>("obstacle_swarm");
    const auto network = registry.create<Network>("mlp", {{"width", "24"}, {"layers", "2"}});
    const auto method = registry.create<Method>("primal_dual", {{"path_weight", "1"}});
    method->build({problem.get(), {network.get(), network.get()}, nullptr});
    Recorder recorder;
    const TrainingResult result = play(*method, 1600, "0.005", "0.005", recorder);
    auto found = method->measures(result.parameters, RandomStream(9, "measures"), 1000);
    INFO("primal " << found["duality"]["primal"] << ", saddle " << found["duality"]["saddle"] << ", gap "
                   << found["duality"]["gap"] << " from " << first_gap(recorder));
    // Long trainings end at 24.8, and so do characteristics (method lagrangian).
    CHECK_THAT(found["duality"]["primal"], WithinAbs(24.8, 1.2));
    CHECK(found["duality"]["saddle"] < found["duality"]["primal"]);
    CHECK(found["duality"]["gap"] < first_gap(recorder) / 5);
}
