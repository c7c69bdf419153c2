#pragma once
#include <mfg/run/assemble.hpp>

#include <mfg/run/run_directory.hpp>

#include <nlohmann/json_fwd.hpp>

/// How the velocities of a trained run and of a solution on a grid are compared.
struct ComparisonSettings {
    int cells = 256, times = 64;    ///< of the scheme that carries the density
    std::vector<mfg::Real> domain;  ///< x_low, x_high, y_low, y_high; empty: that of the solution
    std::string grid;               ///< a run directory; empty: a solution is found on the spot
    mfg::Assignments common;        ///< settings of the grid's composition as of the run's
};

/// Carries the initial density by the velocities of both through one upwind finite-volume scheme and says what that
/// costs; figures are added to those of `directory`, the run's. An UnsupportedProblem if no grid method solves the
/// problem.
nlohmann::ordered_json compare_with_grid(const mfg::Run& run, const mfg::Vector& parameters,
                                         const mfg::RunDirectory& directory, const ComparisonSettings& settings);

/// The result as a table for the terminal.
std::string comparison_table(const nlohmann::ordered_json& comparison);
