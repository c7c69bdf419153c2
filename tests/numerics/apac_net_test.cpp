#include "catch.hpp"
#include "recorder.hpp"
#include "setup.hpp"

#include <mfg/assessment/assessment.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/game/interaction.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/run/assemble.hpp>
#include "methods/apac_net/population_solution.hpp"

#include <algorithm>
#include <cmath>

using namespace mfg;

namespace {

/// A game in which everything is there: weights that differ, wind, obstacles and other agents.
class Windy final : public MeanFieldGame {
public:
    explicit Windy(Real viscosity) : viscosity_(viscosity) {}
    int dimension() const override { return 2; }
    Real horizon() const override { return 0.8; }
    Real viscosity() const override { return viscosity_; }
    CostWeights weights() const override { return {2, 0.7, 1.3}; }
    const Density& initial_density() const override { return initial_; }
    std::optional<Interaction> interaction() const override
    {
        return Interaction::of_pairs([](const Jet& square) { return 0.9 * exp(square * (-0.5 / (0.7 * 0.7))); });
    }
    Jet drift(const State& s) const override { return vconcat(0.5 * s.x[1] + s.t, cos(s.x[0])); }
    Jet running_cost(const State& s) const override { return sin(2 * s.x[0]) * s.t + square(s.x[1]); }
    Jet terminal_cost(const State& s) const override { return norm_squared(s.x - 1); }

private:
    Real viscosity_;
    Gaussian initial_ = Gaussian::isotropic(2, {0.5, -1}, 0.3);
};

const Options::Given small_mlp{{"width", "8"}, {"layers", "2"}, {"output_scale", "1"}};

/// A game with both sides of its saddle, each a small network.
struct Sides : FieldSetup {
    const MeanFieldGame& game = derived->game();
    ParameterLayout layout = fields->layout();
    Generator generator{game, *network, static_cast<int>(layout.entries().size())};
    Saddle saddle;
    Vector theta;

    Sides(const MeanFieldGame& given, int agents)
        : FieldSetup(given, value_settings(), value_only()), saddle(game, *fields, generator, agents)
    {
        add_generator();
    }
    Sides(const std::string& name, const Options::Given& options, int agents = 1)
        : FieldSetup(name, options, value_settings(), value_only()), saddle(game, *fields, generator, agents)
    {
        add_generator();
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
    PopulationSolution solution() const { return {saddle, layout, theta}; }

private:
    static FieldSettings value_settings() { return {1, {false, true}}; }
    static FieldOptions value_only() { return {std::nullopt, "mlp", small_mlp}; }
    void add_generator()
    {
        layout.add("generator", *network, generator.input());
        theta = layout.initialise(4);
    }
};

struct Played {
    Run run;
    TrainingResult result;

    Measures measures() const
    {
        return assess(*run.formulation->solution(result.parameters), RandomStream(9, "measures"), 1000);
    }
};

/// A training as a run makes it, with more settings.
Played play(const Assignments& more, Recorder& recorder)
{
    Assignments settings{{"method", "apac_net"},           {"network", "mlp"},
                         {"network.layers", "2"},          {"optimizer", "adam"},
                         {"optimizer.beta1", "0.5"},       {"optimizer.beta2", "0.9"},
                         {"optimizer.schedule", "cosine"}, {"value_optimizer.learning_rate", "0.005"},
                         {"training.samples", "256"},      {"training.validation_samples", "1024"},
                         {"training.resample_every", "1"}, {"training.validate_every", "20"},
                         {"training.average", "0.98"}};
    settings.insert(settings.end(), more.begin(), more.end());
    Played played{assemble(Configuration().with(settings)), {}};
    played.result = recorder.run(*played.run.make_training());
    return played;
}

}  // namespace

TEST_CASE("a generator starts with the initial samples, and its agents move as its time derivative says",
          "[numerics][apac_net]")
{
    for (const char* noise : {"0", "0.7"}) {
        const Sides setup("mean_attraction", {{"dimension", "3"}, {"noise", noise}});
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

    const Sides setup("mean_attraction", {{"dimension", "2"}});
    const Matrix rows = setup.generator.sample(RandomStream(1, "rows"), 400, 4);
    Vector quarters = make_vector(4);
    for (std::size_t i = 0; i < 400; ++i) {
        CHECK(rows(i, 2) == rows(i / 4 * 4, 2));
        quarters(static_cast<std::size_t>(4 * rows(i, 2))) += 1;
    }
    for (const Real count : quarters) CHECK_THAT(count, WithinAbs(100, 8));
}

TEST_CASE("the value function keeps its terminal condition", "[numerics][apac_net]")
{
    const Sides setup("obstacle_swarm", {});
    const Matrix at = setup.generator.sample_at(RandomStream(1, "ends"), 10, setup.game.horizon());
    const Matrix both = setup.map(at, [&](Tape& tape, const VariableList& list, const Variable& in) {
        const Fields f = setup.fields->evaluate(tape, setup.fields->prepare(tape, list), in, 0);
        return vconcat({f.unknowns[0].values.value.value(),
                        combine({{setup.game.weights().terminal, setup.game.terminal_cost({f.x, f.t, {}}).value()}})});
    });
    for (std::size_t i = 0; i < 10; ++i) CHECK_THAT(both(i, 0), WithinAbs(both(i, 1), 1e-12));
}

TEST_CASE("what a population pays is the saddle and its distance from the feedback, whatever both sides are",
          "[numerics][apac_net]")
{
    // With path_weight = 1 only what the agents pay is left of both, up to the integral in time.
    const Sides setup("obstacle_swarm", {{"dimension", "2"}}, 16);
    const PopulationSolution::Values values = setup.solution().values(RandomStream(2, "values"));
    const auto means = [&](Real path_weight) {
        const PopulationLoss loss(setup.saddle, path_weight);
        SampledObjective objective(loss, setup.layout, 2);
        objective.draw_sample(RandomStream(3, "samples"), 1 << 16, 1);
        return objective.value(setup.theta).terms;
    };
    const auto terms = means(1);
    CHECK(terms[3] > 1);
    CHECK_THAT(values.primal - values.saddle, WithinAbs(terms[3], 0.02 * terms[3]));
    CHECK(values.dual < values.saddle);
    CHECK(means(0)[3] == 0);
    CHECK_THAT(means(0)[0], WithinAbs(terms[0], 1e-9 * std::abs(terms[0])));
}

TEST_CASE("along each path of the population the value function counts nothing but at its ends", "[numerics][apac_net]")
{
    // The integrals in time by Simpson's rule; what is paid by plain formulas.
    constexpr int agents = 256, intervals = 64;
    const Windy game(0);
    const Sides setup(game, agents);
    const RandomStream stream(2, "values");
    const std::size_t rows = agents * (intervals + 1);
    Matrix samples = make_matrix(rows, 3);
    for (std::size_t k = 0; k <= intervals; ++k) {
        const Matrix at = setup.generator.sample_at(stream.with(Sampling::sobol, 2), agents,
                                                    game.horizon() * static_cast<Real>(k) / intervals);
        std::copy(at.begin(), at.end(), samples.begin() + static_cast<std::ptrdiff_t>(k * agents * 3));
    }
    const PopulationLoss loss(setup.saddle, 1);
    SampledObjective objective(loss, setup.layout, 1);
    objective.set_sample(samples, 1);
    Matrix minimised;
    objective.value(setup.theta, minimised);
    const Matrix motion = setup.map(samples, [&](Tape& tape, const VariableList& list, const Variable& in) {
        const Generator::Motion m = setup.generator.motion(tape, setup.generator.prepare(tape, list), in);
        return vconcat({m.x, m.velocity, interaction_in_groups(*game.interaction(), m.x, agents)});
    });
    const Matrix start = setup.map(samples, [&](Tape& tape, const VariableList& list, const Variable& in) {
        const Fields f = setup.fields->evaluate(tape, setup.fields->prepare(tape, list),
                                                vconcat({in.rows(0, 2), tape.constant(1, in.columns(), 0)}), 0);
        return f.unknowns[0].values.value.value();
    });
    Real primal = 0, saddle = 0, largest = 0;
    for (std::size_t i = 0; i < agents; ++i) {
        Real left = start(i, 0), paid = 0, distance = 0;
        for (std::size_t k = 0; k <= intervals; ++k) {
            const std::size_t row = k * agents + i;
            const Real weight = (k == 0 || k == intervals ? 1 : k % 2 == 1 ? 4 : 2) / (3 * Real(intervals));
            for (std::size_t q = 0; q < 4; ++q) left += weight * minimised(row, q);
            distance += weight * minimised(row, 3);
            const Real t = samples(row, 2), x = motion(row, 0), y = motion(row, 1), u = motion(row, 2) - (0.5 * y + t),
                       v = motion(row, 3) - std::cos(x);
            paid += weight * game.horizon() *
                    (u * u + v * v + 0.7 * (std::sin(2 * x) * t + y * y) + 0.7 * 0.5 * motion(row, 4));
        }
        const std::size_t last = intervals * agents + i;
        paid += 1.3 * (std::pow(motion(last, 0) - 1, 2) + std::pow(motion(last, 1) - 1, 2));
        largest = std::max(largest, std::abs(left - paid));
        CHECK(distance > 0);
        primal += paid / agents;
        saddle += (left - distance) / agents;
    }
    CHECK(largest < 1e-5);
    CHECK(primal - saddle > 0.5);
    const PopulationSolution::Values values = setup.solution().values(stream);
    CHECK_THAT(values.primal, WithinAbs(primal, 1e-3));
    CHECK_THAT(values.saddle, WithinAbs(saddle, 1e-3));
}

TEST_CASE("agents with noise have normal numbers of their own and go on with them", "[numerics][apac_net]")
{
    const Windy game(0.3);
    const Sides setup(game, 8);
    constexpr int count = 4096;
    const Matrix now = setup.generator.sample_at(RandomStream(1, "rows"), count, 0.1),
                 later = setup.generator.sample_at(RandomStream(1, "rows"), count, 0.7);
    REQUIRE(now.shape(1) == 5);
    Real products[4][4] = {};
    for (std::size_t i = 0; i < count; ++i) {
        Real numbers[4];
        for (std::size_t k : {0, 1, 3, 4}) CHECK(now(i, k) == later(i, k));
        for (std::size_t k = 0; k < 2; ++k) {
            numbers[k] = (now(i, k) - (k == 0 ? 0.5 : -1)) / std::sqrt(0.3);
            numbers[2 + k] = now(i, 3 + k);
        }
        for (int a = 0; a < 4; ++a)
            for (int b = 0; b < 4; ++b) products[a][b] += numbers[a] * numbers[b] / count;
    }
    for (int a = 0; a < 4; ++a)
        for (int b = 0; b < 4; ++b) CHECK_THAT(products[a][b], WithinAbs(a == b ? 1 : 0, 0.1));

    // An agent that does nothing spreads with the noise.
    Sides still(game, 8);
    still.theta.fill(0);
    const Matrix at = still.positions(later);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t k = 0; k < 2; ++k)
            CHECK_THAT(at(i, k), WithinAbs(later(i, k) + std::sqrt(2 * 0.3 * 0.7) * later(i, 3 + k), 1e-14));
    CHECK_THAT(message_of<Error>([&] {
                   setup.map(now, [&](Tape& tape, const VariableList& list, const Variable& in) {
                       return setup.generator.motion(tape, setup.generator.prepare(tape, list), in).x;
                   });
               }),
               ContainsSubstring("agents with noise have no velocity"));
}

TEST_CASE("groups of agents have times that fill the horizon evenly", "[numerics][apac_net]")
{
    const Windy game(0);
    const Sides setup(game, 4);
    constexpr int groups = 300;
    std::vector<Real> times{0, game.horizon()};
    const Matrix rows = setup.generator.sample(RandomStream(1, "rows"), 4 * groups, 4),
                 others = setup.generator.sample(RandomStream(2, "rows"), 4 * groups, 4);
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        if (i % 4 == 0)
            times.push_back(rows(i, 2));
        else
            CHECK(rows(i, 2) == times.back());
        CHECK(rows(i, 2) != others(i, 2));
    }
    std::sort(times.begin(), times.end());
    CHECK(times.front() == 0);
    CHECK(times.back() == game.horizon());
    Real gap = 0;
    for (std::size_t k = 1; k < times.size(); ++k) gap = std::max(gap, times[k] - times[k - 1]);
    // Independent times would leave about log 300 = 5.7 mean distances somewhere.
    CHECK(gap < 2 * game.horizon() / groups);
}

TEST_CASE("each player moves its own network alone", "[numerics][apac_net]")
{
    /// Looks at the objective and stays.
    class Waiting final : public Optimizer {
    public:
        StepReport step(Objective& objective, Vector& theta) override
        {
            Vector gradient = make_vector(theta.size());
            StepReport report;
            report.objective = objective.value_and_gradient(theta, gradient);
            seen.push_back(report.objective);
            return report;
        }
        void reset() override {}
        void state(Archive&) override {}
        std::vector<Real> seen;
    };
    Registry registry;
    const Windy game(0.3);
    const Setup setup(game, {{}, {{"agents", "16"}}, small_mlp, {}, {}, "apac_net", "mlp"});
    const std::vector<Player>& players = setup.formulation->players();
    REQUIRE(players.size() == 2);
    const ParameterSubset shares[] = {{setup.layout(), players[0].fields()}, {setup.layout(), players[1].fields()}};
    // Nobody moves what is computed.
    std::size_t computed = 0;
    for (const auto& entry : setup.layout().entries())
        if (entry.block.name.rfind("population.", 0) == 0) computed += entry.block.size();
    CHECK(shares[0].size() + shares[1].size() + computed == setup.layout().size());
    for (const auto& entry : shares[0].entries()) CHECK(entry.block.name.rfind("phi.", 0) == 0);
    for (const auto& entry : shares[1].entries()) CHECK(entry.block.name.rfind("generator.", 0) == 0);

    const Vector before = setup.layout().initialise(1);
    for (const std::size_t moving : {0, 1}) {
        INFO(players[moving].name() << " moves");
        const auto adam = registry.create<Optimizer>("adam", {{"learning_rate", "0.01"}});
        Waiting waiting;
        const auto trainer =
            player_training(*setup.formulation, schedule({64}, {3}),
                            {{moving == 0 ? adam.get() : &waiting}, {moving == 1 ? adam.get() : &waiting}}, 1, 1);
        Recorder recorder;
        const Vector after = recorder.run(*trainer).parameters;
        for (const std::size_t p : {0, 1}) {
            Vector own[2];
            for (const int which : {0, 1}) {
                own[which] = make_vector(shares[p].size());
                shares[p].gather(which == 0 ? before : after, own[which]);
            }
            if (p != moving) {
                CHECK(same(own[0], own[1]));
                continue;
            }
            std::size_t moved = 0;
            for (std::size_t i = 0; i < own[0].size(); ++i) moved += own[0](i) != own[1](i);
            CHECK(moved == own[0].size());
        }
        // Who waits sees what the other does, on the same sample.
        REQUIRE(waiting.seen.size() == 3);
        CHECK(waiting.seen[1] != waiting.seen[0]);
        CHECK(waiting.seen[2] != waiting.seen[1]);
    }
    CHECK(message_of<Error>([&] {
              ParameterSubset(setup.layout(), {"phi", "phy"});
          }) == "parameters: a player is to move 'phy', which is none of the unknowns");
    // A part of a name is not the name.
    CHECK_THAT(message_of<Error>([&] { ParameterSubset(setup.layout(), {"gen"}); }), ContainsSubstring("'gen'"));
}

TEST_CASE("agents with noise pay what Ito's formula says", "[numerics][apac_net]")
{
    const Sides setup("mean_attraction", {{"dimension", "2"}});
    const NetworkSolution value(*setup.fields, setup.theta);
    const Real direct = setup.derived->measures(value, RandomStream(5, "costs"), 2048).at("costs").at("sum");
    CHECK_THAT(setup.solution().values(RandomStream(2, "values")).primal, WithinAbs(direct, 0.06 * direct));
}

TEST_CASE("a value function and a population find the solution of a game with noise", "[numerics][apac_net][training]")
{
    const auto play_with = [](const char* iterations, const char* threads, Recorder& recorder) {
        return play({{"problem", "mean_attraction"},
                     {"problem.dimension", "2"},
                     {"network.width", "16"},
                     {"population_optimizer.learning_rate", "0.0005"},
                     {"training.iterations", iterations},
                     {"threads", threads}},
                    recorder);
    };
    Recorder recorder;
    const Measures found = play_with("1500", "2", recorder).measures();
    const auto &errors = found.at("errors"), &population = found.at("population");
    const Real gap = found.at("duality").at("gap"), first_gap = recorder.first("duality.gap");
    INFO("value " << errors.at("value_l1") << ", control " << errors.at("control") << ", gap " << gap << " from "
                  << first_gap << ", population " << population.at("mean") << " " << population.at("deviation"));
    CHECK(errors.at("value_l1") < 0.04);
    CHECK(errors.at("control") < 0.08);
    CHECK(population.at("mean") < 0.06);
    CHECK(population.at("deviation") < 0.12);
    CHECK(gap < 0.06);
    CHECK(gap < first_gap / 2);

    Recorder one, two;
    CHECK(same(play_with("40", "1", one).result.parameters, play_with("40", "2", two).result.parameters));
}

TEST_CASE("a crowd finds its way around obstacles as its agents pay least", "[numerics][apac_net][training]")
{
    Recorder recorder;
    const Played played = play({{"problem", "obstacle_swarm"},
                                {"network.width", "24"},
                                {"method.path_weight", "1"},
                                {"population_optimizer.learning_rate", "0.005"},
                                {"training.iterations", "1600"},
                                {"threads", "2"}},
                               recorder);
    const Measures found = played.measures();
    const auto& duality = found.at("duality");
    const Real first_gap = recorder.first("duality.gap");
    INFO("primal " << duality.at("primal") << ", saddle " << duality.at("saddle") << ", gap " << duality.at("gap")
                   << " from " << first_gap);
    // Long trainings end at 24.8, and so do characteristics (method lagrangian).
    CHECK_THAT(duality.at("primal"), WithinAbs(24.8, 1.2));
    CHECK(duality.at("saddle") < duality.at("primal"));
    CHECK(duality.at("gap") < first_gap / 5);
    CHECK(duality.at("primal_standard_error") > 0);
    CHECK(duality.at("primal_standard_error") < 0.1);
}
