#include <mfg/autodiff/map_points.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/scales.hpp>

#include "catch.hpp"

#include <cmath>
#include <optional>

using namespace mfg;

namespace {

/// From one place to another, or with nothing but a window to say where to.
class Journey final : public MeanFieldGame {
public:
    Journey(std::optional<Gaussian> target, Real unit) : unit_(unit), target_(std::move(target)) {}

    int dimension() const override { return 2; }
    Real horizon() const override { return 4; }
    Window window() const override { return {0 * unit_, 6 * unit_, -3 * unit_, 3 * unit_}; }
    CostWeights weights() const override { return {5, 1, 1}; }
    const Density& initial_density() const override { return initial_; }
    const Density* target_density() const override { return target_ ? &*target_ : nullptr; }
    Jet terminal_cost(const State& s) const override { return norm_squared(s.x); }

private:
    Real unit_;
    Gaussian initial_ = Gaussian::isotropic(2, {1 * unit_, 0}, 0.5 * unit_ * unit_);
    std::optional<Gaussian> target_;
};

}  // namespace

TEST_CASE("scales: where agents start and where they go", "[scales]")
{
    for (const Real unit : {1.0, 1000.0}) {
        INFO("unit " << unit);
        const Scales to_target =
            scales_of(Journey(Gaussian::isotropic(2, {5 * unit, 2 * unit}, 0.3 * unit * unit), unit));
        // The first coordinate is the wider one: variances (0.5 + 0.3) / 2, and half of the distance, squared.
        CHECK_THAT(to_target.length, WithinRel(unit * std::sqrt(0.4 + 4.0) / 2, 0.01));
        CHECK_THAT(to_target.centre(0), WithinRel(3 * unit, 1e-9));
        CHECK_THAT(to_target.centre(1), WithinRel(1 * unit, 1e-9));
        CHECK(to_target.time == 4);
        CHECK_THAT(to_target.value, WithinRel(5 * to_target.length * to_target.length / 4, 1e-12));

        const Scales to_window = scales_of(Journey({}, unit));
        CHECK_THAT(to_window.length, WithinRel(unit * std::sqrt((0.5 + 3) / 2 + 1) / 2, 0.01));
        CHECK_THAT(to_window.centre(0), WithinRel(2 * unit, 1e-9));
        CHECK(to_window.centre(1) == 0);
    }
    const Scales none = scales_of(Journey({}, 1000), "none");
    CHECK(none.length == 1);
    CHECK(none.time == 1);
    CHECK(none.value == 1);
    CHECK(none.centre(0) == 0);
}

TEST_CASE("scales: a network is the same function whichever way it is differentiated", "[scales]")
{
    Registry registry;
    const int d = 2, n = 5;
    const Scales scales = scales_of(Journey(Gaussian::isotropic(d, {5, 2}, 0.3), 1));
    for (const char* name : {"resnet", "mlp"}) {
        INFO(name);
        const auto network = registry.create<Network>(name);
        const ScaledNetwork scaled(*network, scales, 2.5);
        const NetworkInput input{d, true};
        std::vector<Vector> blocks;
        for (const ParameterBlock& block : scaled.blocks(input)) {
            blocks.push_back(make_vector(block.size()));
            RandomStream(3, "parameters").normal(blocks.size(), block.size(), blocks.back().data());
        }
        Matrix points = make_matrix(n, d + 1);
        RandomStream(4, "points").normal(0, points.size(), points.data());
        // Value, derivatives and Laplacian, and the value of the network itself at scaled points.
        const Matrix all = map_points(points, 11, [&](Tape& tape, const Variable& at) {
            VariableList parameters(tape, static_cast<int>(blocks.size()));
            for (int i = 0; i < parameters.size(); ++i) {
                const ParameterBlock block = scaled.blocks(input)[i];
                parameters[i] = tape.constant_view(blocks[i].data(), block.rows, block.columns);
            }
            const VariableList prepared = scaled.prepare(tape, parameters, input);
            const Jet x = Jet::coordinates(at, JetShape::of(2, d, true));
            const Jet closed = scaled.evaluate(tape, prepared, x), dense = scaled.evaluate(tape, prepared, x.dense());
            const auto parts = [](const Jet& jet) {
                return vconcat({jet.value(), jet.gradient(), jet.time_derivative(), jet.laplacian()});
            };
            const Variable y = tape.constant(d + 1, at.columns());
            for (int k = 0; k <= d; ++k)
                for (int j = 0; j < at.columns(); ++j)
                    y.write_row(k)[j] = k == d ? at(d, j) / scales.time : (at(k, j) - scales.centre(k)) / scales.length;
            return vconcat({parts(closed), parts(dense), (2.5 * network->evaluate(tape, prepared, Jet(y))).value()});
        });
        for (Index i = 0; i < n; ++i) {
            CHECK_THAT(all(i, 0), WithinRel(all(i, 10), 1e-12));
            for (int k = 0; k < 5; ++k) CHECK_THAT(all(i, k), WithinRel(all(i, 5 + k), 1e-10));
        }
    }
}
