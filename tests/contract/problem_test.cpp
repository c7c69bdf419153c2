#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/pde_system.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/solution.hpp>
#include <mfg/testing/contracts.hpp>
#include <mfg/testing/problem_checks.hpp>
#include "problems/common/ring_torus.hpp"

#include "contract.hpp"

#include <cmath>

using namespace mfg;

namespace {

/// Agents in one dimension drift with b = -x, do not diffuse and aim at nothing but being near 0: with a1 = 1 and
/// terminal cost q/2 x^2 the value function is p(t) x^2 / 2, p' = 2 p + p^2, p(T) = q.
class Regulator final : public MeanFieldGame {
public:
    enum class Fault {
        none,
        value_sign,
        drift,
        terms,
        initial,
        terminal,
        defaults,
        rows,
        point_length,
        point_value,
        point_name
    };

    explicit Regulator(Fault fault = Fault::none)
        : fault_(fault), initial_(make_vector(1), make_vector(1, fault == Fault::initial ? 0.55 : variance))
    {
    }

    int dimension() const override { return 1; }
    CostWeights weights() const override { return {1, 0, 1}; }
    const Density& initial_density() const override { return initial_; }
    Jet drift(const State& s) const override { return (fault_ == Fault::drift ? -1.01 : -1.0) * s.x; }
    Jet terminal_cost(const State& s) const override
    {
        Jet g = (fault_ == Fault::terminal ? 0.51 : 0.5) * q * square(s.x);
        if (fault_ == Fault::rows) g = g * (1 + 0.01 * s.x.samples());
        return g;
    }
    std::vector<std::pair<std::string, std::string>> defaults() const override
    {
        return {{"method", "lagrangian"},
                {"optimizer", "adam,bfgs"},
                {"adam.rate", "0.01"},
                {fault_ == Fault::defaults ? "trainning.samples" : "training.samples", "100"}};
    }

    std::optional<Reference> reference() const override
    {
        // With z = 1 + c e^{2t}, c = -(q / (q + 2)) e^{-2T}: p = -2 c e^{2t} / z, and positions are x0 sqrt-free:
        // x' = -(1 + p) x has the solution x = x0 e^{-t} z(t) / z(0).
        const Real sign = fault_ == Fault::value_sign ? -1 : 1;
        const auto value = [sign](const State& s) {
            const Jet e = c() * exp(2.0 * s.t);
            return sign * square(s.x) * (-1.0 * e) * reciprocal(e + 1.0);
        };
        const auto log_density = [](const State& s) {
            const Jet z = c() * exp(2.0 * s.t) + 1.0;
            // The deviation is the initial one times e^{-t} z(t) / z(0).
            const Jet log_deviation = log(z) - s.t + (0.5 * std::log(variance) - std::log(1 + c()));
            return -0.5 * square(s.x) * exp(-2.0 * log_deviation) - log_deviation - log_two_pi / 2;
        };
        const Real p0 = -2 * c() / (1 + c()), end = std::exp(-1.0) * (1 + c() * std::exp(2.0)) / (1 + c());
        const Real total = p0 * variance / 2, terminal = q * variance * end * end / 2;
        Reference exact{
            value,
            log_density,
            {{"transport", (total - terminal) * (fault_ == Fault::terms ? 1.1 : 1)}, {"terminal", terminal}},
            "Riccati equation"};
        const Vector point =
            fault_ == Fault::point_length ? Vector{1} : Vector{fault_ == Fault::point_value ? 0.0 : 1.0, 0};
        exact.points = {{fault_ == Fault::point_name ? "control" : "start", point}};
        return exact;
    }

private:
    static constexpr Real q = 1.5, variance = 0.5;
    static Real c() { return -q / (q + 2) * std::exp(-2.0); }

    Fault fault_;
    Gaussian initial_;
};

/// Agents of a plane that interact.
class Flock final : public MeanFieldGame {
public:
    explicit Flock(Interaction interaction) : interaction_(std::move(interaction)) {}

    int dimension() const override { return 2; }
    const Density& initial_density() const override { return initial_; }
    Jet terminal_cost(const State& s) const override { return norm_squared(s.x); }
    std::optional<Interaction> interaction() const override { return interaction_; }

private:
    Interaction interaction_;
    Gaussian initial_ = Gaussian::isotropic(2, {1}, 0.5);
};

/// A game without an end on the circle: phi = -c sin 2 pi x, nu = 1/2, with one thing wrong.
class Waves final : public ErgodicGame {
public:
    enum class Fault { none, value_sign, value_mean, constant, density, population, period };

    explicit Waves(Fault fault = Fault::none) : ErgodicGame(2), fault_(fault), exact_(2, 0.3, 0.1) {}

    Real viscosity() const override { return 0.5; }
    Coupling coupling() const override { return Coupling::game; }
    Jet running_cost(const State& s) const override
    {
        const Jet cost = exact_.cost(s.x) + s.log_density;
        return fault_ == Fault::period ? cost + 0.01 * sum(s.x) : cost;
    }
    std::optional<Reference> reference() const override
    {
        Reference exact;
        exact.value = [this](const State& s) {
            const Jet phi = (fault_ == Fault::value_sign ? -1 : 1) * exact_.value(s.x);
            return fault_ == Fault::value_mean ? phi + 0.05 : phi;
        };
        exact.log_density = [this](const State& s) {
            const Jet w = exact_.law().log_density(s.x);
            return fault_ == Fault::density ? w + 0.05 : w;
        };
        exact.constant = exact_.constant() + (fault_ == Fault::constant ? 0.01 : 0);
        exact.population = [this](const RandomStream& stream, int count) {
            Matrix x = exact_.law().sample(stream, count);
            for (Real& coordinate : x)
                if (fault_ == Fault::population) coordinate = std::fmod(coordinate + 0.1, 1);
            return x;
        };
        return exact;
    }

private:
    Fault fault_;
    ErgodicTorus exact_;
};

/// crowd_trading as it is, or with one thing wrong.
class Traders final : public PdeSystem {
public:
    enum class Fault { none, value_sign, interaction, density, population, times, ansatz, measure, figure, name };

    explicit Traders(const PdeSystem& right, Fault fault = Fault::none) : right_(right), fault_(fault) {}

    int dimension() const override { return right_.dimension(); }
    Real horizon() const override { return right_.horizon(); }
    std::vector<Unknown> unknowns() const override { return right_.unknowns(); }
    const Density* initial_density() const override { return right_.initial_density(); }
    Jet velocity(const Fields& f) const override { return right_.velocity(f); }
    int agents_per_time() const override { return right_.agents_per_time(); }
    bool has_hard_condition(std::string_view) const override { return true; }

    std::vector<Equation> equations() const override
    {
        std::vector<Equation> all = right_.equations();
        if (fault_ == Fault::name) all[1].name = all[0].name;
        if (fault_ != Fault::interaction) return all;
        all[0].residual = [this, right = all[0].residual](const Fields& f) {
            return right(f) + 0.01 * (f.population_mean(right_.velocity(f)) * f.x);
        };
        return all;
    }
    Jet hard_condition(std::string_view unknown, const Jet& x, const Jet& t, const Jet& network) const override
    {
        return right_.hard_condition(unknown, x, fault_ == Fault::ansatz ? t + 0.01 : t, network);
    }
    std::optional<Reference> reference() const override
    {
        Reference exact = *right_.reference();
        if (fault_ == Fault::value_sign) exact.value = [v = exact.value](const State& s) { return -v(s); };
        if (fault_ == Fault::density)
            exact.log_density = [w = exact.log_density](const State& s) { return w(s) + 0.1; };
        if (fault_ == Fault::population || fault_ == Fault::times)
            exact.population = [p = exact.population, column = fault_ == Fault::times ? 1u : 0u](
                                   const RandomStream& stream, int count) {
                Matrix points = p(stream, count);
                for (std::size_t i = 0; i < points.shape(0); ++i) points(i, column) *= 0.95;
                return points;
            };
        return exact;
    }
    Measures measures(const Solution&, const RandomStream&, int) const override
    {
        return {{"errors", {{"control", fault_ == Fault::measure ? 0.1 : 0}}}};
    }
    std::vector<Figure> figures(const Solution&, const RandomStream&) const override
    {
        const Matrix table = make_matrix(2, 2, fault_ == Fault::figure ? std::nan("") : 0);
        return {{"figure", "", {{"curve", "", Curves{table, {"one"}, "", ""}}}}};
    }

private:
    const PdeSystem& right_;
    Fault fault_;
};

/// Samples of one Gaussian, the formula of another.
class Mismatch : public Density {
public:
    Mismatch(Real shift, Real factor, Real scale) : shift_(shift), factor_(factor), scale_(scale) {}
    int dimension() const override { return 2; }
    Jet log_density(const Jet& x) const override { return law_.log_density(x) + shift_; }
    Matrix draw(const RandomStream& stream, Index count) const override
    {
        Matrix x = law_.sample(stream, count);
        for (std::size_t i = 0; i < x.shape(0); ++i) x(i, 0) = factor_ * x(i, 0) + scale_;
        return x;
    }

protected:
    Real shift_, factor_, scale_;
    Gaussian law_{make_vector(2, 1), make_vector(2, 0.3)};
};

/// Control features whose expectations are not zero: they belong to samples that are not shifted.
class WrongFeatures final : public Mismatch {
public:
    WrongFeatures() : Mismatch(0, 1, 0) {}
    Matrix control_variates(const Matrix& points, Index most) const override
    {
        Matrix shifted = points;
        for (std::size_t i = 0; i < points.shape(0); ++i) shifted(i, 1) += 0.1;
        return law_.control_variates(shifted, most);
    }
};

}  // namespace

TEST_CASE("every problem keeps the contract", "[contract][problem]")
{
    require_all_plugins("problem", 15);
}

TEST_CASE("problems keep the contract with other settings", "[contract][problem]")
{
    Registry registry;
    require_all(check_problem(*registry.create<Problem>("gaussian_transport", {{"dimension", "1"},
                                                                               {"horizon", "2.5"},
                                                                               {"transport_weight", "0.7"},
                                                                               {"terminal_weight", "3"},
                                                                               {"covariance", "0.9"},
                                                                               {"start", "-1"},
                                                                               {"end", "0.5"}})));
    require_all(check_problem(
        *registry.create<Problem>("optimal_transport", {{"dimension", "5"}, {"centres", "3"}, {"horizon", "0.5"}})));
    require_all(check_problem(*registry.create<Problem>("crowd_motion", {{"congestion_weight", "0.4"},
                                                                         {"congestion_power", "0.7"},
                                                                         {"interaction_weight", "1"},
                                                                         {"entropy_weight", "0"},
                                                                         {"horizon", "0.8"}})));
}

TEST_CASE("problems with exact solutions keep the contract with other settings", "[contract][problem]")
{
    Registry registry;
    using Given = std::map<std::string, std::string>;
    const std::pair<const char*, Given> all[] = {
        {"ode", {{"end", "2"}, {"start_value", "-0.5"}}},
        {"poisson", {{"dimension", "1"}}},
        {"poisson", {{"dimension", "3"}}},
        {"ergodic_log", {{"amplitude", "0.5"}, {"coupling", "control"}, {"dimension", "3"}}},
        {"ergodic_log", {{"variant", "coupled"}}},
        {"ergodic_log", {{"variant", "coupled"}, {"coupling", "control"}, {"dimension", "2"}, {"interaction", "-0.3"}}},
        {"ergodic_square", {{"dimension", "2"}, {"coupling", "control"}, {"viscosity", "0.2"}}},
        {"torus", {{"interaction", "0.2"}, {"dimension", "3"}, {"horizon", "0.4"}}},
        {"linear_quadratic", {{"initial_mean", "1"}, {"initial_deviation", "0.4"}}},
        {"linear_quadratic", {{"initial_mean", "1,-0.5"}, {"initial_deviation", "0.2"}, {"dimension", "4"}}},
        {"linear_quadratic",
         {{"initial_mean", "-2"}, {"initial_deviation", "1.5"}, {"gamma", "0"}, {"horizon", "3"}, {"beta", "0.5"}}},
        {"linear_quadratic", {{"viscosity", "0"}, {"initial_deviation", "1"}, {"gamma", "0.7"}}},
        {"mean_attraction", {{"initial_mean", "1"}, {"horizon", "1.5"}}},
        {"mean_attraction", {{"initial", "normal"}, {"initial_mean", "-0.7"}, {"dimension", "3"}}},
        {"mean_attraction", {{"initial", "normal"}, {"initial_mean", "2"}, {"attraction", "0"}, {"noise", "0"}}},
        {"cole_hopf", {{"dimension", "1"}}},
        {"cole_hopf", {{"dimension", "3"}, {"horizon", "4"}, {"initial_deviation", "1.5"}}},
        {"schroedinger_bridge", {{"dimension", "3"}, {"viscosity", "0.7"}, {"start", "0.5"}, {"end", "2"}}},
        {"schroedinger_bridge",
         {{"viscosity", "0"}, {"horizon", "2"}, {"transport_weight", "0.7"}, {"terminal_weight", "1"}}},
        {"schroedinger_bridge", {{"dimension", "1"}, {"terminal_weight", "500"}, {"target_covariance", "0.01"}}},
        {"crowd_trading", {{"horizon", "3"}, {"initial_mean", "-2"}, {"initial_deviation", "0.5"}}},
        {"crowd_trading", {{"gamma", "0"}, {"kappa", "0.5"}, {"penalty", "0.4"}, {"terminal_penalty", "0.3"}}}};
    for (const auto& [name, given] : all) {
        INFO("problem " << name << ", " << given.begin()->first << " = " << given.begin()->second);
        require_all(check_problem(*registry.create<Problem>(name, given)));
    }
    CHECK_THROWS_AS(registry.create<Problem>("ergodic_log", {{"variant", "coupled"}, {"dimension", "1"}}), Error);
    CHECK_THROWS_AS(registry.create<Problem>("linear_quadratic", {{"initial_mean", "1,2,3"}}), Error);
}

TEST_CASE("the problem contract rejects wrong ergodic games", "[contract][problem]")
{
    using Fault = Waves::Fault;
    const auto check = [](Fault fault) { return check_problem(Waves(fault)); };
    require_all(check(Fault::none));
    CHECK(fails(check(Fault::value_sign), "Hamilton-Jacobi-Bellman"));
    CHECK(fails(check(Fault::value_sign), "Kolmogorov"));
    CHECK(fails(check(Fault::value_mean), "normalisations"));
    CHECK(fails(check(Fault::constant), "Hamilton-Jacobi-Bellman"));
    CHECK(fails(check(Fault::density), "Hamilton-Jacobi-Bellman"));
    CHECK(fails(check(Fault::density), "normalisations"));
    CHECK(fails(check(Fault::population), "samples have the law"));
    CHECK(fails(check(Fault::period), "running cost: period"));
}

TEST_CASE("the problem contract rejects wrong interactions", "[contract][problem]")
{
    const auto kernel = [](std::function<Jet(const Jet&)> k, int coordinates = 0) {
        return check_problem(Flock(Interaction::of_pairs(std::move(k), coordinates)));
    };
    const auto attraction = [](std::function<Jet(const Jet&)> f, int coordinates = 0) {
        return check_problem(Flock(Interaction::with_mean(std::move(f), coordinates)));
    };
    const std::string function = "function of each squared distance alone", quadratic = "quadratic form";
    require_all(kernel([](const Jet& s) { return 0.7 * exp(-0.5 * s); }));
    require_all(kernel([](const Jet& s) { return 1 / (s + 1); }, 1));
    require_all(kernel([](const Jet&) { return Jet{}; }));
    require_all(attraction([](const Jet& u) { return 0.5 * norm_squared(u); }));
    require_all(attraction([](const Jet& u) { return square(u[0]) - 3 * u[0] * u[1]; }));
    require_all(attraction([](const Jet& u) { return 2 * square(u); }, 1));
    // Rounding may make a squared distance negative.
    CHECK(fails(kernel([](const Jet& s) { return sqrt(s); }), "kernel is finite"));
    CHECK(fails(kernel([](const Jet& s) { return exp(-1.0 * s) * s.samples(); }), function));
    CHECK(fails(kernel([](const Jet& s) { return sum(exp(-1.0 * s)); }), function));
    CHECK(fails(kernel([](const Jet& s) {
                    const Jet k = exp(-1.0 * s);
                    if (k.shape().order == 0) return k;
                    return Jet::scalar(k.value(), combine({{2, k.derivative(0)}}), {}, k.shape());
                }),
                "derivative of the kernel"));
    CHECK(fails(attraction([](const Jet& u) { return square(norm_squared(u)); }), quadratic));
    CHECK(fails(attraction([](const Jet& u) { return norm_squared(u) + u[0]; }), quadratic));
    CHECK(fails(attraction([](const Jet& u) { return norm_squared(u) + 0.1; }), quadratic));
    // This one is even, and four times as large at twice the offset.
    CHECK(fails(attraction([](const Jet& u) { return sqrt(sum(square(square(u)))); }), quadratic));
    CHECK(fails(kernel([](const Jet& s) { return exp(-1.0 * s); }, 3), "coordinates that exist"));
    CHECK(fails(check_problem(Flock({})), "a kernel or an attraction"));
}

TEST_CASE("the problem contract rejects wrong systems", "[contract][problem]")
{
    using Fault = Traders::Fault;
    Registry registry;
    const auto problem = registry.create<Problem>("crowd_trading");
    const auto check = [&](Fault fault) { return check_problem(Traders(*problem->pde_system(), fault)); };
    require_all(check(Fault::none));
    CHECK(fails(check(Fault::value_sign), "equation hjb"));
    CHECK(fails(check(Fault::value_sign), "equation terminal"));
    CHECK(fails(check(Fault::interaction), "equation hjb"));
    CHECK(fails(check(Fault::density), "equation initial"));
    CHECK(fails(check(Fault::population), "samples have the law"));
    CHECK(fails(check(Fault::times), "times are uniform"));
    CHECK(fails(check(Fault::ansatz), "ansatz"));
    CHECK(fails(check(Fault::measure), "own measures"));
    CHECK(fails(check(Fault::figure), "figures"));
    CHECK(fails(check(Fault::name), "names make sense"));
}

TEST_CASE("the problem contract rejects wrong problems", "[contract][problem]")
{
    using Fault = Regulator::Fault;
    const auto check = [](Fault fault) { return check_problem(Regulator(fault)); };
    require_all(check(Fault::none));
    CHECK(fails(check(Fault::value_sign), "Hamilton-Jacobi-Bellman"));
    CHECK(fails(check(Fault::value_sign), "terminal condition"));
    CHECK(fails(check(Fault::drift), "Hamilton-Jacobi-Bellman"));
    CHECK(fails(check(Fault::drift), "Kolmogorov"));
    CHECK(fails(check(Fault::terms), "stated transport"));
    CHECK(fails(check(Fault::initial), "initial density"));
    CHECK(fails(check(Fault::terminal), "terminal condition"));
    CHECK(fails(check(Fault::defaults), "defaults"));
    CHECK(fails(check(Fault::rows), "batch"));
    for (const Fault fault : {Fault::point_length, Fault::point_value, Fault::point_name})
        CHECK(fails(check(fault), "points of their own error"));
}

TEST_CASE("the density contract rejects samples of another law and a wrong normalisation", "[contract][problem]")
{
    require_all(check_density(Mismatch(0, 1, 0), "law"));
    CHECK(fails(check_density(Mismatch(0, 1, 0.1), "law"), "samples have the law"));
    CHECK(fails(check_density(Mismatch(0, 1.1, 0), "law"), "samples have the law"));
    CHECK(fails(check_density(Mismatch(0.01, 1, 0), "law"), "integral"));
    CHECK(fails(check_density(WrongFeatures(), "law"), "control features"));
}

TEST_CASE("the density contract rejects what is wrong on the torus", "[contract][problem]")
{
    /// A law on the circle, or nearly so.
    class Circle final : public Density {
    public:
        Circle(Real shift, Real samples) : shift_(shift), samples_(samples) {}
        int dimension() const override { return 1; }
        Jet log_density(const Jet& x) const override { return law_.log_density(x) + shift_ * x; }
        Matrix draw(const RandomStream& stream, Index count) const override
        {
            Matrix x = law_.sample(stream, count);
            for (Real& coordinate : x) coordinate = std::fmod(coordinate + samples_, 1);
            return x;
        }

    private:
        Real shift_, samples_;
        RingTorus law_{1, 0.4, 0};
    };
    require_all(check_density(Circle(0, 0), "law", Box::unit(1, Face::periodic)));
    CHECK(fails(check_density(Circle(0.01, 0), "law", Box::unit(1, Face::periodic)), "period"));
    CHECK(fails(check_density(Circle(0, 0.05), "law", Box::unit(1, Face::periodic)), "samples have the law"));
    CHECK(fails(check_density(Circle(0, -0.5), "law", Box::unit(1, Face::periodic)), "period"));
}
