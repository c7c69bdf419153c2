#include <mfg/plugin/registry.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/training/objective.hpp>

#include "allocation_counter.hpp"
#include "catch.hpp"

#include <algorithm>
#include <cmath>

using namespace mfg;

namespace {

constexpr int dimension = 2, harmonics = 2;

/// Squared residuals of two equations for fields of the torus and of time, each a network of the embedded point.
class PeriodicLoss final : public SampledLoss {
public:
    explicit PeriodicLoss(const Network& network) : network_(network)
    {
        layout.add("value", network, input_);
        blocks_ = static_cast<int>(layout.entries().size());
        layout.add("log_density", network, input_);
    }

    Jet field(Tape& tape, const VariableList& p, int which, const Variable& points, int order) const
    {
        const Jet s = Jet::coordinates(points, JetShape::of(order, dimension, true));
        const Jet embedded = vconcat(periodic_embedding(s.features(0, dimension), harmonics), s[dimension]);
        return network_.evaluate(tape, network_.prepare(tape, p.part(which * blocks_, blocks_), input_), embedded);
    }

    std::vector<std::string> terms() const override { return {"hjb", "kfp"}; }
    Matrix sample(const RandomStream& stream, int count) const override
    {
        Matrix points = make_matrix(static_cast<std::size_t>(count), dimension + 1);
        for (std::size_t i = 0; i < points.shape(0); ++i) stream.uniform(i, dimension + 1, &points(i, 0));
        return points;
    }
    Variable integrands(Tape& tape, const VariableList& p, const Variable& samples, const Variable&) const override
    {
        const Jet phi = field(tape, p, 0, samples, 2), w = field(tape, p, 1, samples, 2);
        const Variable v = phi.gradient(), u = w.gradient();
        const Variable hjb = combine({{-1, phi.time_derivative()},
                                      {-nu, phi.laplacian()},
                                      {0.5, dot_rows(v, v)},
                                      {-1, w.value()},
                                      {0.3, phi.value()}});
        const Variable kfp = combine({{1, w.time_derivative()},
                                      {-nu, w.laplacian()},
                                      {-nu, dot_rows(u, u)},
                                      {-1, phi.laplacian()},
                                      {-1, dot_rows(v, u)}});
        return vconcat({multiply(hjb, hjb), multiply(kfp, kfp)});
    }

    ParameterLayout layout;

private:
    static constexpr Real nu = 0.3;
    const Network& network_;
    NetworkInput input_{2 * dimension * harmonics, true};
    int blocks_ = 0;
};

Matrix field_at(const PeriodicLoss& loss, const Vector& theta, const Matrix& points, int order)
{
    Tape tape;
    tape.begin(false);
    const int n = static_cast<int>(points.shape(0));
    const Variable x = tape.constant(dimension + 1, n);
    for (int i = 0; i < n; ++i)
        for (int k = 0; k <= dimension; ++k)
            x.write_row(k)[i] = points(static_cast<std::size_t>(i), static_cast<std::size_t>(k));
    const Jet phi = loss.field(tape, loss.layout.variables(tape, theta.data(), nullptr), 0, x, order);
    Matrix result = make_matrix(points.shape(0), static_cast<std::size_t>(phi.shape().components()));
    for (int i = 0; i < n; ++i) {
        auto* row = &result(static_cast<std::size_t>(i), 0);
        *row++ = phi.value()(0, i);
        for (int k = 0; k < phi.shape().spatial; ++k) *row++ = phi.gradient()(k, i);
        if (order > 0) *row++ = phi.time_derivative()(0, i);
        if (order > 1) *row = phi.laplacian()(0, i);
    }
    return result;
}

Vector parameters_of(const PeriodicLoss& loss)
{
    Vector theta = loss.layout.initialise(3), noise = make_vector(theta.size());
    RandomStream(3, "biases").normal(0, static_cast<int>(noise.size()), noise.data());
    return theta + Real(0.1) * noise;
}

/// The definition of the network (docs/equations.md, "DGM network"), number by number.
Real reference_value(const PeriodicLoss& loss, const Vector& theta, const Real* point, int m, int layers,
                     bool opening_gate)
{
    std::vector<Real> s;
    for (int k = 1; k <= harmonics; ++k)
        for (const bool cosine : {false, true})
            for (int i = 0; i < dimension; ++i) {
                const Real angle = 8 * std::atan(Real(1)) * k * point[i];
                s.push_back(cosine ? std::cos(angle) : std::sin(angle));
            }
    s.push_back(point[dimension]);

    const auto block = [&](int b) { return theta.data() + loss.layout.entries()[static_cast<std::size_t>(b)].offset; };
    using Units = std::vector<Real>;
    const auto product = [](const Real* w, const Units& x, int row) {
        Real sum = 0;
        for (std::size_t k = 0; k < x.size(); ++k) sum += w[static_cast<std::size_t>(row) * x.size() + k] * x[k];
        return sum;
    };
    Units opening(static_cast<std::size_t>(m));
    for (int r = 0; r < m; ++r) opening[static_cast<std::size_t>(r)] = std::tanh(product(block(0), s, r) + block(1)[r]);
    Units state = opening;
    for (int l = 0; l < layers; ++l) {
        const Real *input = block(2 + 3 * l), *weight = block(3 + 3 * l), *bias = block(4 + 3 * l);
        const auto gate = [&](int which, const Units& seen) {
            Units out(seen.size());
            for (int r = 0; r < m; ++r) {
                const int row = which * m + r;
                out[static_cast<std::size_t>(r)] =
                    std::tanh(product(input, s, row) + product(weight, seen, row) + bias[row]);
            }
            return out;
        };
        const Units z = gate(0, state), r = gate(1, state), g = gate(2, opening_gate ? opening : state);
        Units reset = state;
        for (std::size_t i = 0; i < reset.size(); ++i) reset[i] *= r[i];
        const Units h = gate(3, reset);
        for (std::size_t i = 0; i < state.size(); ++i) state[i] = (1 - g[i]) * h[i] + z[i] * state[i];
    }
    return product(block(2 + 3 * layers), state, 0) + block(3 + 3 * layers)[0];
}

}  // namespace

TEST_CASE("dgm of a periodic embedding and of time: values and derivatives", "[dgm]")
{
    Registry registry;
    for (const char* gate : {"opening", "current"}) {
        INFO("gate " << gate);
        const auto network = registry.create<Network>("dgm", {{"width", "7"}, {"layers", "2"}, {"gate", gate}});
        const PeriodicLoss loss(*network);
        const Vector theta = parameters_of(loss);
        const Matrix x = loss.sample(RandomStream(5, "points"), 11), all = field_at(loss, theta, x, 2);
        const auto value = [&](const Matrix& points) { return field_at(loss, theta, points, 0); };
        const auto compare = [&](const Matrix& expected, std::size_t column, Real tolerance) {
            Real scale = 1;
            for (const Real e : expected) scale = std::max(scale, std::abs(e));
            for (std::size_t i = 0; i < x.shape(0); ++i)
                CHECK_THAT(all(i, column), WithinAbs(expected(i, 0), tolerance * scale));
        };
        compare(value(x), 0, 1e-14);
        for (std::size_t i = 0; i < x.shape(0); ++i)
            CHECK_THAT(all(i, 0),
                       WithinAbs(reference_value(loss, theta, &x(i, 0), 7, 2, gate == std::string("opening")), 1e-13));
        for (std::size_t k = 0; k <= dimension; ++k) compare(first_difference(value, x, k, 3e-4), 1 + k, 1e-8);
        compare(difference_laplacian(value, x, dimension, 1e-3), dimension + 2, 1e-7);
    }
}

TEST_CASE("dgm: the gradient of a loss of derivatives in all parameters", "[dgm]")
{
    Registry registry;
    for (const char* gate : {"opening", "current"}) {
        INFO("gate " << gate);
        const auto network = registry.create<Network>("dgm", {{"width", "4"}, {"layers", "2"}, {"gate", gate}});
        const PeriodicLoss loss(*network);
        Vector theta = parameters_of(loss), gradient = make_vector(theta.size());
        SampledObjective objective(loss, loss.layout, 1);
        objective.draw_sample(RandomStream(5, "points"), 9, 1);
        const Real at = objective.value_and_gradient(theta, gradient);
        CHECK_THAT(objective.value(theta), WithinRel(at, 1e-14));
        Real largest = 0;
        for (const Real g : gradient) largest = std::max(largest, std::abs(g));
        Vector moved = theta;
        for (std::size_t i = 0; i < theta.size(); ++i) {
            const Real difference = first_difference([&](Real step) {
                moved(i) = theta(i) + step;
                const Real result = objective.value(moved);
                moved(i) = theta(i);
                return result;
            });
            CHECK_THAT(gradient(i), WithinAbs(difference, 1e-8 * largest));
        }
    }
}

TEST_CASE("dgm: steps do not allocate, and give the same bits for any number of threads", "[dgm][allocation]")
{
    Registry registry;
    const auto network = registry.create<Network>("dgm", {{"width", "20"}});
    const PeriodicLoss loss(*network);
    const Vector theta = parameters_of(loss);
    std::vector<Vector> gradients;
    for (const int threads : {1, 2, 3}) {
        SampledObjective objective(loss, loss.layout, threads);
        objective.draw_sample(RandomStream(5, "points"), 300, 1);
        Vector gradient = make_vector(theta.size());
        objective.value_and_gradient(theta, gradient);
        if (counts_allocations()) CHECK(allocations_of([&] { objective.value_and_gradient(theta, gradient); }) == 0);
        gradients.push_back(gradient);
    }
    CHECK(std::equal(gradients[0].begin(), gradients[0].end(), gradients[1].begin()));
    CHECK(std::equal(gradients[0].begin(), gradients[0].end(), gradients[2].begin()));
}
