#include <mfg/densities/gaussian.hpp>

#include "catch.hpp"
#include "setup.hpp"

#include <cmath>
#include <functional>
#include <map>

using namespace mfg;

namespace {

/// All panels of figures, by name.
struct Album {
    std::map<std::string, std::string> captions;
    std::map<std::string, Heatmap> maps;
    std::map<std::string, Curves> lines;
    std::map<std::string, Animation> animations;

    explicit Album(const std::vector<Figure>& figures)
    {
        for (const Figure& figure : figures) {
            captions[figure.name] = figure.title;
            for (const Panel& panel : figure.panels) {
                if (const auto* map = std::get_if<Heatmap>(&panel.content)) maps[panel.name] = *map;
                if (const auto* curves = std::get_if<Curves>(&panel.content)) lines[panel.name] = *curves;
                if (const auto* moving = std::get_if<Animation>(&panel.content)) animations[panel.name] = *moving;
            }
        }
    }
};

/// rho0 = N(0, 0.4 I), target N((-1, 0, ...), 0.3 I), running cost x_1^2 + w, terminal cost w - log rho1.
class Shifted final : public MeanFieldGame {
public:
    explicit Shifted(int d, bool aims = true)
        : d_(d), aims_(aims), initial_(mean(0), variances(0.4)), target_(mean(-1), variances(0.3))
    {
    }

    int dimension() const override { return d_; }
    Real horizon() const override { return 1.5; }
    Window window() const override { return {-3, 3, -2, 2}; }
    CostWeights weights() const override { return {2, 1, 5}; }
    const Density& initial_density() const override { return initial_; }
    const Density* target_density() const override { return aims_ ? &target_ : nullptr; }
    Matrix shown_starts() const override
    {
        Matrix starts = make_matrix(2, static_cast<std::size_t>(d_));
        starts(0, 0) = 0.5;
        starts(1, 0) = -0.5;
        return starts;
    }
    Jet running_cost(const State& s) const override { return square(s.x[0]) + s.log_density; }
    Jet terminal_cost(const State& s) const override { return s.log_density - target_.log_density(s.x); }

private:
    Vector mean(Real first) const
    {
        Vector m = make_vector(static_cast<std::size_t>(d_));
        m(0) = first;
        return m;
    }
    Vector variances(Real v) const { return make_vector(static_cast<std::size_t>(d_), v); }

    int d_;
    bool aims_;
    Gaussian initial_, target_;
};

/// N((mean, 0, ...), variance I) in d dimensions at (x, y, 0, ...).
Real gaussian(int d, Real x, Real y, Real mean, Real variance)
{
    const Real square = (x - mean) * (x - mean) + (d > 1 ? y * y : 0);
    return std::exp(-square / (2 * variance)) / std::pow(2 * 3.14159265358979323846 * variance, Real(d) / 2);
}

/// Phi = c x_1 + e t + f moves all agents by -c/a1 per unit of time.
constexpr Real slope = 0.8, rate = 0.3, constant = -0.2, speed = -slope / 2;

Album taken(int d, bool aims = true)
{
    const Shifted game(d, aims);
    const Setup setup(game, {{}, {{"time_steps", "1"}, {"scales", "none"}}, {}});
    std::vector<Real> linear(static_cast<std::size_t>(d) + 1);
    linear.front() = slope;
    linear.back() = rate;
    const Vector theta = parameters_with(setup.layout(), "linear.weight", linear) +
                         parameters_with(setup.layout(), "constant", {constant});
    return Album(setup.formulation->solution(theta)->figures(RandomStream(1, "pictures")));
}

}  // namespace

TEST_CASE("pictures show what agents do who all move alike", "[numerics][pictures]")
{
    for (const int d : {2, 4}) {
        INFO("d = " << d);
        const Album album = taken(d);
        const Real horizon = 1.5, shift = speed * horizon;
        const auto g = [d](Real x, Real y, Real mean, Real variance) { return gaussian(d, x, y, mean, variance); };
        const auto log_ratio = [&](Real x, Real y) {
            return std::log(g(x, y, 0, 0.4)) - std::log(g(x + shift, y, -1, 0.3));
        };
        using Formula = std::function<Real(Real, Real)>;
        const std::map<std::string, Formula> expected{
            {"initial_density", [&](Real x, Real y) { return g(x, y, 0, 0.4); }},
            {"target_density", [&](Real x, Real y) { return g(x, y, -1, 0.3); }},
            {"pull_back", [&](Real x, Real y) { return g(x + shift, y, -1, 0.3); }},
            {"push_forward", [&](Real x, Real y) { return g(x, y, shift, 0.4); }},
            {"pull_back_residual",
             [&](Real x, Real y) { return std::abs(g(x, y, 0, 0.4) - g(x + shift, y, -1, 0.3)); }},
            {"push_forward_residual", [&](Real x, Real y) { return std::abs(g(x, y, -1, 0.3) - g(x, y, shift, 0.4)); }},
            {"paths", [&](Real x, Real y) { return g(x, y, 0, 0.4); }},
            {"running_cost", [](Real x, Real) { return x * x; }},
            {"log_determinant", [](Real, Real) { return 0; }},
            {"value_initial", [](Real x, Real) { return slope * x + constant; }},
            {"value_final", [&](Real x, Real) { return slope * x + rate * horizon + constant; }},
            {"value_at_end", [&](Real x, Real) { return slope * (x + shift) + rate * horizon + constant; }},
            {"terminal_coupling", [&](Real x, Real y) { return 5 * (log_ratio(x, y) + 1); }},
            {"terminal_gap", [&](Real x, Real y) {
                 const Real value = slope * (x + shift) + rate * horizon + constant;
                 return std::abs(value - 5 * (log_ratio(x, y) + 1));
             }}};
        CHECK(album.maps.size() == expected.size());
        for (const auto& [name, formula] : expected) {
            INFO(name);
            REQUIRE(album.maps.count(name) == 1);
            const Heatmap& map = album.maps.at(name);
            REQUIRE(map.values.shape(0) == 128);
            REQUIRE(map.values.shape(1) == 128);
            Real worst = 0;
            for (std::size_t row = 0; row < 128; ++row) {
                for (std::size_t column = 0; column < 128; ++column) {
                    const Real x = -3 + 6 * (static_cast<Real>(column) + 0.5) / 128;
                    const Real y = -2 + 4 * (static_cast<Real>(row) + 0.5) / 128;
                    const Real value = formula(x, y);
                    worst = std::max(worst, std::abs(map.values(row, column) - value) / (1 + std::abs(value)));
                }
            }
            CHECK(worst < 1e-11);
        }

        // Forward from the problem's own points, backward from the target, over what is at the start.
        for (const char* name : {"pull_back", "paths"}) {
            const Cube& forward = album.maps.at(name).lines;
            REQUIRE(forward.shape(0) == 2);
            REQUIRE(forward.shape(2) == 2);
            const std::size_t last = forward.shape(1) - 1;
            CHECK(forward(0, 0, 0) == 0.5);
            CHECK(forward(1, 0, 0) == -0.5);
            CHECK_THAT(forward(0, last, 0), WithinAbs(0.5 + shift, 1e-12));
            CHECK(forward(0, last, 1) == 0);
        }
        for (const char* name : {"push_forward", "paths"}) {
            const Cube& backward = album.maps.at(name).backward_lines;
            REQUIRE(backward.shape(0) == 2);
            const std::size_t last = backward.shape(1) - 1;
            CHECK_THAT(backward(0, last, 0), WithinAbs(backward(0, 0, 0) - shift, 1e-12));
        }
        CHECK(album.maps.at("initial_density").scale == album.maps.at("pull_back").scale);
        CHECK(album.maps.at("target_density").scale == album.maps.at("push_forward").scale);
        CHECK(album.maps.at("value_at_end").scale == album.maps.at("terminal_coupling").scale);
        CHECK(album.maps.at("value_initial").scale == album.maps.at("value_final").scale);

        // The value function is shown where agents are.
        for (const auto& [name, centre] : {std::pair("value_initial", Real(0)), std::pair("value_final", shift)}) {
            const Matrix& inhabited = album.maps.at(name).inhabited;
            REQUIRE(inhabited.size() == 128 * 128);
            for (std::size_t row = 0; row < 128; row += 5)
                for (std::size_t column = 0; column < 128; column += 5) {
                    const Real x = -3 + 6 * (static_cast<Real>(column) + 0.5) / 128 - centre;
                    const Real y = -2 + 4 * (static_cast<Real>(row) + 0.5) / 128;
                    const Real deviations = std::sqrt((x * x + y * y) / 0.4);
                    if (std::abs(deviations - std::sqrt(2 * std::log(1000))) > 0.1)
                        CHECK((inhabited(row, column) == 1) == (deviations < std::sqrt(2 * std::log(1000))));
                }
        }

        const Animation& moving = album.animations.at("density_in_time");
        const std::size_t frames = moving.values.shape(0), cells = moving.values.shape(1);
        REQUIRE(frames >= 25);
        REQUIRE(frames <= 41);
        REQUIRE(moving.times.size() == frames);
        CHECK(moving.times(0) == 0);
        CHECK(moving.obstacles == album.maps.at("running_cost").values);
        CHECK(moving.times(frames - 1) == horizon);
        Real worst = 0;
        for (std::size_t k = 0; k < frames; ++k)
            for (std::size_t row = 0; row < cells; ++row)
                for (std::size_t column = 0; column < cells; ++column) {
                    const Real n = static_cast<Real>(cells), x = -3 + 6 * (static_cast<Real>(column) + 0.5) / n;
                    const Real y = -2 + 4 * (static_cast<Real>(row) + 0.5) / n;
                    worst = std::max(worst,
                                     std::abs(moving.values(k, row, column) - g(x, y, speed * moving.times(k), 0.4)));
                }
        CHECK(worst < 1e-12);
        REQUIRE(moving.points.shape(1) == frames);
        for (std::size_t k = 0; k < frames; ++k)
            CHECK_THAT(moving.points(3, k, 0), WithinAbs(moving.points(3, 0, 0) + speed * moving.times(k), 1e-12));

        for (const auto& [name, caption] : album.captions) {
            INFO(name << ": " << caption);
            CHECK((caption.find("slice where all other coordinates are 0") != caption.npos) == (d > 2));
            CHECK((caption.find("not normalised") != caption.npos) == (d > 2));
        }
    }
}

TEST_CASE("captions speak of a target only where there is one", "[numerics][pictures]")
{
    const Album with = taken(2), without = taken(2, false);
    for (const char* name : {"densities", "characteristics"}) {
        INFO(without.captions.at(name));
        CHECK(with.captions.at(name).find("target") != std::string::npos);
        CHECK(without.captions.at(name).find("target") == std::string::npos);
        CHECK(without.captions.at(name).find("red") == std::string::npos);
    }
    for (const auto& [name, map] : without.maps) {
        INFO(name);
        CHECK(map.backward_lines.size() == 0);
    }
    CHECK(without.maps.at("initial_density").scale == without.maps.at("push_forward").scale);
}

TEST_CASE("in one dimension pictures are curves, and the density over place and time", "[numerics][pictures]")
{
    const Album album = taken(1);
    REQUIRE(album.maps.size() == 1);
    const Heatmap& strip = album.maps.at("density_strip");
    const Real cells = static_cast<Real>(strip.values.shape(0));
    for (std::size_t i = 0; i < strip.values.shape(0); i += 9)
        for (std::size_t j = 0; j < strip.values.shape(1); j += 9) {
            const Real t = 1.5 * (static_cast<Real>(i) + 0.5) / cells,
                       x = -3 + 6 * (static_cast<Real>(j) + 0.5) / cells;
            CHECK_THAT(strip.values(i, j), WithinAbs(gaussian(1, x, 0, speed * t, 0.4), 1e-12));
        }
    CHECK(album.animations.empty());
    const Curves &density = album.lines.at("density"), &value = album.lines.at("value");
    CHECK(value.labels == std::vector<std::string>{"t = 0", "t = 0.375", "t = 0.75", "t = 1.125", "t = 1.5"});
    REQUIRE(density.labels.size() == 6);
    CHECK(density.labels.back() == "target");
    REQUIRE(density.table.shape(1) == 7);
    for (std::size_t i = 0; i < density.table.shape(0); i += 7) {
        const Real x = density.table(i, 0);
        for (std::size_t k = 0; k < 5; ++k) {
            const Real t = 0.375 * static_cast<Real>(k);
            CHECK_THAT(density.table(i, k + 1), WithinAbs(gaussian(1, x, 0, speed * t, 0.4), 1e-12));
            CHECK_THAT(value.table(i, k + 1), WithinAbs(slope * x + rate * t + constant, 1e-12));
        }
        CHECK_THAT(density.table(i, 6), WithinAbs(gaussian(1, x, 0, -1, 0.3), 1e-12));
    }
}

TEST_CASE("pictures of the published transport start at the published points", "[numerics][pictures]")
{
    Registry registry;
    const auto published = registry.create<Problem>("optimal_transport", {{"dimension", "3"}});
    const Matrix starts = published->mean_field_game()->shown_starts();
    REQUIRE(starts.shape(0) == 16);
    REQUIRE(starts.shape(1) == 3);
    const Window window = published->window();
    for (std::size_t i = 0; i < 16; ++i) {
        CHECK(starts(i, 2) == 0);
        CHECK(starts(i, 0) < window.x_high);
        const Real radius = std::hypot(starts(i, 0), starts(i, 1));
        CHECK(radius > 3);
        CHECK(radius < 5.5);
    }
    const auto another = registry.create<Problem>("optimal_transport", {{"radius", "3"}});
    CHECK(another->mean_field_game()->shown_starts().shape(0) == 0);
}
