#pragma once
#include "run/composition.hpp"

#include <mfg/run/run_directory.hpp>

#include <nlohmann/json_fwd.hpp>

/// How the velocities of a trained run and of a solution on a grid are compared.
struct ComparisonSettings {
    int cells = 256, times = 64;    ///< of the scheme that carries the density
    std::vector<mfg::Real> domain;  ///< x_low, x_high, y_low, y_high; empty: that of the solution
    std::string grid;               ///< a run directory; empty: a solution is found on the spot
    Assignments common;             ///< settings of the grid's composition as of the run's
};

/// Carries the initial density by the velocities of both through one upwind finite-volume scheme and says what that
/// costs; pictures go to `to`. `directory` is that of the run. Without a result and with the reason in `skipped` if the
/// problem is one that no grid method solves.
nlohmann::ordered_json compare_with_grid(const Composition& run, const mfg::Vector& parameters,
                                         const mfg::RunDirectory& directory, const ComparisonSettings& settings,
                                         mfg::FieldExport& to, std::string& skipped);

/// The result as a table for the terminal.
std::string comparison_table(const nlohmann::ordered_json& comparison);
