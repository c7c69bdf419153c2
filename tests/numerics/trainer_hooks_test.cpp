/// Training beside its objective: computed parameters, tracking, snapshots, balanced terms, averages.
#include <mfg/autodiff/operations.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/training/objective.hpp>
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

/// u = w . (x_0, x_1, 1) fits x_0 + 2 x_1, or another multiple of x_1. Where samples are follows from the parameters;
/// the last one is computed.
class Fit final : public SampledLoss {
public:
    explicit Fit(int p, Real multiple = 2)
        : player(p), multiple_of_x1(multiple), first(static_cast<std::size_t>(p) * features)
    {
    }

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
    Variable integrands(Tape&, const VariableList& parameters, const Variable& x, const Variable&) const override
    {
        const Variable u = matmul(parameters[player], x);
        const Variable gap = combine({{1, u}, {-1, x.rows(0, 1)}, {-multiple_of_x1, x.rows(1, 1)}});
        return vconcat({multiply(gap, gap, 0.5), absolute(add_number(gap, -0.1))});
    }

    const int player;
    const Real multiple_of_x1;
    const std::size_t first;  // of the player's parameters
    mutable std::vector<Vector> drawn_at;
};

/// Two players, each with such a loss of its own, or one of them alone.
class Toy final : public Formulation {
public:
    explicit Toy(std::size_t players = 2, bool ranks = true) : ranks_(ranks)
    {
        for (const char* name : {"value", "density"}) {
            if (players_.size() == players) break;
            layout_.add(name, row_, {features, false});
            players_.push_back(Player(name, losses[players_.size()]).moves({name}));
        }
    }

    struct Call {
        Real number;  ///< of its stream
        Vector before;
        std::uint64_t sample;  ///< 0: the last one
    };

    const ParameterLayout& layout() const override { return layout_; }
    const std::vector<Player>& players() const override { return players_; }
    bool keeps_best() const override { return ranks_; }
    void refresh(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const override
    {
        Real number = 0;
        stream.normal(0, 1, &number);
        calls.push_back({number, parameters, sample});
        for (std::size_t p = 0; p < players_.size(); ++p)
            parameters(losses[p].first + 2) = 0.5 + 0.1 * parameters(losses[p].first) + 0.01 * number;
    }
    void finish(Vector& parameters, const RandomStream& stream) const override { refresh(parameters, stream, 0); }
    std::unique_ptr<Solution> solution(const Vector&) const override { return nullptr; }
    void set_steps(std::size_t player, int steps) { players_[player].steps(steps); }
    void set_fine(const SampledLoss& loss) { players_[0].with_fine_steps(loss, "finer"); }

    Fit losses[2]{Fit(0), Fit(1)};
    mutable std::vector<Call> calls;

private:
    bool ranks_;
    Row row_;
    ParameterLayout layout_;
    std::vector<Player> players_;
};

/// Follows two numbers, of which one may be missing.
class Numbers final : public Tracker {
public:
    std::vector<std::string> names() const override { return {"errors.value", "residuals.hjb"}; }
    Vector values(const Vector& parameters, const RandomStream& stream) override
    {
        Vector values = make_vector(wrong ? 1 : 2);
        Real number = 0;
        stream.normal(0, 1, &number);
        values(0) = parameters(0) + parameters(parameters.size() - 2);
        if (!wrong) values(1) = number;
        return values;
    }

    bool wrong = false;
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
    std::vector<std::vector<Optimizer*>> of(const Formulation& formulation) const
    {
        std::vector<std::vector<Optimizer*>> lists = both();
        lists.resize(formulation.players().size());
        return lists;
    }
    Registry::Object<Optimizer> owned[4];
};

TrainingResult train(const Formulation& formulation, const TrainingSettings& settings, Recorder& recorder,
                     const std::string& optimizer = "adam", const Options::Given& given = {})
{
    Registry registry;
    const Made made(registry, optimizer, given);
    Numbers numbers;
    const auto trainer = player_training(formulation, settings, made.of(formulation), 1, 1, &numbers);
    return recorder.run(*trainer);
}

}  // namespace

TEST_CASE("parameters are computed before each sample to train on, and at the end", "[numerics][hooks]")
{
    const Toy toy;
    TrainingSettings settings = toy_schedule();
    settings.balance_every = 0;
    Recorder recorder;
    const TrainingResult result = train(toy, settings, recorder);
    // Samples are drawn before iterations 1, 5, 9 and, in the second level, 12, 16, 20.
    REQUIRE(toy.calls.size() == 7);
    for (std::size_t k = 0; k < 7; ++k) {
        const Toy::Call& call = toy.calls[k];
        CHECK(call.sample == (k + 1) % 7);
        Real number = 0;
        RandomStream(1, k < 6 ? "adaptation of value" : "final adaptation of value", call.sample).normal(0, 1, &number);
        CHECK(call.number == number);
        for (std::size_t other = 0; other < k; ++other) CHECK(call.number != toy.calls[other].number);
        for (const Fit& loss : toy.losses) {
            REQUIRE(loss.drawn_at.size() == 6);
            const Vector& after = k < 6 ? loss.drawn_at[k] : result.parameters;
            CHECK(after(loss.first + 2) == 0.5 + 0.1 * after(loss.first) + 0.01 * call.number);
            CHECK(after(loss.first) == call.before(loss.first));
        }
    }
    CHECK(same(toy.calls[0].before, toy.layout().initialise(1)));
}

TEST_CASE("a training that computes parameters, balances and keeps snapshots is restored bit for bit",
          "[numerics][hooks]")
{
    struct Case {
        const char* optimizer;
        Options::Given given;
    };
    const auto wanted =
        GENERATE(Case{"bfgs", {}}, Case{"bfgs", {{"scaling", "broyden"}}}, Case{"lbfgs", {}},
                 Case{"adam", {{"schedule", "cosine"}, {"learning_rate", "0.05"}}},
                 Case{"sgd", {{"schedule", "exponential"}, {"warm_up", "3"}, {"learning_rate", "0.01"}}});
    INFO(wanted.optimizer);
    const Toy toy;
    const TrainingSettings settings = toy_schedule();
    Recorder whole;
    const TrainingResult expected = train(toy, settings, whole, wanted.optimizer, wanted.given);
    REQUIRE(whole.checkpoints.size() == whole.records.size() + 1);  // the last one is of the end
    REQUIRE(whole.records.size() == expected.iterations);
    const std::size_t calls = toy.calls.size();
    Registry registry;
    for (std::size_t iteration = 1; iteration <= whole.checkpoints.size(); ++iteration) {
        INFO("restored after " << iteration << " iterations");
        const Toy again;
        const Made made(registry, wanted.optimizer, wanted.given);
        Numbers numbers;
        const auto trainer = player_training(again, settings, made.both(), 1, 2, &numbers);
        trainer->restore(Archive(whole.checkpoints[iteration - 1].items()));
        Recorder rest;
        const TrainingResult result = rest.run(*trainer);
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
            CHECK(rest.same_row(k, whole, iteration + k));
        }
        // The same sample is no reason to compute parameters once more.
        REQUIRE(again.calls.size() < calls);
        for (std::size_t k = 1; k <= again.calls.size(); ++k)
            CHECK(again.calls[again.calls.size() - k].number == toy.calls[calls - k].number);
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
    Numbers numbers;
    const auto trainer = player_training(toy, settings, made.both(), 1, 1, &numbers);
    Recorder recorder;
    CHECK(trainer->columns() ==
          std::vector<std::string>{
              "iteration", "level", "seconds", "evaluations", "gradients", "objective", "terms.value.square",
              "terms.value.distance", "terms.density.square", "terms.density.distance", "validation.objective",
              "validation.terms.value.square", "validation.terms.value.distance", "validation.terms.density.square",
              "validation.terms.density.distance", "errors.value", "residuals.hjb", "step_length", "gradient_norm"});
    const TrainingResult result = recorder.run(*trainer);
    REQUIRE(result.snapshots.size() == 21);
    Real number = 0;
    RandomStream(1, "tracking").normal(0, 1, &number);
    for (std::size_t k = 0; k < recorder.records.size(); ++k) {
        const Real error = recorder.column(k, "errors.value"), residual = recorder.column(k, "residuals.hjb");
        const bool measured = !std::isnan(recorder.column(k, "validation.objective"));
        // Every third iteration, and at the end of a level.
        REQUIRE(measured == ((k + 1) % 3 == 0 || k + 1 == 11 || k + 1 == 20));
        REQUIRE(std::isnan(error) != measured);
        REQUIRE(std::isnan(residual) != measured);
        if (!measured) continue;
        const Vector& now = result.snapshots[k + 1].parameters;
        CHECK(error == now(0) + now(features + 1));
        CHECK(residual == number);
    }

    numbers.wrong = true;
    const auto again = player_training(toy, settings, made.both(), 1, 1, &numbers);
    CHECK_THAT(message_of<Error>([&] { recorder.run(*again); }), ContainsSubstring("2 measures are followed"));
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
    for (const Fit& loss : toy.losses) CHECK(same(result.snapshots[0].parameters, loss.drawn_at[0]));

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
    const auto trainer = player_training(toy, settings, {{&noting[0], &noting[1]}, {&noting[2], &noting[3]}}, 1, 1);
    Recorder recorder;
    const TrainingResult result = recorder.run(*trainer);
    // Each level is planned on its own.
    CHECK(noting[0].plans == std::vector<std::uint64_t>{11});
    CHECK(noting[3].plans == std::vector<std::uint64_t>{9});

    for (std::size_t k = 0; k < recorder.records.size(); ++k) {
        INFO("iteration " << recorder.records[k].iteration);
        for (std::size_t p = 0; p < 2; ++p) {
            const std::string player = toy.players()[p].name(), factor_of = "weights." + player + ".";
            CHECK(recorder.column(k, factor_of + "square") == 1);
            const Real factor = recorder.column(k, factor_of + "distance");
            CHECK(factor != 1);
            // They change every third iteration.
            if (k > 0) CHECK((factor != recorder.column(k - 1, factor_of + "distance")) == (k % 3 == 0));

            SampledObjective objective(toy.losses[p], toy.layout(), 1);
            objective.draw_sample(RandomStream(1, "validation of " + player), settings.validation_samples, 0);
            CHECK(recorder.column(k, "validation.terms." + player + ".distance") ==
                  objective.value(result.snapshots[k + 1].parameters).terms[1]);
        }
    }
    // A step sees the terms where it starts, with the factors: here that of the second iteration, on the first sample.
    const Fit& loss = toy.losses[0];
    SampledObjective objective(loss, toy.layout(), 1);
    objective.set_sample(loss.training_sample(RandomStream(1, "training of value", 1), 40, loss.drawn_at[0]), 1);
    const Evaluation nominal = objective.value(result.snapshots[1].parameters);
    CHECK(recorder.records[1].terms(0) == nominal.terms[0]);
    CHECK(recorder.records[1].terms(1) == recorder.column(1, "weights.value.distance") * nominal.terms[1]);

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
                CHECK(plain.records[k - 1].objective == averaged.records[k - 1].objective);
                const auto both = [&](const char* name) {
                    return std::pair(plain.column(k - 1, name), averaged.column(k - 1, name));
                };
                const auto [norm, averaged_norm] = both("gradient_norm");
                CHECK(norm == averaged_norm);
                // What is validated and followed is the average.
                const auto [validation, averaged_validation] = both("validation.objective");
                CHECK(validation != averaged_validation);
                const Vector& now = result.snapshots[k].parameters;
                CHECK(averaged.column(k - 1, "errors.value") == now(0) + now(now.size() - 2));
            }
            // The last parameter of each player is computed once more.
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
            const auto trainer = player_training(toy, settings, made.of(toy), 1, 2);
            trainer->restore(Archive(whole.checkpoints[iteration].items()));
            Recorder rest;
            const TrainingResult result = rest.run(*trainer);
            CHECK(same(result.parameters, expected.parameters));
            CHECK(result.objective == expected.objective);
            REQUIRE(result.snapshots.size() == expected.snapshots.size());
            for (std::size_t k = 0; k < result.snapshots.size(); ++k)
                CHECK(same(result.snapshots[k].parameters, expected.snapshots[k].parameters));
        }
        // The average is part of the state: a checkpoint without one is another configuration's.
        settings.average = 0;
        const Made made(registry, "adam");
        const auto trainer = player_training(toy, settings, made.of(toy), 1, 1);
        CHECK_THAT(message_of<Error>([&] { trainer->restore(Archive(whole.checkpoints[7].items())); }),
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
    const auto trainer = player_training(toy, settings, {{&noting[0], &noting[1]}, {&noting[2], &noting[3]}}, 1, 1);
    Recorder recorder;
    const TrainingResult result = recorder.run(*trainer);
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
        const std::size_t best = recorder.row_of_least("validation.objective");
        REQUIRE(best + 1 < recorder.records.size());
        const Vector& kept = result.snapshots[ranks ? best + 1 : 20].parameters;
        for (std::size_t i = 0; i < kept.size(); ++i)
            if (i % features != 2) CHECK(result.parameters(i) == kept(i));
    }
}

TEST_CASE("the best answer is the best one in finer steps", "[numerics][hooks]")
{
    TrainingSettings settings = schedule({40}, {60});
    settings.snapshots = 1000;
    Toy toy(1);
    // The training goes to a multiple of 2 and comes past this one.
    const Fit fine(0, 1.5);
    toy.set_fine(fine);
    Recorder recorder;
    const TrainingResult result = train(toy, settings, recorder, "adam", {{"learning_rate", "0.1"}});
    const std::size_t finer = recorder.row_of_least("validation_fine.objective");
    REQUIRE(finer != recorder.row_of_least("validation.objective"));
    REQUIRE(finer + 1 < recorder.records.size());
    const Vector& kept = result.snapshots[finer + 1].parameters;
    for (std::size_t i = 0; i + 1 < kept.size(); ++i) CHECK(result.parameters(i) == kept(i));
}
