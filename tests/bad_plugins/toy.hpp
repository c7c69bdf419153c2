#pragma once
#include <mfg/plugin/plugin.hpp>

/// The least that MFG_PLUGIN accepts as a problem.
struct Toy {
    static constexpr const char* kind = "problem";
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
    virtual ~Toy() = default;
    virtual double depth() const { return settings.depth; }

    Settings settings;
};
