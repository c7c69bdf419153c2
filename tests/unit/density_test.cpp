#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/densities/diagonal_segment.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/testing/problem_checks.hpp>

#include "catch.hpp"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>

using namespace mfg;

namespace {

Vector vector_of(std::initializer_list<Real> numbers)
{
    Vector v = make_vector(numbers.size());
    std::copy(numbers.begin(), numbers.end(), v.begin());
    return v;
}

/// Entries row by row.
Matrix matrix_of(std::size_t rows, std::initializer_list<Real> numbers)
{
    Matrix m = make_matrix(rows, numbers.size() / rows);
    std::copy(numbers.begin(), numbers.end(), m.data());
    return m;
}

struct Law {
    Vector mean;
    Matrix covariance;
    Gaussian gaussian() const { return Gaussian(mean, covariance); }
};

/// A covariance A A' + 1/2 with A without structure.
Law full_law(std::size_t d)
{
    std::mt19937_64 engine(d);
    std::uniform_real_distribution<Real> uniform(-1, 1);
    Law law{make_vector(d), make_matrix(d, d)};
    Matrix a = make_matrix(d, d);
    for (std::size_t i = 0; i < d; ++i) {
        law.mean(i) = uniform(engine);
        for (std::size_t j = 0; j < d; ++j) a(i, j) = uniform(engine) / std::sqrt(Real(d));
    }
    for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = 0; j < d; ++j) {
            law.covariance(i, j) = i == j ? 0.5 : 0;
            for (std::size_t k = 0; k < d; ++k) law.covariance(i, j) += a(i, k) * a(j, k);
        }
    return law;
}

/// Solves S y = b by elimination with pivots, and finds log det S: another way than the class's own.
struct Solution {
    Vector y;
    Real log_determinant = 0;
};

Solution solve(Matrix s, Vector b)
{
    const std::size_t d = b.size();
    Solution solution;
    for (std::size_t k = 0; k < d; ++k) {
        std::size_t pivot = k;
        for (std::size_t i = k + 1; i < d; ++i)
            if (std::abs(s(i, k)) > std::abs(s(pivot, k))) pivot = i;
        for (std::size_t j = 0; j < d; ++j) std::swap(s(k, j), s(pivot, j));
        std::swap(b(k), b(pivot));
        solution.log_determinant += std::log(std::abs(s(k, k)));
        for (std::size_t i = k + 1; i < d; ++i) {
            const Real f = s(i, k) / s(k, k);
            for (std::size_t j = k; j < d; ++j) s(i, j) -= f * s(k, j);
            b(i) -= f * b(k);
        }
    }
    for (std::size_t k = d; k-- > 0;) {
        for (std::size_t j = k + 1; j < d; ++j) b(k) -= s(k, j) * b(j);
        b(k) /= s(k, k);
    }
    solution.y = b;
    return solution;
}

/// log rho, its gradient and Laplacian by the textbook formulas.
struct Expected {
    Real value = 0, laplacian = 0;
    Vector gradient;
};

Expected expected_of(const Law& law, const Vector& x)
{
    const std::size_t d = x.size();
    Vector centred = make_vector(d);
    for (std::size_t i = 0; i < d; ++i) centred(i) = x(i) - law.mean(i);
    const Solution solution = solve(law.covariance, centred);
    Expected e;
    e.gradient = make_vector(d);
    e.value = -0.5 * (static_cast<Real>(d) * log_two_pi + solution.log_determinant);
    for (std::size_t i = 0; i < d; ++i) {
        e.value -= 0.5 * centred(i) * solution.y(i);
        e.gradient(i) = -solution.y(i);
        Vector unit = make_vector(d);
        unit(i) = 1;
        e.laplacian -= solve(law.covariance, unit).y(i);
    }
    return e;
}

Expected mixture_of(const std::vector<Law>& laws, const std::vector<Real>& weights, const Vector& x)
{
    // rho = sum w_k N_k; log rho, grad log rho = sum p_k g_k, Lap log rho = sum p_k (l_k + |g_k|^2) - |g|^2, p
    // posterior.
    std::vector<Expected> parts;
    std::vector<Real> logs;
    Real total = 0;
    for (const Real w : weights) total += w;
    for (std::size_t k = 0; k < laws.size(); ++k) {
        parts.push_back(expected_of(laws[k], x));
        logs.push_back(std::log(weights[k] / total) + parts[k].value);
    }
    const Real top = *std::max_element(logs.begin(), logs.end());
    Real sum = 0;
    for (const Real l : logs) sum += std::exp(l - top);
    Expected e;
    e.value = top + std::log(sum);
    e.gradient = make_vector(x.size());
    for (std::size_t k = 0; k < laws.size(); ++k) {
        const Real posterior = std::exp(logs[k] - e.value);
        Real square = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            e.gradient(i) += posterior * parts[k].gradient(i);
            square += parts[k].gradient(i) * parts[k].gradient(i);
        }
        e.laplacian += posterior * (parts[k].laplacian + square);
    }
    for (const Real g : e.gradient) e.laplacian -= g * g;
    return e;
}

void check(const Density& density, const Vector& x, const Expected& expected, Real tolerance = 1e-11)
{
    const int d = density.dimension();
    Tape tape;
    tape.begin(false);
    const Jet log_density =
        density.log_density(Jet::coordinates(tape.constant_view(x.data(), d, 1), JetShape::of(2, d, false)));
    const auto near = [&](Real value, Real exact, Real scale) {
        CHECK(std::isfinite(value));
        CHECK_THAT(value, WithinAbs(exact, tolerance * (1 + scale)));
    };
    near(log_density.value()(0, 0), expected.value, std::abs(expected.value));
    Real size = 0;
    for (const Real g : expected.gradient) size = std::max(size, std::abs(g));
    for (int i = 0; i < d; ++i)
        near(log_density.gradient()(i, 0), expected.gradient(static_cast<std::size_t>(i)), size);
    // Between components that are far from each other, large terms cancel.
    near(log_density.laplacian()(0, 0), expected.laplacian, std::abs(expected.laplacian) + size * size);

    Matrix point = make_matrix(1, x.size());
    std::copy(x.begin(), x.end(), point.data());
    near(log_density_at(density, point)(0), expected.value, std::abs(expected.value));
}

Vector away_from(const Vector& mean, Real distance)
{
    Vector x = mean;
    for (std::size_t i = 0; i < x.size(); ++i) x(i) += distance * std::sin(Real(i) + 1);
    return x;
}

/// Sample mean and covariance within z standard errors.
void check_sample(const Matrix& points, const Vector& mean, const Matrix& covariance, Real z = 4.5)
{
    const std::size_t n = points.shape(0), d = points.shape(1);
    for (std::size_t i = 0; i < d; ++i) {
        Real sum = 0;
        for (std::size_t k = 0; k < n; ++k) sum += points(k, i);
        CHECK(std::abs(sum / Real(n) - mean(i)) < z * std::sqrt(covariance(i, i) / Real(n)));
        for (std::size_t j = 0; j <= i; ++j) {
            Real product = 0;
            for (std::size_t k = 0; k < n; ++k) product += (points(k, i) - mean(i)) * (points(k, j) - mean(j));
            const Real variance = covariance(i, i) * covariance(j, j) + covariance(i, j) * covariance(i, j);
            CHECK(std::abs(product / Real(n) - covariance(i, j)) < z * std::sqrt(variance / Real(n)));
        }
    }
}

}  // namespace

TEST_CASE("an isotropic Gaussian has the coordinates of its mean that are given, and zeros", "[density]")
{
    const Gaussian short_form = Gaussian::isotropic(3, {0.5, -2}, 0.7),
                   long_form(vector_of({0.5, -2, 0}), make_vector(3, 0.7));
    const Matrix points = short_form.sample(RandomStream(1, "isotropic"), 20);
    CHECK((points == long_form.sample(RandomStream(1, "isotropic"), 20)));
    CHECK((log_density_at(short_form, points) == log_density_at(long_form, points)));
    CHECK_THAT(message_of<Error>([] {
                   Gaussian::isotropic(1, {0, 1}, 1);
               }),
               ContainsSubstring("2 coordinates of the mean are given in 1 dimensions"));
}

TEST_CASE("Gaussian: log density and derivatives", "[density]")
{
    for (const std::size_t d : {1, 2, 7, 100}) {
        const Law full = full_law(d);
        Law diagonal = full;
        Vector variances = make_vector(d);
        for (std::size_t i = 0; i < d; ++i)
            for (std::size_t j = 0; j < d; ++j) {
                if (i == j) variances(i) = diagonal.covariance(i, i) *= Real(i % 5) + 0.1;
                if (i != j) diagonal.covariance(i, j) = 0;
            }
        for (const Real distance : {0.0, 0.7, 30.0, 1e4}) {
            INFO("dimension " << d << ", distance " << distance);
            const Vector x = away_from(full.mean, distance);
            check(full.gaussian(), x, expected_of(full, x));
            check(Gaussian(diagonal.mean, variances), x, expected_of(diagonal, x));
            check(diagonal.gaussian(), x, expected_of(diagonal, x));
        }
    }
}

TEST_CASE("Gaussian mixture: log density and derivatives", "[density]")
{
    for (const std::size_t d : {1, 2, 100}) {
        std::vector<Law> laws;
        std::vector<Gaussian> components;
        for (const Real shift : {-2.0, 0.5, 3.0}) {
            Law law = full_law(d);
            for (Real& entry : law.mean) entry += shift;
            laws.push_back(law);
            components.push_back(law.gaussian());
        }
        const std::vector<Real> weights{1, 5, 0.02};
        const GaussianMixture mixture(components, weights);
        for (const Real distance : {0.0, 0.7, 30.0, 1e4}) {
            INFO("dimension " << d << ", distance " << distance);
            const Vector x = away_from(laws[0].mean, distance);
            check(mixture, x, mixture_of(laws, weights, x));
        }
    }
}

TEST_CASE("densities: samples", "[density]")
{
    const int n = 20000;
    const RandomStream stream(4, "sample");
    const Law law = full_law(3);
    check_sample(law.gaussian().sample(stream, n), law.mean, law.covariance);
    check_sample(Gaussian(vector_of({1, -2}), vector_of({4, 0.01})).sample(stream, n), vector_of({1, -2}),
                 matrix_of(2, {4, 0, 0, 0.01}));

    // Mean and covariance of a mixture of N(-1, 1) and N(2, 1) with weights 2/3 and 1/3.
    const std::vector<Gaussian> components{Gaussian(vector_of({-1, 0}), vector_of({1, 1})),
                                           Gaussian(vector_of({2, 0}), vector_of({1, 1}))};
    check_sample(GaussianMixture(components, {2, 1}).sample(stream, n), vector_of({0, 0}), matrix_of(2, {3, 0, 0, 1}));
}

TEST_CASE("densities: a sample depends on the stream alone", "[density]")
{
    const Law law = full_law(2);
    const Gaussian gaussian = law.gaussian();
    const GaussianMixture mixture({gaussian, gaussian}, {1, 2});
    for (const Density* density : {static_cast<const Density*>(&gaussian), static_cast<const Density*>(&mixture)}) {
        const Matrix one = density->sample(RandomStream(1, "a"), 50), same = density->sample(RandomStream(1, "a"), 50);
        const Matrix longer = density->sample(RandomStream(1, "a"), 77),
                     other = density->sample(RandomStream(1, "b"), 50);
        CHECK((one == same));
        CHECK(std::equal(one.data(), one.data() + one.size(), longer.data()));
        CHECK((one != other));
        CHECK(density->sample(RandomStream(1, "a"), 0).shape(0) == 0);
    }
}

TEST_CASE("Gaussian mixture: components get their share of the points", "[density]")
{
    // Narrow components at 0, 1, 2, ...: a point tells where it comes from.
    std::mt19937_64 engine(1);
    std::uniform_real_distribution<Real> uniform(0, 1);
    std::vector<std::vector<Real>> tables{{1}, {1, 1}, {2, 1}, {1, 1, 1, 1, 1, 1, 1, 1}, {0.001, 0.999}};
    for (int k = 0; k < 40; ++k) {
        tables.emplace_back();
        for (int i = 0; i < 2 + k % 11; ++i) tables.back().push_back(std::pow(uniform(engine), 1 + k % 5) + 1e-3);
    }
    for (const auto& weights : tables) {
        std::vector<Gaussian> components;
        Real total = 0;
        for (const Real w : weights) {
            components.emplace_back(vector_of({Real(components.size())}), vector_of({1e-6}));
            total += w;
        }
        const Matrix points = GaussianMixture(components, weights).sample(RandomStream(1, "strata"), 500);
        std::vector<Real> given(weights.size(), 0);
        Real worst = 0;
        for (std::size_t i = 0; i < points.shape(0); ++i) {
            given[static_cast<std::size_t>(std::lround(points(i, 0)))] += 1;
            // Each power of two in the binary number of points adds a point at most.
            const Real allowed = Real(std::bitset<64>(i + 1).count());
            for (std::size_t k = 0; k < weights.size(); ++k)
                worst = std::max(worst, std::abs(given[k] - weights[k] / total * Real(i + 1)) / allowed);
        }
        CHECK(worst < 1);
    }
}

TEST_CASE("Gaussian mixture: each component has its share on average, in samples of any size", "[density]")
{
    struct Case {
        std::vector<Real> weights;
        Index count;
    };
    std::vector<Real> many(100, 1);
    for (const Case& c : {Case{{1, 1, 1, 1, 1, 1, 1, 1}, 4}, Case{{0.9996, 0.0004}, 1024}, Case{{3, 1, 2}, 5},
                          Case{many, 64}, Case{{1, 1}, 1}})
        for (const Sampling kind : {Sampling::random, Sampling::sobol, Sampling::antithetic}) {
            INFO(c.weights.size() << " components, " << c.count << " points, sampling " << int(kind));
            std::vector<Gaussian> components;
            for (std::size_t k = 0; k < c.weights.size(); ++k)
                components.emplace_back(vector_of({Real(k)}), vector_of({1e-6}));
            const GaussianMixture mixture(components, c.weights);
            const Real total = std::accumulate(c.weights.begin(), c.weights.end(), Real(0));
            constexpr std::uint64_t samples = 4000;
            Vector mean = make_vector(c.weights.size()), square = mean;
            for (std::uint64_t seed = 1; seed <= samples; ++seed) {
                const Matrix points = mixture.sample(RandomStream(seed, "shares").with(kind, 1), c.count);
                Vector given = make_vector(c.weights.size());
                for (const Real x : points) given(std::lround(x)) += 1;
                mean += given / samples;
                square += given * given / samples;
            }
            for (std::size_t k = 0; k < c.weights.size(); ++k) {
                const Real share = c.weights[k] / total * Real(c.count);
                const Real error = std::sqrt((square(k) - mean(k) * mean(k)) / samples);
                CHECK(std::abs(mean(k) - share) < 5 * error + 1e-9);
            }
        }
}

TEST_CASE("densities: wrong laws give one line", "[density]")
{
    const Vector zero = vector_of({0, 0});
    const Real nan = std::nan("");
    struct Wrong {
        std::function<void()> make;
        const char* says;
    };
    const Gaussian plane(zero, vector_of({1, 1})), line(vector_of({0}), vector_of({1}));
    const std::vector<Wrong> list = {
        {[&] {
             Gaussian(zero, vector_of({1, 0}));
         },
         "not positive"},
        {[&] {
             Gaussian(zero, vector_of({1, -1}));
         },
         "not positive"},
        {[&] {
             Gaussian(zero, vector_of({nan, 1}));
         },
         "not positive"},
        {[&] {
             Gaussian(zero, vector_of({1, 1, 1}));
         },
         "differ in length"},
        {[&] {
             Gaussian(zero, matrix_of(2, {1, 1, 1, 1}));
         },
         "not positive definite"},
        {[&] {
             Gaussian(zero, matrix_of(2, {0, 0, 0, 0}));
         },
         "not positive definite"},
        {[&] {
             Gaussian(zero, matrix_of(2, {1, 2, 2, 1}));
         },
         "not positive definite"},
        {[&] {
             Gaussian(zero, matrix_of(2, {-1, 0, 0, 1}));
         },
         "not positive definite"},
        {[&] {
             Gaussian(zero, matrix_of(2, {1, nan, nan, 1}));
         },
         "not positive definite"},
        {[&] {
             Gaussian(zero, matrix_of(2, {1, 0.5, 0.1, 1}));
         },
         "not symmetric"},
        {[&] {
             Gaussian(zero, matrix_of(1, {1, 0}));
         },
         "not a square matrix"},
        {[&] {
             Gaussian(zero, matrix_of(3, {1, 0, 0, 0, 1, 0, 0, 0, 1}));
         },
         "not a square matrix"},
        {[&] { GaussianMixture({}, {}); }, "as many weights"},
        {[&] {
             GaussianMixture({plane}, {1, 1});
         },
         "as many weights"},
        {[&] {
             GaussianMixture({plane, plane}, {1, 0});
         },
         "not positive"},
        {[&] {
             GaussianMixture({plane, plane}, {1, nan});
         },
         "not positive"},
        {[&] {
             GaussianMixture({plane, line}, {1, 1});
         },
         "differ in dimension"},
    };
    for (const Wrong& wrong : list) {
        const std::string message = message_of<Error>(wrong.make);
        CHECK_THAT(message, ContainsSubstring(wrong.says));
        CHECK(message.find('\n') == std::string::npos);
    }
}

TEST_CASE("a segment of the diagonal is a law without density", "[density]")
{
    const DiagonalSegment law(3, 0.5, 2);
    CHECK(law.singular());
    for (const CheckResult& result : check_density(law, "segment")) CHECK(result.passed);
    const Matrix points = law.sample(RandomStream(3, "segment").with(Sampling::sobol, 3), 1024);
    Real mean = 0, square = 0;
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        CHECK((points(i, 0) == points(i, 1) && points(i, 0) == points(i, 2)));
        CHECK(std::abs(points(i, 0) - 0.5) <= 2);
        mean += (points(i, 0) - 0.5) / 1024;
        square += (points(i, 0) - 0.5) * (points(i, 0) - 0.5) / 1024;
    }
    CHECK_THAT(mean, Catch::Matchers::WithinAbs(0, 1e-2));
    CHECK_THAT(square, Catch::Matchers::WithinAbs(4.0 / 3, 1e-2));
    CHECK_THROWS_AS(DiagonalSegment(2, 0, 0), Error);
    CHECK_THROWS_WITH(log_density_at(law, points), Catch::Matchers::Contains("has no density"));
}
