/// Where the equations of a system are asked to hold: laws of points, the population that they follow, what is
/// computed.
#include <mfg/assessment/assessment.hpp>
#include <mfg/assessment/formula_solution.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/pde/computed_parameters.hpp>
#include <mfg/random/monte_carlo.hpp>
#include <mfg/random/random.hpp>
#include <mfg/testing/check.hpp>
#include "problems/crowd_trading/exact_solution.hpp"
#include "problems/linear_quadratic/exact_solution.hpp"

#include "catch.hpp"
#include "recorder.hpp"
#include "setup.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>

using namespace mfg;

namespace {

constexpr Real root_two_pi = 2.5066282746310005;

/// Mean and mean square of a column, against those of a law, in standard errors.
void check_moments(const Matrix& rows, std::size_t column, Real mean, Real square, Real deviations = 4)
{
    MonteCarloMean first, second;
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        first.add(rows(i, column));
        second.add(rows(i, column) * rows(i, column));
    }
    INFO("column " << column);
    CHECK_THAT(first.mean(), WithinAbs(mean, deviations * first.standard_error()));
    CHECK_THAT(second.mean(), WithinAbs(square, deviations * second.standard_error()));
}

/// Means over agents in the plane, of a population that stays.
class Gathering final : public PdeSystem {
public:
    int dimension() const override { return 2; }
    Real horizon() const override { return 2; }
    std::vector<Unknown> unknowns() const override { return {{"phi"}, {"log_density", Unknown::Role::log_density}}; }
    std::vector<Equation> equations() const override
    {
        return {
            {"mean", Where::interior, [](const Fields& f) { return f.population_mean(f.x[0]) - f["phi"].value; }, 0},
            {"initial", Where::initial, [](const Fields& f) { return f["phi"].value; }, 0}};
    }
    const Density* initial_density() const override { return &initial_; }
    int agents_per_time() const override { return 8; }

private:
    Gaussian initial_{make_vector(2), make_vector(2, 1)};
};

/// Interior points as the equations see them, one a row.
Matrix seen_points(const FieldSetup& parts, const Collocation& collocation, const Vector& theta, const Matrix& rows,
                   Where where)
{
    Tape tape;
    tape.begin(false);
    const int n = static_cast<int>(rows.shape(0));
    const Variable in = transpose(tape.constant_view(rows.data(), n, static_cast<int>(rows.shape(1))));
    const auto prepared = parts.fields->prepare(tape, parts.fields->layout().variables(tape, theta.data(), nullptr));
    const Variable points = collocation.points(tape, prepared, in, where);
    Matrix result = make_matrix(rows.shape(0), static_cast<std::size_t>(points.rows()));
    for (int r = 0; r < points.rows(); ++r)
        for (int i = 0; i < n; ++i) result(static_cast<std::size_t>(i), static_cast<std::size_t>(r)) = points(r, i);
    return result;
}

FieldSettings moments_at(int intervals)
{
    FieldSettings settings;
    settings.moment_intervals = intervals;
    return settings;
}

/// Moments of one coordinate with given means and log deviations.
struct Moments {
    std::vector<Real> means, log_deviations;
    Real horizon;

    Moments(const std::function<Real(Real)>& mean, const std::function<Real(Real)>& log_deviation, int intervals,
            Real t)
        : horizon(t)
    {
        for (int k = 0; k <= intervals; ++k) {
            means.push_back(mean(t * k / intervals));
            log_deviations.push_back(log_deviation(t * k / intervals));
        }
    }
    PopulationMoments::Coordinate at(Real t) const
    {
        return PopulationMoments{means.data(), log_deviations.data(), 1, static_cast<int>(means.size()) - 1, horizon}
            .at(t)[0];
    }
};

}  // namespace

TEST_CASE("a row has a point of each kind that the equations need", "[numerics][galerkin]")
{
    struct Case {
        const char* problem;
        HardConditions hard;
        int probes, initial, terminal, boundary, half, first_probe, total;
    };
    const HardConditions none, end{false, true}, all{true, true};
    for (const Case& c :
         {Case{"ergodic_log", none, 0, -1, -1, -1, 3, 4, 4}, Case{"torus", none, 2, 4, 7, -1, 10, 11, 17},
          Case{"torus", end, 0, 4, -1, -1, 7, 8, 8}, Case{"torus", all, 0, -1, -1, -1, 4, 5, 5},
          Case{"linear_quadratic", none, 0, 4, 7, -1, 10, 11, 11}}) {
        INFO(c.problem << ", " << c.hard.initial << c.hard.terminal << ", " << c.probes << " probes");
        FieldSettings settings;
        settings.hard = c.hard;
        const FieldSetup parts(c.problem, {{"dimension", "3"}}, settings);
        Collocation::Settings where;
        if (c.probes > 0) where.laplacian.kind = LaplacianEstimate::Kind::hutchinson;
        const Collocation collocation(*parts.fields, where);
        const Collocation::Columns& columns = collocation.columns();
        CHECK(columns.interior == 0);
        CHECK(columns.initial == c.initial);
        CHECK(columns.terminal == c.terminal);
        CHECK(columns.boundary == c.boundary);
        CHECK(columns.half == c.half);
        CHECK(columns.probes == c.first_probe);
        CHECK(columns.total == c.total);
        CHECK(collocation.draw(RandomStream(1, "rows"), 6).shape(1) == static_cast<std::size_t>(c.total));
    }
    const FieldSetup ode("ode", {});
    const Collocation collocation(*ode.fields, {});
    CHECK(collocation.columns().boundary == 1);
    CHECK(collocation.columns().half == 2);
    const Matrix rows = collocation.draw(RandomStream(1, "rows"), 2000);
    check_moments(rows, 0, 1.5, 3);
    for (std::size_t i = 0; i < rows.shape(0); ++i) CHECK(rows(i, 1) == 0);
}

TEST_CASE("every so many rows have points of the conditions", "[numerics][galerkin]")
{
    Collocation::Settings where;
    where.condition_period = 3;
    const RandomStream stream(1, "rows");
    for (const char* problem : {"torus", "poisson", "linear_quadratic"}) {
        INFO(problem);
        const FieldSetup parts(problem, {{"dimension", "2"}});
        const Collocation every(*parts.fields, {}), third(*parts.fields, where);
        const Matrix whole = every.draw(stream, 5), some = third.draw(stream, 15);
        const Collocation::Columns& columns = every.columns();
        for (Index i = 0; i < rows(some); ++i)
            for (Index k = 0; k < columns.half; ++k) {
                const bool interior = k < parts.fields->coordinates();
                if (!interior) CHECK(some(i, k) == (i % 3 == 0 ? whole(i / 3, k) : 0));
                if (interior && i < 5) CHECK(some(i, k) == whole(i, k));
            }
    }
}

TEST_CASE("points are uniform on a torus, and around the population elsewhere", "[numerics][galerkin]")
{
    const Sampling sampling = GENERATE(Sampling::random, Sampling::sobol);
    Collocation::Settings where;
    where.sampling = sampling;
    where.spread = 2;
    where.laplacian.kind = LaplacianEstimate::Kind::hutchinson;
    const RandomStream stream(1, "law");
    const int n = 16384;
    SECTION("torus")
    {
        const FieldSetup parts("torus", {{"dimension", "2"}, {"horizon", "3"}});
        const Collocation collocation(*parts.fields, where);
        const Matrix rows = collocation.draw(stream, n);
        check_moments(rows, 2, 1.5, 3);
        for (const std::size_t column : {0, 1, 3, 4, 5, 6}) check_moments(rows, column, 0.5, 1.0 / 3);
        // Coordinates of independent points have nothing to do with each other. (Kinds of points do in a Sobol
        // sequence: each is one of its own over the same numbers.)
        Matrix products = make_matrix(rows.shape(0), 3);
        for (std::size_t i = 0; i < rows.shape(0); ++i) {
            products(i, 0) = (rows(i, 0) - 0.5) * (rows(i, 2) - 1.5);
            products(i, 1) = (rows(i, 0) - 0.5) * (rows(i, 3) - 0.5);
            products(i, 2) = (rows(i, 3) - 0.5) * (rows(i, 5) - 0.5);
        }
        for (std::size_t k = 0; k < (sampling == Sampling::random ? 3 : 1); ++k) {
            MonteCarloMean mean;
            for (std::size_t i = 0; i < products.shape(0); ++i) mean.add(products(i, k));
            CHECK_THAT(mean.mean(), WithinAbs(0, 4 * mean.standard_error()));
        }
        // Halves take turns; probes are signs.
        for (std::size_t i = 0; i < 10; ++i) CHECK(rows(i, 7) == static_cast<Real>(i % 2));
        for (std::size_t k = 8; k < 12; ++k) check_moments(rows, k, 0, 1);
        for (std::size_t i = 0; i < rows.shape(0); ++i) REQUIRE(std::abs(rows(i, 8)) == 1);
    }
    SECTION("whole space")
    {
        where.laplacian.kind = LaplacianEstimate::Kind::two_point;
        const FieldSetup parts("linear_quadratic", {{"dimension", "2"}});
        const Collocation collocation(*parts.fields, where);
        const Matrix rows = collocation.draw(stream, n);
        // Deviations 2^(2u - 1): the mean of their squares.
        const Real square = (4 - 0.25) / (4 * std::log(2.0));
        for (const std::size_t column : {0, 1, 3, 4, 5, 6}) check_moments(rows, column, 0, square);
        check_moments(rows, 2, 0.5, 1.0 / 3);
        for (std::size_t k = 8; k < 12; ++k) check_moments(rows, k, 0, 1);
        // One deviation for all coordinates of a point: their squares hang together.
        Real mean = 0;
        for (std::size_t i = 0; i < rows.shape(0); ++i) mean += rows(i, 0) * rows(i, 0) * rows(i, 1) * rows(i, 1) / n;
        CHECK_THAT(mean, WithinRel((16 - 1 / 16.0) / (8 * std::log(2.0)), 0.1));
    }
}

TEST_CASE("a Sobol sequence fills space more evenly than independent points", "[numerics][galerkin]")
{
    const FieldSetup parts("torus", {{"dimension", "2"}});
    const Collocation collocation(*parts.fields, {});
    Real errors[2] = {};
    for (std::uint64_t k = 0; k < 40; ++k)
        for (const Sampling sampling : {Sampling::random, Sampling::sobol}) {
            const Matrix rows = collocation.draw(RandomStream(1, "even", k), 256, sampling);
            Real mean = 0;
            for (std::size_t i = 0; i < rows.shape(0); ++i) mean += rows(i, 0) * rows(i, 1) * rows(i, 2) / 256;
            errors[sampling == Sampling::sobol] += std::pow(mean - 0.125, 2);
        }
    CHECK(errors[1] < 0.05 * errors[0]);
    CHECK(errors[1] > 0);
}

TEST_CASE("points of a group share their time", "[numerics][galerkin]")
{
    SECTION("on a lattice, in one dimension")
    {
        const FieldSetup parts("crowd_trading", {});
        const Collocation collocation(*parts.fields, {});
        const Matrix rows = collocation.draw(RandomStream(1, "groups"), 16 * 400);
        Matrix first = make_matrix(400, 2);
        for (std::size_t g = 0; g < 400; ++g) {
            first(g, 0) = rows(16 * g, 0);
            first(g, 1) = rows(16 * g, 1);
            for (std::size_t j = 1; j < 16; ++j) {
                CHECK(rows(16 * g + j, 1) == rows(16 * g, 1));
                CHECK_THAT(rows(16 * g + j, 0) - rows(16 * g + j - 1, 0), WithinAbs(10.0 / 16, 1e-12));
            }
            CHECK(rows(16 * g, 0) > -5);
            CHECK(rows(16 * g + 15, 0) < 5);
            // A group belongs to one half.
            CHECK(rows(16 * g, 4) == rows(16 * g + 15, 4));
            if (g > 0) CHECK(rows(16 * g, 4) != rows(16 * g - 1, 4));
        }
        check_moments(first, 1, 0.5, 1.0 / 3);
        // The lattice is shifted at random, so that means over it are unbiased.
        for (std::size_t g = 0; g < 400; ++g) first(g, 0) += 5;
        check_moments(first, 0, 10.0 / 32, 100.0 / 256 / 3);
        // In means of residuals its points count as if they were normal with the deviation 2, and 1 on average.
        Tape tape;
        tape.begin(false);
        const Variable in = transpose(tape.constant_view(rows.data(), 6400, static_cast<int>(rows.shape(1))));
        const Variable weight = collocation.weight(tape, in);
        Real mean = 0, square = 0;
        for (int i = 0; i < 6400; ++i) {
            mean += weight(0, i) / 6400;
            square += weight(0, i) * rows(static_cast<std::size_t>(i), 0) * rows(static_cast<std::size_t>(i), 0) / 6400;
        }
        CHECK_THAT(mean, WithinAbs(1, 2e-3));
        const Real cut = 2.5, phi = std::exp(-cut * cut / 2) / root_two_pi, inside = std::erf(cut / std::sqrt(2.0));
        CHECK_THAT(square, WithinRel(4 * (1 - 2 * cut * phi / inside), 1e-2));
        CHECK_THAT(weight(0, 3) / weight(0, 8),
                   WithinRel(std::exp((rows(8, 0) * rows(8, 0) - rows(3, 0) * rows(3, 0)) / 8), 1e-12));
    }
    SECTION("normal, in more")
    {
        const Gathering system;
        const FieldSetup parts(system, moments_at(4));
        const Collocation collocation(*parts.fields, {});
        const Matrix rows = collocation.draw(RandomStream(1, "groups"), 8 * 1000);
        Matrix times = make_matrix(1000, 1);
        for (std::size_t i = 0; i < rows.shape(0); ++i) {
            CHECK(rows(i, 2) == rows(i - i % 8, 2));
            times(i / 8, 0) = rows(i, 2);
        }
        check_moments(times, 0, 1, 4.0 / 3);
        for (const std::size_t column : {0, 1}) check_moments(rows, column, 0, 1);
        Tape tape;
        tape.begin(false);
        const Variable in = transpose(tape.constant_view(rows.data(), 16, static_cast<int>(rows.shape(1))));
        const Variable law = collocation.log_proposal_density(tape, in);
        for (std::size_t i = 0; i < 16; ++i)
            CHECK_THAT(law(0, static_cast<int>(i)),
                       WithinAbs(-(rows(i, 0) * rows(i, 0) + rows(i, 1) * rows(i, 1)) / 2, 1e-12));
        CHECK_FALSE(collocation.weight(tape, in).exists());
    }
}

TEST_CASE("a mean over the population is one over its density", "[numerics][galerkin]")
{
    // The Gaussian with the moments, whose network is zero: the residual is the mean of x_1 at the time of each point.
    const Gathering system;
    FieldSettings settings = moments_at(4);
    settings.gaussian_base = true;
    const FieldSetup parts(system, settings);
    const Collocation collocation(*parts.fields, {});
    const ResidualLoss loss(*parts.fields, collocation, parts.residual_settings());
    CHECK(loss.group() == 8);
    Vector theta = make_vector(parts.fields->layout().size());
    for (std::size_t node = 0; node <= 4; ++node) {
        theta(parts.fields->means_entry() + 2 * node) = 3;
        theta(parts.fields->log_deviations_entry() + 2 * node) = std::log(0.5);
    }
    // 10 is no multiple of 8.
    const RandomStream stream(1, "mean");
    SampledObjective objective(loss, parts.fields->layout(), 1);
    objective.draw_sample(stream, 10, 1);
    REQUIRE(objective.sample_count() == 16);
    const Matrix samples = loss.sample(stream, 16);
    Matrix each;
    objective.value(theta, each);
    for (std::size_t g = 0; g < 2; ++g) {
        // Points are drawn from the very law that weighs them: all have the same share.
        Real mean = 0;
        for (std::size_t j = 0; j < 8; ++j) mean += (3 + 0.5 * samples(8 * g + j, 0)) / 8;
        for (std::size_t j = 0; j < 8; ++j) CHECK_THAT(each(8 * g + j, 0), WithinRel(mean * mean, 1e-10));
    }
}

TEST_CASE("points follow the population's moments, for the equations and for users", "[numerics][galerkin]")
{
    const FieldSetup parts("linear_quadratic", {{"dimension", "2"}}, moments_at(5));
    const Collocation collocation(*parts.fields, {});
    const Vector theta = parts.parameters(0.3);
    const Matrix rows = collocation.draw(RandomStream(1, "rows"), 50);
    const Matrix points = collocation.points(theta, rows);
    const Matrix inside = seen_points(parts, collocation, theta, rows, Where::interior),
                 start = seen_points(parts, collocation, theta, rows, Where::initial),
                 end = seen_points(parts, collocation, theta, rows, Where::terminal);
    const PopulationMoments moments = parts.fields->moments(theta.data());
    const auto check = [&](const Matrix& at, std::size_t i, std::size_t first, Real t) {
        CHECK(at(i, 2) == t);
        for (std::size_t k = 0; k < 2; ++k) {
            const auto c = moments.at(t)[static_cast<int>(k)];
            CHECK_THAT(at(i, k), WithinAbs(c.mean + c.deviation * rows(i, first + k), 1e-13));
        }
    };
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        check(points, i, 0, rows(i, 2));
        check(inside, i, 0, rows(i, 2));
        check(start, i, static_cast<std::size_t>(collocation.columns().initial), 0);
        check(end, i, static_cast<std::size_t>(collocation.columns().terminal), 1);
    }
    // At a node the moments are the parameters there.
    const auto c = moments.at(0.6)[1];
    CHECK_THAT(c.mean, WithinAbs(theta(parts.fields->means_entry() + 7), 1e-13));
    CHECK_THAT(std::log(c.deviation), WithinAbs(theta(parts.fields->log_deviations_entry() + 7), 1e-13));

    const FieldSetup torus("torus", {});
    const Collocation plain(*torus.fields, {});
    const Matrix there = plain.draw(RandomStream(1, "rows"), 5), same_points = plain.points(torus.parameters(), there);
    for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t k = 0; k < 3; ++k) CHECK(same_points(i, k) == there(i, k));
}

TEST_CASE("resampling takes each candidate as often as its weight says", "[numerics][galerkin]")
{
    Vector weights = make_vector(50);
    RandomStream(1, "weights").uniform(0, 50, weights.data());
    weights(7) = 0;
    weights(20) = 10;
    Real total = 0;
    for (const Real w : weights) total += w;
    Vector mean = make_vector(50);
    constexpr std::size_t count = 40, draws = 400;
    for (std::size_t k = 0; k < draws; ++k) {
        const auto chosen = resample(weights, count, (static_cast<Real>(k) + 0.5) / draws);
        REQUIRE(chosen.size() == count);
        Vector often = make_vector(50);
        for (const std::size_t i : chosen) often(i) += 1;
        // As evenly as whole numbers can be.
        for (std::size_t i = 0; i < 50; ++i) {
            CHECK(std::abs(often(i) - weights(i) / total * count) < 1);
            mean(i) += often(i) / draws;
        }
    }
    for (std::size_t i = 0; i < 50; ++i) CHECK_THAT(mean(i), WithinAbs(weights(i) / total * count, 2.0 / draws));
}

TEST_CASE("chosen points have the density that is learned, or are where residuals are large", "[numerics][galerkin]")
{
    const GalerkinSetup base({"ergodic_log", {{"dimension", "1"}}, {}});
    const Vector theta = base.parameters(1.5);
    const int n = 4000;
    for (const char* sampling : {"density", "residual"}) {
        INFO(sampling);
        const GalerkinSetup chosen({"ergodic_log",
                                    {{"dimension", "1"}},
                                    {{"sampling", sampling}, {"base_share", "0.25"}, {"candidates", "32"}}});
        const Matrix rows = chosen.loss().training_sample(RandomStream(1, "chosen"), n, theta),
                     plain = chosen.loss().sample(RandomStream(1, "chosen"), n);
        // One in four is left as it was.
        for (std::size_t i = 0; i < rows.shape(0); i += 4) CHECK(rows(i, 0) == plain(i, 0));
        // The mean of a function under the law of the others, by a sum over a grid.
        Matrix grid = make_matrix(512, 2);
        for (std::size_t i = 0; i < 512; ++i) grid(i, 0) = (static_cast<Real>(i) + 0.5) / 512;
        SampledObjective objective(base.loss(), base.layout(), 1);
        objective.set_sample(grid, 1);
        Matrix squares, densities;
        objective.value(theta, squares);
        const GalerkinSetup masses({"ergodic_log", {{"dimension", "1"}}, {{"normalisation", "penalty"}}});
        SampledObjective mass_objective(masses.loss(), masses.layout(), 1);
        mass_objective.set_sample(grid, 1);
        mass_objective.value(theta, densities);
        Real total = 0, expected = 0, uniform = 0;
        const auto function = [](Real x) {
            return std::sin(2 * 3.14159265358979 * x) + std::cos(4 * 3.14159265358979 * x);
        };
        for (std::size_t i = 0; i < 512; ++i) {
            const Real weight = *sampling == 'd' ? densities(i, 4) : std::sqrt(squares(i, 0) + squares(i, 1));
            total += weight;
            expected += weight * function(grid(i, 0));
            uniform += function(grid(i, 0)) / 512;
        }
        expected /= total;
        MonteCarloMean mean;
        for (std::size_t i = 0; i < rows.shape(0); ++i)
            if (i % 4 != 0) mean.add(function(rows(i, 0)));
        CHECK_THAT(mean.mean(), WithinAbs(expected, 4 * mean.standard_error()));
        CHECK(std::abs(expected - uniform) > 5 * mean.standard_error());
    }
}

TEST_CASE("agents of the learned population are put among the points", "[numerics][galerkin]")
{
    const GalerkinSetup setup({"linear_quadratic",
                               {{"dimension", "2"}, {"initial_mean", "1"}, {"initial_deviation", "0.4"}},
                               {{"sampling", "density"}, {"frame_intervals", "10"}}});
    const Vector theta = setup.parameters();
    const RandomStream stream(1, "agents");
    const Matrix plain = setup.loss().sample(stream, 2000), rows = setup.loss().training_sample(stream, 2000, theta);
    std::set<Real> times;
    Matrix agents = make_matrix(1600, 7);
    for (std::size_t i = 0, next = 0; i < rows.shape(0); ++i) {
        if (i % 5 == 0) {
            for (std::size_t k = 0; k < rows.shape(1); ++k) CHECK(rows(i, k) == plain(i, k));
            continue;
        }
        times.insert(rows(i, 2));
        for (std::size_t k = 0; k < 7; ++k) agents(next, k) = rows(i, k);
        ++next;
    }
    CHECK(times.size() == 11);
    CHECK(*times.begin() == 0);
    CHECK(*times.rbegin() == 1);
    check_moments(agents, 2, 0.5, 0.35);
    // Standard coordinates of a population by its moments, which were found from other agents. Agents are drawn
    // more than once, so that the errors of means are larger than those of independent points.
    for (const std::size_t column : {0, 1, 3, 4, 5, 6}) check_moments(agents, column, 0, 1, 8);
}

TEST_CASE("moments are interpolated with third order, and exactly for quadratics", "[numerics][galerkin]")
{
    const auto mean = [](Real t) { return std::sin(2 * t) + t; };
    const auto log_deviation = [](Real t) { return -t + 0.3 * std::cos(3 * t); };
    const Real horizon = 1.5;
    const auto errors = [&](int intervals) {
        const Moments moments(mean, log_deviation, intervals, horizon);
        std::array<Real, 2> worst{};
        for (int j = 0; j <= 1000; ++j) {
            const Real t = horizon * j / 1000;
            const auto c = moments.at(t);
            worst[0] =
                std::max({worst[0], std::abs(c.mean - mean(t)), std::abs(std::log(c.deviation) - log_deviation(t))});
            worst[1] = std::max(worst[1], std::abs(c.mean_rate - (2 * std::cos(2 * t) + 1)));
        }
        return worst;
    };
    const auto coarse = errors(24), fine = errors(48);
    CHECK(std::log2(coarse[0] / fine[0]) + 0.1 > 3);
    CHECK(std::log2(coarse[1] / fine[1]) + 0.1 > 2);
    CHECK(fine[0] < 1e-4);

    for (const int intervals : {3, 4, 7}) {
        INFO(intervals << " intervals");
        const Moments moments([](Real t) { return 1 + 2 * t - 3 * t * t; }, [](Real t) { return t * t - 0.5; },
                              intervals, 2);
        for (int j = 0; j <= 50; ++j) {
            const Real t = 0.04 * j;
            const auto c = moments.at(t);
            CHECK_THAT(c.mean, WithinAbs(1 + 2 * t - 3 * t * t, 1e-13));
            CHECK_THAT(c.mean_rate, WithinAbs(2 - 6 * t, 1e-12));
            CHECK_THAT(std::log(c.deviation), WithinAbs(t * t - 0.5, 1e-13));
            CHECK_THAT(c.log_deviation_rate, WithinAbs(2 * t, 1e-12));
        }
    }
    // Lines where there are too few nodes for more.
    for (const int intervals : {1, 2}) {
        const Moments moments([](Real t) { return 1 - 2 * t; }, [](Real t) { return 0.3 * t; }, intervals, 2);
        for (const Real t : {0.0, 0.3, 1.0, 1.7, 2.0}) {
            CHECK_THAT(moments.at(t).mean, WithinAbs(1 - 2 * t, 1e-13));
            CHECK_THAT(moments.at(t).mean_rate, WithinAbs(-2, 1e-13));
            CHECK_THAT(moments.at(t).log_deviation_rate, WithinAbs(0.3, 1e-13));
        }
    }
}

TEST_CASE("the rates of moments are their derivatives", "[numerics][galerkin]")
{
    const Moments moments([](Real t) { return std::sin(9 * t); }, [](Real t) { return std::cos(7 * t); }, 8, 1);
    const Real h = 1e-5;
    for (int j = 1; j < 100; ++j) {
        const Real t = 0.01 * j;
        const auto c = moments.at(t), above = moments.at(t + h), below = moments.at(t - h);
        CHECK_THAT(c.mean_rate, WithinAbs((above.mean - below.mean) / (2 * h), 1e-2 * h / 1e-5));
        CHECK_THAT(c.log_deviation_rate,
                   WithinAbs((std::log(above.deviation) - std::log(below.deviation)) / (2 * h), 1e-2 * h / 1e-5));
        // In time, rates have no jumps: at the nodes, too.
        if (j % 25 == 0) CHECK_THAT(moments.at(t + 1e-9).mean_rate, WithinAbs(moments.at(t - 1e-9).mean_rate, 1e-5));
    }
}

TEST_CASE("moments are fitted to points, and stay where these are not finite", "[numerics][galerkin]")
{
    Real means[4] = {7, 7, 7, 7}, log_deviations[4] = {7, 7, 7, 7};
    Matrix points = make_matrix(4, 2);
    for (std::size_t i = 0; i < 4; ++i) points(i, 0) = static_cast<Real>(i);
    points(2, 1) = std::nan("");
    PopulationMoments::fit(points, 1, 0.1, means, log_deviations);
    CHECK(means[0] == 7);
    CHECK_THAT(means[2], WithinAbs(1.5, 1e-15));
    CHECK_THAT(log_deviations[2], WithinAbs(std::log(std::sqrt(1.25)), 1e-15));
    CHECK(means[3] == 7);
    CHECK(log_deviations[3] == 7);
    for (std::size_t i = 0; i < 4; ++i) points(i, 0) = 5;
    PopulationMoments::fit(points, 0, 0.1, means, log_deviations);
    CHECK_THAT(log_deviations[0], WithinAbs(std::log(0.1), 1e-15));
}

TEST_CASE("agents without noise move with second order", "[numerics][galerkin]")
{
    const TradingMarket market;
    const CrowdTradingSolution solution(market);
    const FieldSetup parts("crowd_trading", {});
    const FormulaSolution exact(*parts.system, parts.system->reference().value());
    const auto error = [&](int steps) {
        const Cube all = simulate_population(exact, RandomStream(1, "agents"), 64, {4, steps}).positions;
        CHECK(all.shape(0) == 5);
        CHECK(all.shape(1) == 64);
        Real worst = 0;
        for (std::size_t node = 0; node < 5; ++node) {
            const Real t = static_cast<Real>(node) / 4;
            for (std::size_t i = 0; i < 64; ++i) {
                // Each keeps its place in the Gaussian.
                const Real z = (all(0, i, 0) - solution.mean(0)) / solution.deviation(0);
                worst = std::max(worst, std::abs(all(node, i, 0) - solution.mean(t) - solution.deviation(t) * z));
            }
        }
        return worst;
    };
    const Real coarse = error(8), fine = error(16), finest = error(32);
    CHECK(std::log2(coarse / fine) + 0.2 > 2);
    CHECK(std::log2(fine / finest) + 0.1 > 2);
    CHECK(finest < 0.01);
    // As they are at the nodes, one a row.
    const Simulation population = simulate_population(exact, RandomStream(1, "agents"), 10, {4});
    const Matrix last = population.at(4);
    for (std::size_t i = 0; i < 10; ++i) CHECK(last(i, 0) == population.positions(4, i, 0));
    CHECK(last.shape(0) == 10);
}

TEST_CASE("agents with noise have the mean and deviation of the exact population", "[numerics][galerkin]")
{
    LinearQuadraticSolution::Settings s;
    s.initial_mean = Vector{1, -0.5};
    s.initial_variance = 0.16;
    const LinearQuadraticSolution solution(s);
    const FieldSetup parts("linear_quadratic",
                           {{"dimension", "2"}, {"initial_mean", "1,-0.5"}, {"initial_deviation", "0.4"}},
                           moments_at(16));
    const FormulaSolution exact(*parts.system, parts.system->reference().value());
    constexpr int agents = 4000;
    const Simulation population = simulate_population(exact, RandomStream(1, "agents"), agents, {16});
    std::vector<Real> means(34), log_deviations(34);
    for (int node = 0; node <= 16; ++node)
        PopulationMoments::fit(population.at(static_cast<std::size_t>(node)), node, 1e-6, means.data(),
                               log_deviations.data());
    const PopulationMoments moments{means.data(), log_deviations.data(), 2, 16, 1};
    for (int j = 0; j <= 40; ++j) {
        const Real t = j / 40.0;
        for (int k = 0; k < 2; ++k) {
            const auto c = moments.at(t)[k];
            // Agents come in pairs that mirror each other, so that means have the error of the time steps alone.
            CHECK_THAT(c.mean, WithinAbs(solution.mean_factor(t) * s.initial_mean(static_cast<std::size_t>(k)), 1e-3));
            CHECK_THAT(c.deviation, WithinRel(solution.deviation(t), 0.01 + 4 / std::sqrt(1.0 * agents)));
        }
    }
    // It does move, and it widens.
    CHECK(solution.mean_factor(1) < 0.6);
    CHECK(solution.deviation(1) > 1.3 * solution.deviation(0));
}

TEST_CASE("after a refresh the mass is 1 and the mean of the value function 0", "[numerics][galerkin]")
{
    const FieldSetup parts("ergodic_log", {{"dimension", "2"}});
    const Collocation collocation(*parts.fields, {});
    const ComputedParameters computed(*parts.fields, collocation, {});
    Vector theta = parts.parameters(0.4);
    constexpr std::size_t cells = 64;
    Matrix grid = make_matrix(cells * cells, 2);
    for (std::size_t i = 0; i < grid.shape(0); ++i) {
        grid(i, 0) = (static_cast<Real>(i / cells) + 0.5) / cells;
        grid(i, 1) = (static_cast<Real>(i % cells) + 0.5) / cells;
    }
    struct Means {
        Real mass = 0, value = 0, size = 0;
    };
    const auto means = [&](const Vector& at) {
        const NetworkSolution solution(*parts.fields, at);
        Means found;
        for (const Real w : solution.value("log_density", grid)) found.mass += std::exp(w) / (cells * cells);
        for (const Real v : solution.value("phi", grid)) {
            found.value += v / (cells * cells);
            found.size += v * v / (cells * cells);
        }
        return found;
    };
    const Means before = means(theta);
    CHECK(std::abs(before.mass - 1) > 0.05);
    CHECK(std::abs(before.value) > 0.05);
    const Vector start = theta;
    // With the first sample, every fourth one from there on, and at the end.
    for (const std::uint64_t sample : {1, 5, 0}) {
        INFO("sample " << sample);
        theta = start;
        const RandomStream stream(1, "adaptation", sample);
        if (sample > 0)
            computed.refresh(theta, stream, sample);
        else
            computed.finish(theta, stream);
        const Means after = means(theta);
        CHECK_THAT(after.mass, WithinAbs(1, 1e-3));
        CHECK_THAT(after.value, WithinAbs(0, 1e-3 * std::sqrt(after.size)));
        // The ergodic constant follows; nothing else has changed.
        const NetworkSolution solution(*parts.fields, theta);
        const std::size_t constant = parts.fields->constant_entry(0);
        CHECK_THAT(theta(constant), WithinRel(solution.refined_constant({grid}).value, 0.1));
        CHECK(std::abs(theta(constant) - start(constant)) > 1);
        for (std::size_t i = 0; i < theta.size(); ++i)
            if (i != parts.fields->shift_entry(0) && i != parts.fields->shift_entry(1) && i != constant)
                REQUIRE(theta(i) == start(i));
    }
    // Not with every sample.
    for (const std::uint64_t sample : {2, 3, 4, 6}) {
        theta = start;
        computed.refresh(theta, RandomStream(1, "adaptation", sample), sample);
        CHECK(same(theta, start));
    }
    // Penalties take the place of what is computed.
    const GalerkinSetup penalised(
        {"ergodic_log", {{"dimension", "2"}}, {{"normalisation", "penalty"}, {"mass_weight", "1"}}});
    theta = start;
    penalised.formulation->refresh(theta, RandomStream(1, "adaptation"), 1);
    CHECK(same(theta, start));
    // With all numbers beyond what exp can do.
    for (const auto& [block, offset] : parts.fields->layout().entries())
        if (block.name == "log_density.output.bias") theta(offset) = 2000;
    computed.refresh(theta, RandomStream(1, "adaptation"), 1);
    CHECK_THAT(means(theta).mass, WithinAbs(1, 1e-3));
}

TEST_CASE("a density that is learned itself starts as 1 and keeps its mass", "[numerics][galerkin]")
{
    const GalerkinSetup setup({"ergodic_log", {{"dimension", "1"}}, {{"density", "direct"}}},
                              {{"width", "5"}, {"layers", "1"}});
    const auto measures = [&](const Vector& theta) {
        return assess(*setup.formulation->solution(theta), RandomStream(1, "measures"), 500).at("errors");
    };
    // m = 1 and phi = 0 against exp(-2 phi)/Z with a small phi.
    Vector theta = setup.layout().initialise(1);
    CHECK(measures(theta).at("density") < 0.2);
    CHECK_THAT(measures(theta).at("value"), WithinAbs(1, 1e-12));
    // Whatever is added to the network, the mass is 1 again.
    const auto entry = [&](const std::string& name) {
        for (const auto& [block, offset] : setup.layout().entries())
            if (block.name == name) return offset;
        throw Error("no block " + name);
    };
    const Real before = measures(theta).at("density");
    theta(entry("density.output.bias")) = 7;
    CHECK(measures(theta).at("density") > 5);
    setup.formulation->refresh(theta, RandomStream(1, "adaptation"), 1);
    CHECK_THAT(measures(theta).at("density"), WithinAbs(before, 1e-9));
}

TEST_CASE("moments of the population are computed every so many samples, and at the end", "[numerics][galerkin]")
{
    const FieldSetup parts("linear_quadratic", {{"dimension", "2"}, {"initial_mean", "1"}}, moments_at(6));
    const Collocation collocation(*parts.fields, {});
    ComputedParameters::Settings settings;
    settings.refresh_every = 4;
    const ComputedParameters computed(*parts.fields, collocation, settings);
    const std::size_t first = parts.fields->means_entry(), size = parts.fields->layout().size();
    CHECK(size == first + 28);
    Vector theta = parts.parameters();
    std::vector<std::uint64_t> changes;
    for (std::uint64_t sample = 1; sample <= 12; ++sample) {
        const Vector before = theta;
        computed.refresh(theta, RandomStream(1, "adaptation", sample), sample);
        for (std::size_t i = 0; i < first; ++i) REQUIRE(theta(i) == before(i));
        if (!same(theta, before)) changes.push_back(sample);
        for (std::size_t i = 0; i < first; ++i) theta(i) += 0.01;
    }
    CHECK(changes == std::vector<std::uint64_t>{1, 5, 9});
    const Vector before = theta;
    computed.finish(theta, RandomStream(1, "adaptation"));
    CHECK_FALSE(same(theta, before));
    // It starts from the initial law.
    CHECK_THAT(theta(first), WithinAbs(1, 0.02));
    CHECK_THAT(theta(first + 1), WithinAbs(0, 0.02));
}

TEST_CASE("moments go a share of the way to the next ones", "[numerics][galerkin]")
{
    const char* problem = GENERATE("linear_quadratic", "crowd_trading");
    INFO(problem);
    const FieldSetup parts(problem, {}, moments_at(6));
    const Collocation collocation(*parts.fields, {});
    ComputedParameters::Settings settings;
    settings.refresh_every = 4;
    const ComputedParameters whole(*parts.fields, collocation, settings);
    settings.moment_step = 0.25;
    const ComputedParameters damped(*parts.fields, collocation, settings);
    const Vector start = parts.parameters();
    const RandomStream stream(1, "adaptation");
    for (const std::uint64_t sample : {0, 1, 5}) {
        INFO("sample " << sample);
        Vector all = start, part = start;
        for (const auto& [computed, theta] : {std::pair(&whole, &all), std::pair(&damped, &part)})
            if (sample > 0)
                computed->refresh(*theta, stream, sample);
            else
                computed->finish(*theta, stream);
        // The first and the final one are taken as they are.
        const Real step = sample == 5 ? 0.25 : 1;
        CHECK_FALSE(same(all, start));
        for (std::size_t i = 0; i < start.size(); ++i)
            REQUIRE_THAT(part(i), WithinAbs((1 - step) * start(i) + step * all(i), 1e-12));
    }
}

TEST_CASE("the moments of agents with noise are smooth in time", "[numerics][galerkin]")
{
    const FieldSetup parts("linear_quadratic",
                           {{"dimension", "2"}, {"initial_mean", "1,-0.5"}, {"initial_deviation", "0.5"}},
                           moments_at(24));
    const Collocation collocation(*parts.fields, {});
    const ComputedParameters computed(*parts.fields, collocation, {});
    const std::size_t first = parts.fields->means_entry();
    SECTION("without a control they spread by the noise alone")
    {
        Vector theta = make_vector(parts.fields->layout().size());
        computed.refresh(theta, RandomStream(1, "adaptation"), 1);
        const PopulationMoments moments = parts.fields->moments(theta.data());
        for (int k = 0; k < 2; ++k) {
            const auto start = moments.at(0)[k];
            CHECK_THAT(start.mean, WithinAbs(k == 0 ? 1 : -0.5, 1e-6));
            CHECK_THAT(start.deviation, WithinRel(0.5, 0.05));
            const Real variance = start.deviation * start.deviation;
            for (int node = 1; node <= 24; ++node) {
                const Real t = node / 24.0;
                const auto c = moments.at(t)[k];
                CHECK_THAT(c.mean, WithinAbs(start.mean, 1e-12));
                CHECK_THAT(c.deviation * c.deviation, WithinRel(variance + t, 1e-10));
                // Up to the interpolation.
                CHECK_THAT(c.log_deviation_rate, WithinRel(0.5 / (variance + t), 0.05));
            }
        }
        // Another simulation is no reason for other moments.
        Vector again = theta;
        computed.refresh(again, RandomStream(2, "adaptation"), 1);
        for (std::size_t i = first; i < theta.size(); ++i) CHECK_THAT(again(i), WithinAbs(theta(i), 1e-12));
    }
    SECTION("with any control it is where they are")
    {
        Vector theta = parts.parameters(0.2);
        const NetworkSolution solution(*parts.fields, theta);
        computed.finish(theta, RandomStream(1, "adaptation"));
        const PopulationMoments moments = parts.fields->moments(theta.data());
        const Simulation many = simulate_population(solution, RandomStream(7, "many"), 8000, {24, 2});
        for (int node = 0; node <= 24; ++node) {
            const Matrix x = many.at(static_cast<std::size_t>(node));
            Real means[2], log_deviations[2];
            PopulationMoments::fit(x, 0, 0, means, log_deviations);
            for (int k = 0; k < 2; ++k) {
                const auto c = moments.at(node / 24.0)[k];
                CHECK_THAT(c.mean, WithinAbs(means[k], 0.03 * c.deviation));
                CHECK_THAT(c.deviation, WithinRel(std::exp(log_deviations[k]), 0.05));
            }
        }
        // They do move.
        CHECK(std::abs(moments.at(1)[1].mean + 0.5) > 0.3);
    }
}
