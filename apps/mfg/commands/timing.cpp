#include "commands/timing.hpp"

#include <mfg/base/blas.hpp>
#include <mfg/base/linalg.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(Clock::duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

double median_seconds(const std::function<void()>& call)
{
    std::vector<double> times;
    const auto start = Clock::now();
    call();
    for (double total = 0; times.size() < 5 || total < 1; total = seconds_of(Clock::now() - start)) {
        const auto begin = Clock::now();
        call();
        times.push_back(seconds_of(Clock::now() - begin));
        if (times.size() >= 3 && total > 10) break;
    }
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
    return times[times.size() / 2];
}

double peak_gflops(int threads)
{
    const auto measure = [] {
        constexpr int n = 768, repetitions = 6;
        mfg::Matrix a = mfg::make_matrix(n, n, 0.5), b = mfg::make_matrix(n, n, 0.25), c = mfg::make_matrix(n, n);
        double fastest = 0;
        for (int i = 0; i < repetitions; ++i) {
            const auto begin = Clock::now();
            mfg::gemm(false, false, n, n, n, a.data(), n, b.data(), n, c.data(), n, false);
            fastest = std::max(fastest, 2.0 * n * n * n / seconds_of(Clock::now() - begin) * 1e-9);
        }
        return fastest;
    };
    std::vector<std::future<double>> rates;
    for (int thread = 0; thread < threads; ++thread) rates.push_back(std::async(std::launch::async, measure));
    double sum = 0;
    for (std::future<double>& rate : rates) sum += rate.get();
    return sum;
}

nlohmann::ordered_json least_squares_seconds(mfg::Objective& objective, mfg::Optimizer& optimizer,
                                             const mfg::Vector& theta, double gradient_seconds, double peak_gflops)
{
    mfg::LeastSquares& squares = *objective.least_squares();
    const mfg::Index rows = squares.residual_count(), columns = mfg::length(theta), smaller = std::min(rows, columns);
    mfg::Vector residuals = mfg::make_vector(rows);
    mfg::Matrix jacobian = mfg::make_matrix(rows, columns), gram = mfg::make_matrix(smaller, smaller);
    const double jacobian_seconds = median_seconds([&] { squares.linearise(theta, residuals, jacobian); });
    const bool transposed = rows > columns;
    const double gram_seconds = median_seconds([&] { mfg::linalg::gram(jacobian, transposed, gram); });
    // Damped so much that it stays positive definite.
    double mean = 0;
    for (mfg::Index i = 0; i < smaller; ++i) mean += gram(i, i) / static_cast<double>(smaller);
    for (mfg::Index i = 0; i < smaller; ++i) gram(i, i) += mean;
    mfg::Matrix factor = gram;
    const double copy_seconds = median_seconds([&] { std::copy(gram.begin(), gram.end(), factor.begin()); });
    const double factor_seconds = median_seconds([&] {
                                      std::copy(gram.begin(), gram.end(), factor.begin());
                                      mfg::linalg::cholesky_in_place(factor);
                                  }) -
                                  copy_seconds;
    const double step_seconds = median_seconds([&] {
        mfg::Vector moved = theta;
        optimizer.step(objective, moved);
    });
    const double n = static_cast<double>(smaller), inner = static_cast<double>(std::max(rows, columns));
    const auto fraction = [&](double operations, double seconds) { return operations / seconds * 1e-9 / peak_gflops; };
    return {{"residuals", rows},
            {"parameters", columns},
            {"jacobian_seconds", jacobian_seconds},
            {"jacobian_in_gradients", jacobian_seconds / gradient_seconds},
            {"gram_seconds", gram_seconds},
            {"gram_fraction_of_peak", fraction(n * n * inner, gram_seconds)},
            {"factor_seconds", factor_seconds},
            {"factor_fraction_of_peak", fraction(n * n * n / 3, factor_seconds)},
            {"step_seconds", step_seconds}};
}
