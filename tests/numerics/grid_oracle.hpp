#pragma once
#include <mfg/base/array.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

/// Dynamic programming on a grid for one agent in one or two dimensions, who moves with velocity v from a set of
/// velocities, is pushed by sqrt(2 nu h) up or down in each coordinate, and pays |v|^2 / 2 + running(x, t) per time and
/// terminal(x) at the end. Values between grid points are linear. It shares no code with the library.
struct GridOracle {
    using Cost = std::function<double(const double* x, double t)>;

    int dimension;
    double low, high;
    int points, steps;
    double horizon, viscosity, fastest;
    int speeds;  ///< along each coordinate, from -fastest to fastest; 1: nobody moves
    Cost running, terminal;

    double coordinate(int i) const { return low + (high - low) * i / (points - 1); }
    double speed(int i) const { return speeds == 1 ? 0 : fastest * (2.0 * i / (speeds - 1) - 1); }
    int nodes() const { return dimension == 1 ? points : points * points; }
    void position(int node, double* x) const
    {
        x[0] = coordinate(node % points);
        if (dimension == 2) x[1] = coordinate(node / points);
    }

    double interpolated(const std::vector<double>& values, const double* x) const
    {
        int at[2] = {0, 0};
        double share[2] = {0, 0};
        for (int k = 0; k < dimension; ++k) {
            const double place = std::clamp((x[k] - low) / (high - low) * (points - 1), 0.0, points - 1.0);
            at[k] = std::min(static_cast<int>(place), points - 2);
            share[k] = place - at[k];
        }
        const auto along = [&](int row) {
            const double* v = &values[row * points + at[0]];
            return (1 - share[0]) * v[0] + share[0] * v[1];
        };
        return dimension == 1 ? along(0) : (1 - share[1]) * along(at[1]) + share[1] * along(at[1] + 1);
    }

    /// The least cost from each node at t = 0.
    std::vector<double> best() const
    {
        const double h = horizon / steps, push = std::sqrt(2 * viscosity * h);
        std::vector<double> value(nodes()), next(nodes());
        double x[2] = {0, 0};
        for (int i = 0; i < nodes(); ++i) {
            position(i, x);
            value[i] = terminal(x, horizon);
        }
        for (int step = steps - 1; step >= 0; --step) {
            // First the mean over the noise, then the best velocity.
            if (push > 0) {
                for (int i = 0; i < nodes(); ++i) {
                    position(i, x);
                    double sum = 0;
                    const int signs = dimension == 1 ? 2 : 4;
                    for (int s = 0; s < signs; ++s) {
                        const double moved[2] = {x[0] + (s % 2 ? push : -push), x[1] + (s / 2 ? push : -push)};
                        sum += interpolated(value, moved) / signs;
                    }
                    next[i] = sum;
                }
                std::swap(value, next);
            }
            for (int i = 0; i < nodes(); ++i) {
                position(i, x);
                double least = std::numeric_limits<double>::infinity();
                for (int a = 0; a < speeds; ++a)
                    for (int b = 0; b < (dimension == 1 ? 1 : speeds); ++b) {
                        const double v = speed(a), u = dimension == 1 ? 0 : speed(b);
                        const double moved[2] = {x[0] + h * v, x[1] + h * u};
                        least = std::min(least, h * (v * v + u * u) / 2 + interpolated(value, moved));
                    }
                next[i] = least + h * running(x, h * step);
            }
            std::swap(value, next);
        }
        return value;
    }

    /// What agents at rows of starts gain on average who move, over those who stand still.
    double mean_gain(const mfg::Matrix& starts) const
    {
        GridOracle still = *this;
        still.speeds = 1;
        const std::vector<double> moving = best(), standing = still.best();
        double sum = 0;
        for (std::size_t i = 0; i < starts.shape(0); ++i)
            sum += interpolated(standing, &starts(i, 0)) - interpolated(moving, &starts(i, 0));
        return sum / starts.shape(0);
    }
};
