#pragma once
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

/// The least that is a problem.
struct Toy : mfg::Problem {
    using Interface = Toy;
    struct Settings {
        double depth = 1;
        int dimension = 2;
    };
    static void options(mfg::Options& o, Settings& s)
    {
        o("depth", s.depth, "height of the barrier", mfg::nonnegative);
        o("dimension", s.dimension, "space dimension", mfg::between(1, 1000));
    }
    explicit Toy(const Settings& s) : settings(s) {}
    int dimension() const override { return settings.dimension; }
    virtual double depth() const { return settings.depth; }

    Settings settings;
};
