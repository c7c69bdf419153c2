#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/testing/density_contract.hpp>
#include <mfg/testing/problem_contract.hpp>

#include "contract.hpp"

#include <cmath>

using namespace mfg;

namespace {

/// Agents in one dimension drift with b = -x, do not diffuse and aim at nothing but being near 0: with a1 = 1 and
/// terminal cost q/2 x^2 the value function is p(t) x^2 / 2, p' = 2 p + p^2, p(T) = q.
class Regulator final : public MeanFieldGame {
public:
    enum class Fault { none, value_sign, drift, terms, initial, terminal, defaults, rows };

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
            return -0.5 * square(s.x) * exp(-2.0 * log_deviation) - log_deviation - 0.918938533204672742;
        };
        const Real p0 = -2 * c() / (1 + c()), end = std::exp(-1.0) * (1 + c() * std::exp(2.0)) / (1 + c());
        const Real total = p0 * variance / 2, terminal = q * variance * end * end / 2;
        return Reference{
            value,
            log_density,
            {{"transport", (total - terminal) * (fault_ == Fault::terms ? 1.1 : 1)}, {"terminal", terminal}},
            "Riccati equation"};
    }

private:
    static constexpr Real q = 1.5, variance = 0.5;
    static Real c() { return -q / (q + 2) * std::exp(-2.0); }

    Fault fault_;
    Gaussian initial_;
};

/// Samples of one Gaussian, the formula of another.
class Mismatch : public Density {
public:
    Mismatch(Real shift, Real factor, Real scale) : shift_(shift), factor_(factor), scale_(scale) {}
    int dimension() const override { return 2; }
    Jet log_density(const Jet& x) const override { return law_.log_density(x) + shift_; }
    Matrix sample(const RandomStream& stream, int count) const override
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
    Matrix control_features(const Matrix& points, int most) const override
    {
        Matrix shifted = points;
        for (std::size_t i = 0; i < points.shape(0); ++i) shifted(i, 1) += 0.1;
        return law_.control_features(shifted, most);
    }
};

}  // namespace

TEST_CASE("every problem keeps the contract", "[contract][problem]")
{
    Registry registry;
    const std::vector<std::string> names = registry.names("problem");
    REQUIRE(names.size() >= 2);
    for (const std::string& name : names) {
        INFO("problem " << name);
        require_all(check_problem(*registry.create<Problem>(name)));
        for (const OptionRecord& option : registry.options("problem", name)) {
            if (option.name != "dimension") continue;
            const int standard = std::stoi(option.standard);
            for (const int dimension : {standard, standard + 1, 10}) {
                INFO("dimension " << dimension);
                require_all(check_problem(*registry.create<Problem>(name, {{"dimension", std::to_string(dimension)}})));
            }
        }
    }
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
}

TEST_CASE("the density contract rejects samples of another law and a wrong normalisation", "[contract][problem]")
{
    require_all(check_density(Mismatch(0, 1, 0), "law"));
    CHECK(fails(check_density(Mismatch(0, 1, 0.1), "law"), "samples have the law"));
    CHECK(fails(check_density(Mismatch(0, 1.1, 0), "law"), "samples have the law"));
    CHECK(fails(check_density(Mismatch(0.01, 1, 0), "law"), "integral"));
    CHECK(fails(check_density(WrongFeatures(), "law"), "control features"));
}
