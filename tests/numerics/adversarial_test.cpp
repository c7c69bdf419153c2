/// The saddle function of the method adversarial, its players, and estimates of the duality gap.
#include "catch.hpp"
#include "recorder.hpp"
#include "setup.hpp"

#include <mfg/assessment/assessment.hpp>
#include <mfg/assessment/errors.hpp>
#include <mfg/assessment/formula_solution.hpp>
#include <mfg/autodiff/map_points.hpp>
#include <mfg/run/assemble.hpp>
#include "methods/adversarial/duality.hpp"
#include "methods/adversarial/saddle_loss.hpp"

#include <cmath>

using namespace mfg;

namespace {

constexpr Real pi = 3.1415926535897932385;

/// Both sides of a game's saddle function. A `resnet` of the waves contains the exact solution of `ergodic_log` and of
/// `torus`, since phi and w are linear in sines.
struct Saddle : FieldSetup {
    Collocation points;
    SaddleLoss value, density;
    ParameterSubset value_share, density_share;

    Saddle(const std::string& name, const Options::Given& options)
        : FieldSetup(name, options, {}, {Unknown::Role::log_density, "resnet", {{"width", "6"}}}),
          points(*fields, {}),
          value(*derived, *fields, points, SaddleLoss::Side::value),
          density(*derived, *fields, points, SaddleLoss::Side::density),
          value_share(fields->layout(), fields->network_blocks("phi")),
          density_share(fields->layout(), fields->network_blocks("log_density"))
    {
    }

    Real& entry(Vector& theta, const std::string& block, std::size_t i = 0) const
    {
        for (const auto& entry : fields->layout().entries())
            if (entry.block.name == block) return theta(entry.offset + i);
        throw std::runtime_error("no block " + block);
    }

    /// The exact solution; hidden layers are there and count nothing.
    Vector exact(Real amplitude) const
    {
        Vector theta = fields->layout().initialise(3);
        for (const std::string field : {"phi", "log_density"}) {
            const Real sign = field == "phi" ? -1 : 2;
            for (std::size_t i = 0; i < 6; ++i) entry(theta, field + ".output.weight", i) = 0;
            for (int k = 0; k < problem->dimension(); ++k)
                entry(theta, field + ".linear.weight", static_cast<std::size_t>(k)) = sign * amplitude;
        }
        const Real log_z = problem->dimension() * std::log(std::cyl_bessel_i(0, 2 * amplitude));
        entry(theta, "log_density.constant") = -log_z;
        if (system->stationary()) entry(theta, "lambda") = -log_z;
        return theta;
    }

    Vector moved(Vector theta, Real by) const
    {
        Vector noise = theta;
        RandomStream(4, "moved").normal(0, static_cast<int>(theta.size()), noise.data());
        return theta + by * noise;
    }

    static Real largest_gradient(const SampledLoss& loss, const ParameterSubset& share, const Vector& theta,
                                 int samples)
    {
        SampledObjective objective(loss, share, 1);
        objective.draw_sample(RandomStream(8, "gradient"), samples, 1);
        objective.freeze(theta, 1);
        Vector own = make_vector(share.size()), gradient = own;
        share.gather(theta, own);
        objective.value_and_gradient(own, gradient);
        Real largest = 0;
        for (const Real g : gradient) largest = std::max(largest, std::abs(g));
        return largest;
    }

    auto terms(const SampledLoss& loss, const Vector& theta, const Matrix& rows) const
    {
        SampledObjective objective(loss, fields->layout(), 1);
        objective.set_sample(rows, 1);
        return objective.value(theta).terms;
    }
};

/// The gap from two samples of `count` points.
DualityGap gap_of(const GameSystem& system, const Solution& solution, int count, std::uint64_t number = 0)
{
    const RandomStream stream = RandomStream(6, "gap", number);
    return duality_gap(system, solution, uniform_points(system, stream.part("chosen"), count),
                       uniform_points(system, stream.part("points"), count));
}

}  // namespace

TEST_CASE("no player gains anything at the exact solution, whatever the sample", "[numerics][minmax]")
{
    for (const bool stationary : {true, false}) {
        INFO((stationary ? "ergodic_log" : "torus"));
        const Saddle saddle(stationary ? "ergodic_log" : "torus", {{"dimension", "2"}, {"amplitude", "0.2"}});
        Vector exact = saddle.exact(0.2);
        if (stationary) {
            CHECK(Saddle::largest_gradient(saddle.value, saddle.value_share, exact, 16) < 1e-13);
            CHECK(Saddle::largest_gradient(saddle.density, saddle.density_share, exact, 16) < 1e-13);
            // The mass alone is a mean.
            const ParameterSubset multiplier(saddle.fields->layout(), {"lambda"});
            CHECK(Saddle::largest_gradient(saddle.value, multiplier, exact, 1 << 14) < 0.02);
            CHECK(Saddle::largest_gradient(saddle.value, multiplier, saddle.moved(exact, 0.3), 1 << 14) > 0.1);
        } else {
            // phi is linear in t, which is feature 4 of the networks.
            const Real lambda = -2 * std::log(std::cyl_bessel_i(0, 0.4));
            saddle.entry(exact, "phi.linear.weight", 4) = -lambda;
            saddle.entry(exact, "phi.constant") = lambda;
            CHECK(Saddle::largest_gradient(saddle.value, saddle.value_share, exact, 16) < 1e-13);
            CHECK(Saddle::largest_gradient(saddle.density, saddle.density_share, exact, 16) < 1e-13);
        }
        const Vector other = saddle.moved(exact, 0.1);
        CHECK(Saddle::largest_gradient(saddle.value, saddle.value_share, other, 256) > 0.1);
        CHECK(Saddle::largest_gradient(saddle.density, saddle.density_share, other, 256) > 0.1);
    }
}

TEST_CASE("both players play on one function", "[numerics][minmax]")
{
    constexpr int count = 1 << 15;
    for (const bool stationary : {true, false}) {
        INFO((stationary ? "ergodic_log" : "torus"));
        const Options::Given options = stationary ? Options::Given{{"dimension", "1"}, {"amplitude", "0.2"}}
                                                  : Options::Given{{"dimension", "1"}, {"horizon", "0.7"}};
        const Saddle saddle(stationary ? "ergodic_log" : "torus", options);
        const Vector theta = saddle.moved(saddle.exact(0.2), 0.3);
        const Matrix rows = saddle.points.draw(RandomStream(5, "rows"), count, Sampling::sobol);
        const auto value = saddle.terms(saddle.value, theta, rows), density = saddle.terms(saddle.density, theta, rows);
        if (stationary) {
            CHECK_THAT(density[0], WithinAbs(-value[0], 1e-3));
            CHECK_THAT(density[2], WithinAbs(-value[1], 1e-12));
            CHECK(std::abs(value[0]) > 0.05);
            continue;
        }
        // The density leaves out E m0 phi(0) and the value E m(T) g.
        Matrix start = make_matrix(count, 2);
        for (std::size_t i = 0; i < count; ++i) start(i, 0) = (static_cast<Real>(i) + Real(0.5)) / count;
        Matrix end = start;
        for (std::size_t i = 0; i < count; ++i) end(i, 1) = 0.7;
        const NetworkSolution solution(*saddle.fields, theta);
        const MeanFieldGame& game = saddle.derived->game();
        const auto mean = [](const Matrix& values) {
            Real sum = 0;
            for (const Real v : values) sum += v / static_cast<Real>(values.size());
            return sum;
        };
        const Real at_start = mean(solution.map(start, 0, 1, [&](const Fields& f) {
            return exp(game.initial_density().log_density(f.x)) * f["phi"].value;
        }));
        const Real at_end = mean(solution.map(end, 0, 1, [&](const Fields& f) {
            return exp(f["log_density"].value) * game.terminal_cost({f.x, f.t, f["log_density"].value});
        }));
        CHECK_THAT(density[0] + density[2] + at_start - at_end, WithinAbs(-value[0] - value[1], 2e-3));
        CHECK(std::abs(value[0] + value[1]) > 0.05);
    }
}

TEST_CASE("the duality gap vanishes at the exact solution and grows with the errors squared", "[numerics][minmax]")
{
    Registry registry;
    for (const char* coupling : {"game", "control"}) {
        INFO(coupling);
        const auto problem =
            registry.create<Problem>("ergodic_log", {{"dimension", "2"}, {"amplitude", "0.3"}, {"coupling", coupling}});
        const MeanFieldGame& game = *problem->mean_field_game();
        const GameSystem system(game, Unknown::Role::log_density, game.coupling());
        const Reference reference = *game.reference();
        const Real optimum = *reference.constant - 1;
        constexpr int count = 4000;
        const DualityGap exact = gap_of(system, FormulaSolution(system, reference), count);
        CHECK(exact.gap.mean >= -1e-13);
        CHECK(exact.gap.mean < 1e-10);
        CHECK_THAT(exact.primal.mean, WithinAbs(optimum, 4 * exact.primal.standard_error));
        CHECK(exact.primal.standard_error < 0.02);
        CHECK_THAT(exact.primal.mean - exact.dual.mean, WithinAbs(exact.gap.mean, 1e-12));

        // Errors of either unknown count squared; a wrong constant in either counts nothing.
        Real gaps[2][2];
        for (const int which : {0, 1})
            for (const int size : {0, 1}) {
                const Real by = size == 0 ? 0.01 : 0.02;
                const FormulaSolution wrong(
                    system,
                    [&, by, which](const Unknown& unknown, const State& s) {
                        const bool is_value = unknown.role == Unknown::Role::value;
                        const Jet exactly = is_value ? reference.value(s) : reference.log_density(s);
                        return is_value == (which == 0) ? exactly + by * cos(2 * pi * s.x[0]) + Real(3) : exactly;
                    },
                    {7});
                const DualityGap found = gap_of(system, wrong, count);
                CHECK(found.dual.mean < found.primal.mean);
                CHECK(found.primal.mean > optimum - 4 * found.primal.standard_error);
                CHECK(found.dual.mean < optimum + 4 * found.dual.standard_error);
                gaps[which][size] = found.gap.mean;
            }
        for (const auto& gap : gaps) {
            CHECK(gap[0] > 1e-4);
            CHECK_THAT(gap[1] / gap[0], WithinRel(4, 0.1));
        }
    }
}

TEST_CASE("standard errors of the duality gap are the spread of repetitions", "[numerics][minmax]")
{
    Registry registry;
    const auto problem = registry.create<Problem>("ergodic_log", {{"dimension", "2"}, {"amplitude", "0.3"}});
    const MeanFieldGame& game = *problem->mean_field_game();
    const GameSystem system(game, Unknown::Role::log_density, game.coupling());
    const Reference reference = *game.reference();
    // Far from the solution, where the noise of the mass counts, too.
    const FormulaSolution wrong(system, [&](const Unknown& unknown, const State& s) {
        if (unknown.role == Unknown::Role::value) return reference.value(s) + 0.1 * cos(2 * pi * s.x[0]);
        return reference.log_density(s) + 0.3 * sin(2 * pi * s.x[1]);
    });
    const DualityGap exact = gap_of(system, wrong, 60000, 100);
    constexpr int repetitions = 40;
    Real squares[3] = {}, errors[3] = {};
    int outside = 0;
    for (int k = 0; k < repetitions; ++k) {
        const DualityGap found = gap_of(system, wrong, 500, static_cast<std::uint64_t>(k));
        const DualityGap::Estimate estimates[] = {found.primal, found.dual, found.gap},
                                   means[] = {exact.primal, exact.dual, exact.gap};
        for (const int i : {0, 1, 2}) {
            const Real off = estimates[i].mean - means[i].mean;
            squares[i] += off * off / repetitions;
            errors[i] += estimates[i].standard_error * estimates[i].standard_error / repetitions;
            outside += std::abs(off) > 3 * estimates[i].standard_error;
        }
    }
    for (const int i : {0, 1, 2}) {
        INFO("primal, dual, gap: " << i << ", off by " << std::sqrt(squares[i]) << ", stated " << std::sqrt(errors[i]));
        CHECK(squares[i] < 2 * errors[i]);
        CHECK(squares[i] > errors[i] / 2);
    }
    CHECK(outside <= 4);
}

TEST_CASE("the duality gap is a number for wild fields, and infinite where there is no bound", "[numerics][minmax]")
{
    Registry registry;
    const auto wild_gap = [&](const char* name, Real size) {
        const auto problem = registry.create<Problem>(name, {{"dimension", "2"}});
        const MeanFieldGame& game = *problem->mean_field_game();
        const GameSystem system(game, Unknown::Role::log_density, game.coupling());
        const FormulaSolution wild(system, [size](const Unknown& unknown, const State& s) {
            return size * (unknown.role == Unknown::Role::value ? sin(4 * pi * s.x[0]) : cos(2 * pi * s.x[1]));
        });
        return gap_of(system, wild, 300);
    };
    for (const char* name : {"ergodic_log", "ergodic_square"})
        for (const Real size : {0.0, 1.0, 30.0}) {
            INFO(name << ", " << size);
            const DualityGap found = wild_gap(name, size);
            CHECK(std::isfinite(found.primal.mean));
            CHECK(std::isfinite(found.dual.mean));
            CHECK(found.gap.mean >= 0);
            CHECK_THAT(found.primal.mean - found.dual.mean, WithinRel(found.gap.mean, 1e-9));
        }
    CHECK(wild_gap("ergodic_log", 1).gap.mean > 20 * wild_gap("ergodic_log", 0).gap.mean);

    // Costs that fall as the density grows: everywhere, or among few agents only.
    class Crowds final : public ErgodicGame {
    public:
        explicit Crowds(bool everywhere) : ErgodicGame(1), everywhere_(everywhere) {}
        Real viscosity() const override { return 0.5; }
        Jet running_cost(const State& s) const override
        {
            const Jet place = sum(sin(2 * pi * s.x)), m = exp(s.log_density);
            return everywhere_ ? place - s.log_density : place + square(m) - Real(3) * m;
        }

    private:
        bool everywhere_;
    };
    for (const bool everywhere : {true, false}) {
        const Crowds game(everywhere);
        const GameSystem system(game, Unknown::Role::log_density, Coupling::game);
        const FormulaSolution flat(system, [](const Unknown&, const State& s) { return 0 * sin(s.x[0]); });
        const DualityGap found = gap_of(system, flat, 50);
        CHECK_FALSE(std::isfinite(found.gap.mean));
        CHECK_FALSE(std::isfinite(found.dual.mean));
        CHECK(std::isfinite(found.primal.mean));
    }
}

TEST_CASE("the players of the method adversarial solve games", "[numerics][minmax][training]")
{
    struct Case {
        const char *problem, *objective;
        Real value_error;
    };
    for (const Case& c : {Case{"ergodic_log", "variational", 0.01}, Case{"ergodic_log", "residuals", 0.01},
                          Case{"torus", "variational", 0.02}}) {
        INFO(c.problem << ", " << c.objective);
        const bool stationary = c.problem == std::string("ergodic_log");
        const bool variational = c.objective == std::string("variational");
        const Run run = assemble(Configuration().with({{"problem", c.problem},
                                                       {"problem.dimension", stationary ? "2" : "1"},
                                                       {"network", "dgm"},
                                                       {"network.width", "16"},
                                                       {"network.layers", "1"},
                                                       {"method", "adversarial"},
                                                       {"method.objective", c.objective},
                                                       {"optimizer", "adam"},
                                                       {"optimizer.learning_rate", "0.01"},
                                                       {"optimizer.beta1", "0"},
                                                       {"optimizer.beta2", "0.9"},
                                                       {"optimizer.schedule", "cosine"},
                                                       {"optimizer.decay", "0.001"},
                                                       {"training.samples", "128"},
                                                       {"training.iterations", "500"},
                                                       {"training.validation_samples", "256"},
                                                       {"training.resample_every", "1"},
                                                       {"training.validate_every", "10"},
                                                       {"training.average", "0.98"},
                                                       {"training.tolerance", "0"},
                                                       {"training.checkpoint_every", "0"},
                                                       {"threads", "2"}}));
        const auto training = run.make_training();
        Recorder recorder;
        const TrainingResult result = recorder.run(*training);
        const Measures found = assess(*run.formulation->solution(result.parameters), RandomStream(9, "measures"), 1000);
        const auto& errors = found.at("errors");
        REQUIRE(found.count("duality") == (stationary && variational ? 1 : 0));
        INFO("value " << errors.at("value") << ", density " << errors.at("density"));
        CHECK(errors.at("value") < c.value_error);
        CHECK(errors.at("density") < 0.02);
        if (!stationary) continue;
        INFO("constant " << errors.at("constant"));
        CHECK(errors.at("constant") < 2e-3);
        if (!variational) continue;
        INFO("gap " << found.at("duality").at("gap"));
        CHECK(found.at("duality").at("gap") < recorder.first("duality.gap") / 20);
        CHECK(found.at("duality").at("primal_standard_error") > 0);
        CHECK(found.at("duality").at("gap_standard_error") < found.at("duality").at("primal_standard_error"));
    }
}
