#include <mfg/assessment/control_variates.hpp>
#include <mfg/base/error.hpp>
#include <mfg/densities/gaussian.hpp>

#include "catch.hpp"

#include <cmath>
#include <functional>
#include <vector>

using namespace mfg;

namespace {

/// Two Gaussians that overlap, with weights 1/4 and 3/4; correlated and independent coordinates.
std::vector<Gaussian> components()
{
    Vector left = make_vector(2), right = make_vector(2);
    left(0) = -1;
    right(1) = 0.5;
    Matrix covariance = make_matrix(2, 2);
    covariance(0, 0) = 1;
    covariance(0, 1) = covariance(1, 0) = 0.3;
    covariance(1, 1) = 0.5;
    Vector variances = make_vector(2);
    variances(0) = 0.8;
    variances(1) = 0.4;
    return {Gaussian(left, covariance), Gaussian(right, variances)};
}

/// exp(a . x): its expectation under N(m, S) is exp(a . m + a' S a / 2).
constexpr Real slope[2] = {0.4, -0.3};
const Real first_expectation =
    std::exp(-slope[0] + 0.5 * (slope[0] * slope[0] * 1 + 2 * 0.3 * slope[0] * slope[1] + slope[1] * slope[1] * 0.5));
const Real second_expectation =
    std::exp(0.5 * slope[1] + 0.5 * (slope[0] * slope[0] * 0.8 + slope[1] * slope[1] * 0.4));

Matrix values_at(const Matrix& points)
{
    Matrix values = make_matrix(points.shape(0), 1);
    for (std::size_t i = 0; i < points.shape(0); ++i)
        values(i, 0) = std::exp(slope[0] * points(i, 0) + slope[1] * points(i, 1));
    return values;
}

/// Estimates of many samples: mean and deviation of the estimates, and the mean of the standard errors they claim.
struct Repeated {
    Real mean = 0, deviation = 0, claimed = 0;
};

constexpr int repetitions = 200;

Repeated repeat(const std::function<MeanEstimate(std::uint64_t)>& estimate)
{
    Repeated result;
    Real squares = 0;
    for (std::uint64_t seed = 0; seed < repetitions; ++seed) {
        const MeanEstimate one = estimate(seed);
        result.mean += one.means(0) / repetitions;
        squares += one.means(0) * one.means(0) / repetitions;
        result.claimed += one.standard_errors(0) / repetitions;
    }
    result.deviation = std::sqrt(squares - result.mean * result.mean);
    return result;
}

}  // namespace

TEST_CASE("control variates: unbiased, with the standard error that they claim", "[control_variates]")
{
    constexpr int n = 600;
    const std::vector<Gaussian> gaussians = components();
    const Real bias_bound = 4 / std::sqrt(Real(repetitions));
    const auto run = [&](const Density& density, Real expectation, bool stratified) {
        const auto points = [&](std::uint64_t seed) { return density.sample(RandomStream(seed, "repeated"), n); };
        const Repeated plain = repeat([&](std::uint64_t seed) { return sample_means(values_at(points(seed))); });
        const Repeated controlled = repeat([&](std::uint64_t seed) {
            const Matrix x = points(seed);
            return controlled_means(values_at(x), density.control_variates(x, max_control_variates(n)));
        });
        INFO("plain " << plain.mean << " +- " << plain.deviation << " (" << plain.claimed << "), controlled "
                      << controlled.mean << " +- " << controlled.deviation << " (" << controlled.claimed << "), exact "
                      << expectation);
        CHECK(std::abs(plain.mean - expectation) < bias_bound * plain.deviation);
        CHECK(std::abs(controlled.mean - expectation) < bias_bound * controlled.deviation);
        // The deviation of 200 numbers is known to 5%.
        CHECK(controlled.deviation < 1.2 * controlled.claimed);
        CHECK(controlled.deviation > 0.8 * controlled.claimed);
        CHECK(plain.deviation < 1.2 * plain.claimed);
        if (!stratified) CHECK(plain.deviation > 0.8 * plain.claimed);
        CHECK(controlled.deviation < plain.deviation / 3);
    };
    run(gaussians[0], first_expectation, false);
    run(gaussians[1], second_expectation, false);
    run(GaussianMixture(gaussians, {1, 3}), first_expectation / 4 + 3 * second_expectation / 4, true);
}

TEST_CASE("control variates: what the features explain has no error", "[control_variates]")
{
    const Gaussian density = components()[1];
    const std::size_t n = 400;
    const Matrix x = density.sample(RandomStream(1, "explained"), static_cast<int>(n));
    const Matrix features = density.control_variates(x, 10);
    Matrix values = make_matrix(n, 2), twice = make_matrix(n, 8);
    for (std::size_t i = 0; i < n; ++i) {
        values(i, 0) = 3 + 2 * x(i, 0) - x(i, 1) * x(i, 1);
        values(i, 1) = std::sin(x(i, 0));
        for (std::size_t k = 0; k < 8; ++k) twice(i, k) = features(i, k % 4) * (k < 4 ? 1 : -3);
    }
    const MeanEstimate estimate = controlled_means(values, features);
    CHECK_THAT(estimate.means(0), WithinAbs(3 - 0.25 - 0.4, 1e-12));
    CHECK(estimate.standard_errors(0) < 1e-7);

    // Features that are there twice change nothing.
    const MeanEstimate same = controlled_means(values, twice);
    CHECK_THAT(same.means(1), WithinAbs(estimate.means(1), 1e-12));
    CHECK_THAT(same.standard_errors(1), WithinRel(estimate.standard_errors(1), 1e-9));
}

TEST_CASE("control variates: plain means are the textbook's", "[control_variates]")
{
    Matrix values = make_matrix(4, 1);
    for (std::size_t i = 0; i < 4; ++i) values(i, 0) = static_cast<Real>(i * i);
    const MeanEstimate estimate = sample_means(values);
    CHECK_THAT(estimate.means(0), WithinRel(3.5, 1e-14));
    CHECK_THAT(estimate.standard_errors(0), WithinRel(std::sqrt((12.25 + 6.25 + 0.25 + 30.25) / 3 / 4), 1e-14));
}

TEST_CASE("control variates: too many features are refused or left out", "[control_variates]")
{
    CHECK_THROWS_AS(controlled_means(make_matrix(100, 1), make_matrix(100, 3)), Error);
    CHECK_THROWS_AS(controlled_means(make_matrix(100, 1), make_matrix(99, 1)), Error);
    CHECK_THROWS_AS(sample_means(make_matrix(1, 1)), Error);
    const std::vector<Gaussian> gaussians = components();
    const Matrix points = make_matrix(5, 2);
    CHECK(gaussians[0].control_variates(points, 4).shape(1) == 4);
    CHECK(gaussians[0].control_variates(points, 3).shape(1) == 0);
    const GaussianMixture mixture(gaussians, {1, 3});
    CHECK(mixture.control_variates(points, 10).shape(1) == 10);
    CHECK(mixture.control_variates(points, 9).shape(1) == 6);
    CHECK(mixture.control_variates(points, 5).shape(1) == 0);
}
