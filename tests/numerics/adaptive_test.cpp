#include <mfg/base/constants.hpp>
#include <mfg/integrator.hpp>
#include <mfg/plugin/registry.hpp>

#include "allocation_counter.hpp"
#include "catch.hpp"
#include "setup.hpp"

#include <cmath>

using namespace mfg;

namespace {

const std::vector<std::string> adaptive_integrators{"dormand_prince", "cash_karp"};

/// Counts evaluations of the right-hand side.
class Counted : public OdeSystem {
public:
    mutable int evaluations = 0;
};

/// The Kepler problem; with `kepler_start` the orbit has eccentricity e and period 2 pi.
class Kepler final : public Counted {
public:
    OdeState derivative(Real, const OdeState& y) const override
    {
        ++evaluations;
        Tape& tape = y[0].tape();
        const Variable acceleration = tape.constant(2, y[0].columns());
        for (int i = 0; i < y[0].columns(); ++i) {
            const Real r = std::hypot(y[0](0, i), y[0](1, i));
            for (int k = 0; k < 2; ++k) acceleration.write_row(k)[i] = -y[0](k, i) / (r * r * r);
        }
        return {y[1], acceleration};
    }
};

OdeState kepler_start(Tape& tape, Real e)
{
    const Variable x = tape.constant(2, 1, 0), v = tape.constant(2, 1, 0);
    x.write_row(0)[0] = 1 - e;
    v.write_row(1)[0] = std::sqrt((1 + e) / (1 - e));
    return {x, v};
}

constexpr Real period = two_pi;

struct Orbit {
    Real error;
    int evaluations;
    std::size_t memory;
};

Orbit orbit(const Integrator& integrator, Real e, Real t1)
{
    Tape tape;
    tape.begin(false);
    const Kepler system;
    const OdeState start = kepler_start(tape, e);
    const OdeState end = integrator.integrate(system, 0, t1, {8, true}, start);
    Real error = 0;
    for (int part = 0; part < 2; ++part)
        for (int k = 0; k < 2; ++k) error = std::max(error, std::abs(end[part](k, 0) - start[part](k, 0)));
    return {error, system.evaluations, tape.memory()};
}

Registry::Object<Integrator> with_tolerance(Registry& registry, const std::string& name, const std::string& relative,
                                            const std::string& absolute, const std::string& steps = "100000")
{
    return registry.create<Integrator>(
        name, {{"relative_tolerance", relative}, {"absolute_tolerance", absolute}, {"maximum_steps", steps}});
}

/// y' = f(t) and y' = rate y, one part.
class Decay final : public Counted {
public:
    explicit Decay(Real rate) : rate_(rate) {}
    OdeState derivative(Real, const OdeState& y) const override
    {
        ++evaluations;
        return {combine({{rate_, y[0]}})};
    }

private:
    Real rate_;
};

}  // namespace

TEST_CASE("the error estimate of an embedded pair has its order", "[numerics][integrator]")
{
    Registry registry;
    for (const std::string& name : adaptive_integrators) {
        INFO(name);
        const auto owned = registry.create<Integrator>(name);
        const auto* pair = dynamic_cast<const RungeKutta*>(owned.get());
        REQUIRE(pair);
        CHECK(pair->order() == 5);
        const Kepler system;
        const auto estimate = [&](Real h) {
            Tape tape;
            tape.begin(false);
            const OdeState y = kepler_start(tape, 0.2);
            const RungeKutta::Trial trial = pair->trial(system, 0, h, y, system.derivative(0, y));
            Real largest = 0;
            for (int part = 0; part < 2; ++part)
                for (int k = 0; k < 2; ++k) largest = std::max(largest, std::abs(trial.error[part](k, 0)));
            return largest;
        };
        // The local error of the embedded method of order 4 is of order 5.
        CHECK_THAT(std::log2(estimate(0.04) / estimate(0.02)), WithinAbs(5, 0.25));
        CHECK_THAT(std::log2(estimate(0.02) / estimate(0.01)), WithinAbs(5, 0.15));
    }
}

TEST_CASE("the global error is of the size of the tolerance", "[numerics][integrator]")
{
    Registry registry;
    for (const std::string& name : adaptive_integrators) {
        INFO(name);
        for (const Real end : {period, -period}) {
            const Orbit loose = orbit(*with_tolerance(registry, name, "1e-5", "1e-5"), 0.5, end);
            const Orbit tight = orbit(*with_tolerance(registry, name, "1e-10", "1e-10"), 0.5, end);
            // Five decades of the tolerance are about five of the error, at the cost of a method of order 5.
            CHECK_THAT(std::log10(loose.error / tight.error), WithinAbs(5, 1));
            CHECK(tight.error < 1e3 * 1e-10);
            CHECK(tight.evaluations > 5 * loose.evaluations);
            CHECK(tight.evaluations < 20 * loose.evaluations);
            // Many steps take the memory of one.
            CHECK(tight.memory == loose.memory);
        }
        // A harder orbit takes more steps at the same tolerance.
        const auto integrator = with_tolerance(registry, name, "1e-8", "1e-8");
        CHECK(orbit(*integrator, 0.9, period).evaluations > 2 * orbit(*integrator, 0.1, period).evaluations);
        CHECK(orbit(*integrator, 0.9, period).error < 1e-4);
    }
}

TEST_CASE("equal steps take the memory of one where no derivatives are recorded", "[numerics][integrator]")
{
    Registry registry;
    for (const char* name : {"euler", "heun", "rk4", "dormand_prince"}) {
        INFO(name);
        const auto integrator = registry.create<Integrator>(name);
        const auto memory = [&](int steps, bool recording) {
            Tape tape;
            tape.begin(recording);
            integrator->integrate(Kepler(), 0, period, steps, kepler_start(tape, 0.2));
            return tape.memory();
        };
        CHECK(memory(100, false) == memory(1, false));
        // Each step's values are needed for the derivatives.
        CHECK(memory(100, true) > 50 * (memory(2, true) - memory(1, true)));
    }
}

TEST_CASE("a part of the state that changes has to be there at the start", "[numerics][integrator]")
{
    class Growing final : public OdeSystem {
    public:
        OdeState derivative(Real, const OdeState& y) const override { return {y[0], y[0]}; }
    };
    Registry registry;
    Tape tape;
    tape.begin(false);
    const OdeState start{tape.constant(1, 1, 1), Variable{}};
    const auto integrator = registry.create<Integrator>("euler");
    CHECK(message_of<Error>([&] { integrator->integrate(Growing(), 0, 1, 2, start); }) ==
          "integrator: part 1 of the state changes, but is absent at the start; start with zeros");
}

TEST_CASE("relative and absolute tolerance", "[numerics][integrator]")
{
    Registry registry;
    const auto run = [&](const char* relative, const char* absolute, Real start, Real rate) {
        Tape tape;
        tape.begin(false);
        const Decay system(rate);
        const auto integrator = with_tolerance(registry, "dormand_prince", relative, absolute);
        const OdeState end = integrator->integrate(system, 0, 4, {4, true}, {tape.constant(1, 1, start)});
        return std::pair(std::abs(end[0](0, 0) / (start * std::exp(4 * rate)) - 1), system.evaluations);
    };
    // With the relative one alone the size of the solution does not matter, with the absolute one it does.
    const auto small = run("1e-8", "1e-300", 1e-6, 1), large = run("1e-8", "1e-300", 1e6, 1);
    CHECK(small.second == large.second);
    CHECK(small.first < 1e-6);
    CHECK_THAT(small.first, WithinRel(large.first, 1e-3));
    CHECK(run("0", "1e-8", 1e-6, 1).second < run("0", "1e-8", 1, 1).second);
    CHECK(run("0", "1e-8", 1, 1).second < run("0", "1e-8", 1e6, 1).second);
}

TEST_CASE("error control gives up with one line", "[numerics][integrator]")
{
    Registry registry;
    const auto message = [&](Real rate, Real start) {
        return message_of<NumericalError>([&] {
            Tape tape;
            tape.begin(false);
            with_tolerance(registry, "dormand_prince", "1e-6", "1e-8", "500")
                ->integrate(Decay(rate), 0, 1, {8, true}, {tape.constant(1, 1, start)});
        });
    };
    // A stiff one: stability allows steps of 3.3e-5.
    const std::string stiff = message(-1e5, 1);
    CHECK_THAT(stiff, ContainsSubstring("more than 500 steps from t = 0 to 1"));
    CHECK_THAT(stiff, ContainsSubstring("raise maximum_steps"));
    CHECK(stiff.find('\n') == std::string::npos);
    CHECK_THAT(message(1, std::nan("")), ContainsSubstring("finite and smooth"));
}

TEST_CASE("steps adapt only where no derivatives are recorded", "[numerics][integrator]")
{
    Registry registry;
    const auto integrator = with_tolerance(registry, "dormand_prince", "1e-12", "1e-12");
    const auto evaluations = [&](bool recording, bool adaptive, const Integrator& by) {
        Tape tape;
        tape.begin(recording);
        const Kepler system;
        by.integrate(system, 0, 1, {3, adaptive}, kepler_start(tape, 0.5));
        return system.evaluations;
    };
    CHECK(evaluations(true, true, *integrator) == 3 * 6);
    CHECK(evaluations(false, false, *integrator) == 3 * 6);
    CHECK(evaluations(false, true, *integrator) > 100);
    // Without error control the steps are equal ones.
    CHECK(evaluations(false, true, *registry.create<Integrator>("rk4")) == 3 * 4);
}

TEST_CASE("parts without error control do not decide on the steps", "[numerics][integrator]")
{
    class Kink final : public Counted {
    public:
        explicit Kink(bool controlled) : controlled_(controlled) {}
        bool controls_error(int part) const override { return part == 0 || controlled_; }
        OdeState derivative(Real t, const OdeState& y) const override
        {
            ++evaluations;
            return {combine({{-1, y[0]}}), y[0].tape().constant(1, 1, std::abs(std::sin(20 * t)))};
        }

    private:
        bool controlled_;
    };
    Registry registry;
    const auto integrator = with_tolerance(registry, "dormand_prince", "1e-9", "1e-9");
    int counts[2];
    for (const bool controlled : {false, true}) {
        Tape tape;
        tape.begin(false);
        const Kink system(controlled);
        const OdeState end =
            integrator->integrate(system, 0, 2, {8, true}, {tape.constant(1, 1, 1), tape.constant(1, 1, 0)});
        CHECK_THAT(end[0](0, 0), WithinAbs(std::exp(-2.0), 1e-7));
        if (controlled) CHECK_THAT(end[1](0, 0), WithinAbs((25 - std::cos(40 - 12 * pi)) / 20, 1e-5));
        counts[controlled] = system.evaluations;
    }
    CHECK(counts[1] > 4 * counts[0]);
}

TEST_CASE("a pair with a negative weight evaluates but does not train", "[numerics][lagrangian][integrator]")
{
    Registry registry;
    CHECK_FALSE(registry.create<Integrator>("dormand_prince")->positive_weights());
    for (const char* name : {"euler", "heun", "rk4", "cash_karp"})
        CHECK(registry.create<Integrator>(name)->positive_weights());

    const Setup setup("optimal_transport", {{}, {}, {}, "dormand_prince"});
    SampledObjective training(setup.player().loss(), setup.layout(), 1),
        fine(*setup.player().fine(), setup.layout(), 1);
    const Matrix samples = setup.player().loss().sample(RandomStream(1, "sample"), 64);
    CHECK_THAT(message_of<Error>([&] { training.set_sample(samples, 1); }), ContainsSubstring("train with cash_karp"));
    fine.set_sample(samples, 1);
    CHECK(fine.value(setup.layout().initialise(1)) > 0);
}

TEST_CASE("a learned flow comes back to the tolerance", "[numerics][lagrangian][integrator]")
{
    const auto distance = [](const std::string& integrator, const Options::Given& options) {
        const Setup setup("optimal_transport", {{}, {{"time_steps", "2"}}, {}, integrator, options});
        Vector theta = make_vector(setup.layout().size());
        RandomStream(5, "parameters").normal(0, static_cast<int>(theta.size()), theta.data());
        theta = setup.layout().initialise(5) + 0.4 * theta;
        return setup.formulation->solution(theta)
            ->measures(RandomStream(1, "measures"), 300)
            .at("round_trip")
            .at("mean");
    };
    // rk4 takes 4 x 2 steps here.
    const Real fixed = distance("rk4", {});
    CHECK(fixed > 1e-8);
    for (const std::string& name : adaptive_integrators) {
        INFO(name);
        CHECK(distance(name, {}) < 0.1 * fixed);
        CHECK(distance(name, {{"relative_tolerance", "1e-10"}, {"absolute_tolerance", "1e-12"}}) < 1e-3 * fixed);
    }
}
