#pragma once
#include <mfg/base/array.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

/// Mean of independent numbers and its standard error.
class MonteCarloMean {
public:
    void add(Real value)
    {
        // Welford's update: no cancellation where the mean is large.
        ++count_;
        const Real before = value - mean_;
        mean_ += before / count_;
        squares_ += before * (value - mean_);
    }
    Real mean() const { return mean_; }
    /// Never zero: numbers that are all the same have the error of their rounding.
    Real standard_error() const
    {
        return std::max(std::sqrt(squares_ / (count_ * std::max(count_ - 1, Real(1)))), 1e-12 * (1 + std::abs(mean_)));
    }

private:
    Real count_ = 0, mean_ = 0, squares_ = 0;
};

}  // namespace mfg
