/// What the trainer asks of a loss and a method beside the objective: adaptation, tracking, snapshots, balanced terms.
#include <mfg/autodiff/operations.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/training/snapshots.hpp>

#include "catch.hpp"
#include "recorder.hpp"

#include <cmath>

using namespace mfg;

namespace {

constexpr int features = 3;

/// w x, one row of weights.
class Row final : public Network {
public:
    std::vector<ParameterBlock> blocks(const NetworkInput&) const override { return {{"weight", 1, features}}; }
    void initialise(const NetworkInput&, const RandomStream& stream, int block, Real* values) const override
    {
        stream.normal(static_cast<std::uint64_t>(block), features, values);
    }
    Jet evaluate(Tape&, const VariableList&, const Jet&) const override { return {}; }
};

/// u = w . (x_0, x_1, 1) fits x_0 + 2 x_1. Where samples are follows from the parameters; the last one is computed.
class Adapting final : public Loss {
public:
    explicit Adapting(int p) : player(p), first(static_cast<std::size_t>(p) * features) {}

    struct Call {
        Real number;  ///< of its stream
        Vector before;
        bool last;
    };

    std::vector<std::string> terms() const override { return {"square", "distance"}; }
    Matrix sample(const RandomStream& stream, int count) const override
    {
        Matrix rows = make_matrix(static_cast<std::size_t>(count), features, 1);
        for (std::size_t i = 0; i < rows.shape(0); ++i) stream.normal(i, 2, &rows(i, 0));
        return rows;
    }
    Matrix training_sample(const RandomStream& stream, int count, const Vector& parameters) const override
    {
        drawn_at.push_back(parameters);
        Matrix rows = sample(stream, count);
        for (std::size_t i = 0; i < rows.shape(0); ++i)
            rows(i, 0) += std::tanh(parameters(first)) + parameters(first + 2);
        return rows;
    }
    void adapt(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const override
    {
        Real number = 0;
        stream.normal(0, 1, &number);
        calls.push_back({number, parameters, sample == 0});
        parameters(first + 2) = 0.5 + 0.1 * parameters(first) + 0.01 * number;
    }
    Variable integrands(Tape&, const VariableList& parameters, const Variable& x, const Variable&) const override
    {
        const Variable u = matmul(parameters[player], x);
        const Variable gap = combine({{1, u}, {-1, x.rows(0, 1)}, {-2, x.rows(1, 1)}});
        return vconcat({multiply(gap, gap, 0.5), absolute(add_number(gap, -0.1))});
    }

    const int player;
    const std::size_t first;  // of the player's parameters
    mutable std::vector<Call> calls;
    mutable std::vector<Vector> drawn_at;
};

/// Two players, each with such a loss of its own, or one of them alone.
class Toy final : public Method {
public:
    explicit Toy(std::size_t players = 2, bool ranks = true) : ranks_(ranks)
    {
        for (const char* name : {"value", "density"}) {
            if (players_.size() == players) break;
            layout_.add(name, row_, {features, false});
            players_.push_back({name, &losses[players_.size()], nullptr, {}, nullptr, {name}});
        }
    }
    std::vector<Field> fields(const Problem&) const override { return {}; }
    void build(const Parts&) override {}
    const ParameterLayout& layout() const override { return layout_; }
    const std::vector<Player>& players() const override { return players_; }
    bool keeps_best() const override { return ranks_; }
    void set_steps(std::size_t player, int steps) { players_[player].steps = steps; }
    std::vector<std::string> tracked() const override { return {"errors.value", "residuals.hjb"}; }
    Vector track(const Vector& parameters, const RandomStream& stream) const override
    {
        Vector values = make_vector(wrong_track ? 1 : 2);
        Real number = 0;
        stream.normal(0, 1, &number);
        values(0) = parameters(0) + parameters(parameters.size() - 2);
        if (!wrong_track) values(1) = number;
        return values;
    }

    Adapting losses[2]{Adapting(0), Adapting(1)};
    bool wrong_track = false;

private:
    bool ranks_;
    Row row_;
    ParameterLayout layout_;
    std::vector<Player> players_;
};

TrainingSettings toy_schedule()
{
    TrainingSettings settings = schedule({40, 60}, {11, 9});
    settings.resample_every = 4;
    settings.validate_every = 3;
    settings.checkpoint_every = "1i";
    settings.snapshots = 5;
    settings.balance_every = 3;
    return settings;
}

struct Made {
    Made(Registry& registry, const std::string& name, const Options::Given& given = {})
    {
        for (auto& optimizer : owned) optimizer = registry.create<Optimizer>(name, given);
    }
    std::vector<std::vector<Optimizer*>> both() const
    {
        return {{owned[0].get(), owned[1].get()}, {owned[2].get(), owned[3].get()}};
    }
    std::vector<std::vector<Optimizer*>> of(const Method& method) const
    {
        std::vector<std::vector<Optimizer*>> lists = both();
        lists.resize(method.players().size());
        return lists;
    }
    Registry::Object<Optimizer> owned[4];
};

TrainingResult train(const Method& method, const TrainingSettings& settings, Recorder& recorder,
                     const std::string& optimizer = "adam", const Options::Given& given = {})
{
    Registry registry;
    const Made made(registry, optimizer, given);
    Trainer trainer(method, settings, made.of(method), 1, 1);
    return trainer.run(recorder, recorder.interrupted);
}

}  // namespace

TEST_CASE("parameters are adapted before each sample to train on, and at the end", "[numerics][hooks]")
{
    const Toy toy;
    TrainingSettings settings = toy_schedule();
    settings.balance_every = 0;
    Recorder recorder;
    const TrainingResult result = train(toy, settings, recorder);
    for (int player = 0; player < 2; ++player) {
        const Adapting& loss = toy.losses[player];
        // Samples are drawn before iterations 1, 5, 9 and, in the second level, 12, 16, 20.
        REQUIRE(loss.drawn_at.size() == 6);
        REQUIRE(loss.calls.size() == 7);
        for (std::size_t k = 0; k < 7; ++k) {
            const Adapting::Call& call = loss.calls[k];
            CHECK(call.last == (k == 6));
            for (std::size_t other = 0; other < k; ++other) CHECK(call.number != loss.calls[other].number);
            const Vector& after = k < 6 ? loss.drawn_at[k] : result.parameters;
            CHECK(after(loss.first + 2) == 0.5 + 0.1 * after(loss.first) + 0.01 * call.number);
            CHECK(after(loss.first) == call.before(loss.first));
        }
    }
    CHECK(same(toy.losses[0].calls[0].before, toy.layout().initialise(1)));
    CHECK(toy.losses[0].calls[0].number != toy.losses[1].calls[0].number);
}

TEST_CASE("a training that adapts, balances and keeps snapshots is restored bit for bit", "[numerics][hooks]")
{
    struct Case {
        const char* optimizer;
        Options::Given given;
    };
    const auto wanted =
        GENERATE(Case{"bfgs", {}}, Case{"lbfgs", {}}, Case{"adam", {{"schedule", "cosine"}, {"learning_rate", "0.05"}}},
                 Case{"sgd", {{"schedule", "exponential"}, {"warm_up", "3"}, {"learning_rate", "0.01"}}});
    INFO(wanted.optimizer);
    const Toy toy;
    const TrainingSettings settings = toy_schedule();
    Recorder whole;
    const TrainingResult expected = train(toy, settings, whole, wanted.optimizer, wanted.given);
    REQUIRE(whole.checkpoints.size() == whole.records.size() + 1);  // the last one is of the end
    REQUIRE(whole.records.size() == expected.iterations);
    const std::size_t calls = toy.losses[0].calls.size();
    Registry registry;
    for (std::size_t iteration = 1; iteration <= whole.checkpoints.size(); ++iteration) {
        INFO("restored after " << iteration << " iterations");
        const Toy again;
        const Made made(registry, wanted.optimizer, wanted.given);
        Trainer trainer(again, settings, made.both(), 1, 2);
        trainer.restore(Archive(whole.checkpoints[iteration - 1].items()));
        Recorder rest;
        const TrainingResult result = trainer.run(rest, rest.interrupted);
        CHECK(same(result.parameters, expected.parameters));
        CHECK(result.objective == expected.objective);
        CHECK(same(result.terms, expected.terms));
        CHECK(result.stop_reason == expected.stop_reason);
        CHECK(result.tile_samples == expected.tile_samples);
        CHECK(result.evaluations == expected.evaluations);
        REQUIRE(result.snapshots.size() == expected.snapshots.size());
        for (std::size_t k = 0; k < result.snapshots.size(); ++k) {
            CHECK(result.snapshots[k].iteration == expected.snapshots[k].iteration);
            CHECK(same(result.snapshots[k].parameters, expected.snapshots[k].parameters));
        }
        REQUIRE(rest.records.size() == whole.records.size() - std::min<std::size_t>(iteration, whole.records.size()));
        for (std::size_t k = 0; k < rest.records.size(); ++k) {
            const TrainingRecord &a = rest.records[k], &b = whole.records[iteration + k];
            CHECK(a.objective == b.objective);
            CHECK(same(a.terms, b.terms));
            CHECK(same(a.tracked, b.tracked));
        }
        // The same sample is no reason to adapt once more.
        const auto& made_calls = again.losses[0].calls;
        REQUIRE(made_calls.size() < calls);
        for (std::size_t k = 1; k <= made_calls.size(); ++k)
            CHECK(made_calls[made_calls.size() - k].number == toy.losses[0].calls[calls - k].number);
    }
}

TEST_CASE("measures are followed with every validation", "[numerics][hooks]")
{
    Toy toy;
    TrainingSettings settings = toy_schedule();
    settings.balance_every = 0;
    settings.snapshots = 1000;
    Registry registry;
    const Made made(registry, "adam");
    Trainer trainer(toy, settings, made.both(), 1, 1);
    CHECK(trainer.tracked_names() == std::vector<std::string>{"errors.value", "residuals.hjb"});
    Recorder recorder;
    const TrainingResult result = trainer.run(recorder, recorder.interrupted);
    REQUIRE(result.snapshots.size() == 21);
    Real number = 0;
    RandomStream(1, "tracking").normal(0, 1, &number);
    for (const TrainingRecord& record : recorder.records) {
        REQUIRE(std::isnan(record.validation_objective) == (record.tracked.size() == 0));
        if (record.tracked.size() == 0) continue;
        REQUIRE(record.tracked.size() == 2);
        const Vector& now = result.snapshots[record.iteration].parameters;
        CHECK(record.tracked(0) == now(0) + now(features + 1));
        CHECK(record.tracked(1) == number);
    }

    toy.wrong_track = true;
    CHECK_THAT(message_of<Error>([&] { train(toy, settings, recorder); }), ContainsSubstring("follows 2 measures"));
}

TEST_CASE("snapshots are spaced geometrically from the start to the end", "[numerics][hooks]")
{
    using Numbers = std::vector<std::uint64_t>;
    CHECK(Snapshots(0, 100).iterations().empty());
    CHECK(Snapshots(1, 100).iterations() == Numbers{0});
    CHECK(Snapshots(2, 100).iterations() == Numbers{0, 100});
    CHECK(Snapshots(4, 999).iterations() == Numbers{0, 9, 99, 999});
    CHECK(Snapshots(6, 3).iterations() == Numbers{0, 1, 2, 3});
    CHECK(Snapshots(3, 0).iterations() == Numbers{0});
    CHECK(Snapshots(5, 123456789).iterations().back() == 123456789);

    const Toy toy;
    TrainingSettings settings = toy_schedule();
    Recorder recorder;
    const TrainingResult result = train(toy, settings, recorder);
    Numbers found;
    for (const Snapshot& snapshot : result.snapshots) found.push_back(snapshot.iteration);
    CHECK(found == Snapshots(5, 20).iterations());
    CHECK(found == Numbers{0, 1, 4, 9, 20});
    // The start is that of the first step.
    for (const Adapting& loss : toy.losses) CHECK(same(result.snapshots[0].parameters, loss.drawn_at[0]));

    // A training that ends early has its end, too; what is restored does not take it for one of its snapshots.
    Recorder early;
    early.interrupt_after = 6;
    const TrainingResult interrupted = train(toy, settings, early);
    REQUIRE(interrupted.snapshots.size() == 4);
    CHECK(interrupted.snapshots.back().iteration == 6);
    CHECK_FALSE(same(interrupted.snapshots.back().parameters, interrupted.snapshots[2].parameters));

    settings.snapshots = 0;
    CHECK(train(toy, settings, recorder).snapshots.empty());
}

TEST_CASE("balanced terms are minimised, and the nominal ones are validated", "[numerics][hooks]")
{
    const Toy toy;
    TrainingSettings settings = toy_schedule();
    settings.validate_every = 1;
    settings.snapshots = 1000;
    Registry registry;
    const Made made(registry, "adam");
    NotingOptimizer noting[4]{NotingOptimizer(*made.owned[0]), NotingOptimizer(*made.owned[1]),
                              NotingOptimizer(*made.owned[2]), NotingOptimizer(*made.owned[3])};
    Trainer trainer(toy, settings, {{&noting[0], &noting[1]}, {&noting[2], &noting[3]}}, 1, 1);
    CHECK(trainer.tracked_names() == std::vector<std::string>{"errors.value", "residuals.hjb", "weights.value.square",
                                                              "weights.value.distance", "weights.density.square",
                                                              "weights.density.distance"});
    Recorder recorder;
    const TrainingResult result = trainer.run(recorder, recorder.interrupted);
    // Each level is planned on its own.
    CHECK(noting[0].plans == std::vector<std::uint64_t>{11});
    CHECK(noting[3].plans == std::vector<std::uint64_t>{9});

    for (std::size_t k = 0; k < recorder.records.size(); ++k) {
        const TrainingRecord& record = recorder.records[k];
        INFO("iteration " << record.iteration);
        for (std::size_t p = 0; p < 2; ++p) {
            CHECK(record.tracked(2 + 2 * p) == 1);
            const Real factor = record.tracked(3 + 2 * p);
            CHECK(factor != 1);
            // They change every third iteration.
            if (k > 0) CHECK((factor != recorder.records[k - 1].tracked(3 + 2 * p)) == (k % 3 == 0));

            const Adapting& loss = toy.losses[p];
            const Player& player = toy.players()[p];
            SampledObjective objective(loss, toy.layout(), 1);
            objective.draw_sample(RandomStream(1, "validation of " + player.name), settings.validation_samples, 0);
            objective.value(result.snapshots[k + 1].parameters);
            CHECK(record.validation_terms(2 * p + 1) == objective.terms()(1));
        }
    }
    // A step sees the terms where it starts, with the factors: here that of the second iteration, on the first sample.
    const Adapting& loss = toy.losses[0];
    SampledObjective objective(loss, toy.layout(), 1);
    objective.set_sample(loss.training_sample(RandomStream(1, "training of value", 1), 40, loss.drawn_at[0]), 1);
    objective.value(result.snapshots[1].parameters);
    CHECK(recorder.records[1].terms(0) == objective.terms()(0));
    CHECK(recorder.records[1].terms(1) == recorder.records[1].tracked(3) * objective.terms()(1));

    // For an optimizer every move of the other player makes another function.
    const std::vector<std::uint64_t>& samples = noting[0].samples;
    REQUIRE(samples.size() == 11);
    for (std::size_t k = 1; k < samples.size(); ++k) CHECK(samples[k] != samples[k - 1]);
}

TEST_CASE("a running average of the parameters is the answer, and the training does not see it", "[numerics][hooks]")
{
    for (const std::size_t players : {1, 2})
        for (const Real most : {0.5, 0.98}) {
            INFO(players << " players, average " << most);
            const Toy toy(players, false);
            TrainingSettings settings = toy_schedule();
            settings.snapshots = 1000;
            settings.validate_every = 1;
            Recorder plain, averaged;
            const TrainingResult each = train(toy, settings, plain);
            settings.average = most;
            const TrainingResult result = train(toy, settings, averaged);
            REQUIRE(each.snapshots.size() == 21);
            REQUIRE(result.snapshots.size() == 21);
            Vector mean = toy.layout().initialise(1);
            for (std::size_t k = 0; k <= 20; ++k) {
                const Real number = static_cast<Real>(k), keep = std::min(most, (1 + number) / (10 + number));
                if (k > 0) mean = keep * mean + (1 - keep) * each.snapshots[k].parameters;
                for (std::size_t i = 0; i < mean.size(); ++i)
                    CHECK_THAT(result.snapshots[k].parameters(i), WithinAbs(mean(i), 1e-14));
                if (k == 0) continue;
                const TrainingRecord &a = plain.records[k - 1], &b = averaged.records[k - 1];
                CHECK(a.objective == b.objective);
                CHECK(a.gradient_norm == b.gradient_norm);
                // What is validated and followed is the average.
                CHECK(a.validation_objective != b.validation_objective);
                const Vector& now = result.snapshots[k].parameters;
                CHECK(b.tracked(0) == now(0) + now(now.size() - 2));
            }
            // The last parameter of each player is computed anew.
            for (std::size_t i = 0; i < mean.size(); ++i) {
                if (i % features != 2) CHECK_THAT(result.parameters(i), WithinAbs(mean(i), 1e-14));
                if (i % features == 2) CHECK_THAT(result.parameters(i), WithinAbs(0.5 + 0.1 * mean(i - 2), 0.05));
            }
            CHECK_FALSE(same(result.parameters, each.parameters));
        }
}

TEST_CASE("a training that averages is restored bit for bit", "[numerics][hooks]")
{
    for (const std::size_t players : {1, 2}) {
        INFO(players << " players");
        Toy toy(players, false);
        toy.set_steps(players - 1, 2);
        TrainingSettings settings = toy_schedule();
        settings.average = 0.9;
        Recorder whole;
        const TrainingResult expected = train(toy, settings, whole);
        Registry registry;
        for (const std::size_t iteration :
             {std::size_t{0}, std::size_t{7}, std::size_t{14}, whole.checkpoints.size() - 1}) {
            INFO("checkpoint " << iteration);
            const Made made(registry, "adam");
            Trainer trainer(toy, settings, made.of(toy), 1, 2);
            trainer.restore(Archive(whole.checkpoints[iteration].items()));
            Recorder rest;
            const TrainingResult result = trainer.run(rest, rest.interrupted);
            CHECK(same(result.parameters, expected.parameters));
            CHECK(result.objective == expected.objective);
            REQUIRE(result.snapshots.size() == expected.snapshots.size());
            for (std::size_t k = 0; k < result.snapshots.size(); ++k)
                CHECK(same(result.snapshots[k].parameters, expected.snapshots[k].parameters));
        }
        // The average is part of the state: a checkpoint without one is another configuration's.
        settings.average = 0;
        const Made made(registry, "adam");
        Trainer trainer(toy, settings, made.of(toy), 1, 1);
        CHECK_THAT(message_of<Error>([&] { trainer.restore(Archive(whole.checkpoints[7].items())); }),
                   ContainsSubstring("another configuration"));
    }
}

TEST_CASE("a player makes its steps before the next one moves", "[numerics][hooks]")
{
    Toy toy;
    toy.set_steps(0, 3);
    TrainingSettings settings = toy_schedule();
    settings.balance_every = 0;
    Registry registry;
    const Made made(registry, "adam", {{"learning_rate", "0.05"}});
    NotingOptimizer noting[4]{NotingOptimizer(*made.owned[0]), NotingOptimizer(*made.owned[1]),
                              NotingOptimizer(*made.owned[2]), NotingOptimizer(*made.owned[3])};
    Trainer trainer(toy, settings, {{&noting[0], &noting[1]}, {&noting[2], &noting[3]}}, 1, 1);
    Recorder recorder;
    const TrainingResult result = trainer.run(recorder, recorder.interrupted);
    const std::size_t iterations[] = {11, 9};
    for (const std::size_t level : {0, 1}) {
        CHECK(noting[level].samples.size() == 3 * iterations[level]);
        CHECK(noting[2 + level].samples.size() == iterations[level]);
        // Schedules know of all steps, and a player's own steps are on one function.
        CHECK(noting[level].plans == std::vector<std::uint64_t>{3 * iterations[level]});
        CHECK(noting[2 + level].plans == std::vector<std::uint64_t>{iterations[level]});
        for (std::size_t k = 0; k < noting[level].samples.size(); ++k) {
            const std::uint64_t now = noting[level].samples[k];
            if (k % 3 > 0) CHECK(now == noting[level].samples[k - 1]);
            if (k % 3 == 0 && k > 0) CHECK(now != noting[level].samples[k - 1]);
        }
    }
    CHECK(result.gradients == 4 * 20);
}

TEST_CASE("the best answer is kept where answers are ranked, else the last one", "[numerics][hooks]")
{
    TrainingSettings settings = toy_schedule();
    settings.balance_every = 0;
    settings.validate_every = 1;
    settings.snapshots = 1000;
    // Steps so large that the last answer is not the best.
    const Options::Given wild{{"learning_rate", "3"}};
    for (const bool ranks : {true, false}) {
        INFO(ranks);
        const Toy toy(2, ranks);
        Recorder recorder;
        const TrainingResult result = train(toy, settings, recorder, "adam", wild);
        std::size_t best = 0;
        for (std::size_t k = 1; k < recorder.records.size(); ++k)
            if (recorder.records[k].validation_objective < recorder.records[best].validation_objective) best = k;
        REQUIRE(best + 1 < recorder.records.size());
        const Vector& kept = result.snapshots[ranks ? best + 1 : 20].parameters;
        for (std::size_t i = 0; i < kept.size(); ++i)
            if (i % features != 2) CHECK(result.parameters(i) == kept(i));
    }
}
