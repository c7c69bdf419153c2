#pragma once
#include <mfg/optimizer.hpp>

#include <nlohmann/json_fwd.hpp>

#include <functional>

/// Median time of one call in seconds: at least five calls and one second, or until ten seconds are over.
double median_seconds(const std::function<void()>& call);

/// The speed of a large product on all threads together, in 1e9 operations per second.
double peak_gflops(int threads);

/// Seconds of the parts of a least-squares step at `theta`, which stays as it is: Jacobian, Gram matrix, factorisation
/// of the smaller matrix, and a whole step of `optimizer`. They are compared with a gradient, in seconds, and with the
/// peak.
nlohmann::ordered_json least_squares_seconds(mfg::Objective& objective, mfg::Optimizer& optimizer,
                                             const mfg::Vector& theta, double gradient_seconds, double peak_gflops);
