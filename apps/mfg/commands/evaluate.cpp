#include <mfg/run/assemble.hpp>
#include "command_line/run_options.hpp"
#include "commands/commands.hpp"
#include "results/result.hpp"

#include <mfg/game/population_view.hpp>
#include <mfg/plugin/guarded.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/npy.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace {

/// Rows of points for the problem; an Error says which number cannot be one.
mfg::Matrix read_points(const std::string& path, const mfg::Problem& problem)
{
    mfg::Matrix points = mfg::read_npy<2>(path);
    const bool time = !problem.stationary();
    const auto d = static_cast<std::size_t>(problem.dimension()), columns = d + (time ? 1 : 0);
    if (points.shape(1) != columns)
        throw mfg::Error(fmt::format("'{}' has rows of {} numbers; this problem needs {}: x_1..x_{}{}", path,
                                     points.shape(1), columns, d, time ? ", t" : ", no time"));
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        for (std::size_t k = 0; k < columns; ++k)
            if (!std::isfinite(points(i, k)))
                throw mfg::Error(fmt::format("'{}', row {}: number {} is not finite", path, i, k));
        if (!time) continue;
        // 3 * 0.1 is a little more than 0.3.
        const mfg::Real end = problem.horizon(), rounding = 1e-12 * end, t = points(i, d);
        if (!(t >= -rounding && t <= end + rounding))
            throw mfg::Error(fmt::format("'{}', row {}: the time {} is outside of [0, {}]", path, i, t, end));
        points(i, d) = std::clamp(t, mfg::Real(0), end);
    }
    return points;
}

struct Settings {
    std::string points, output;
    mfg::Assignments of_run;
};

void declare(CommandOptions& o, Settings& s)
{
    o.path(Value::file, "points", "P.npy", s.points, "the points, a NumPy array [n x (d + 1)] or [n x d]", true);
    o.path(Value::directory, "output", "DIR2", s.output, "directory of the results (DIR/evaluation)");
    declare_run_settings(o, {"threads", "plugin-path"}, s.of_run);
}

int evaluate(const Arguments& words, const Settings& settings)
{
    if (settings.points.empty())
        throw mfg::UsageError("no points are given; use --points P.npy, one point per row: x_1..x_d, t");
    const auto directory = mfg::RunDirectory::open(words.front());
    const auto lock = directory.lock(mfg::FileLock::Use::shared);
    const std::string output = settings.output.empty() ? directory.file("evaluation") : settings.output;
    const mfg::Configuration configuration = mfg::configuration_of(directory).with(settings.of_run);
    const mfg::Run run = assemble_with_note(configuration, directory);
    note_changed_files(run, directory);
    const mfg::Problem& problem = *run.problem;
    const mfg::Matrix points = read_points(settings.points, problem);
    const auto solution = run.formulation->solution(run.read_result(directory));
    const std::vector<mfg::FieldTable> tables =
        mfg::guarded(run.plugins(), [&] { return mfg::evaluate(*solution, points); });

    mfg::create_directories(output);
    const auto write = [&](const std::string& name, const auto& array) {
        const std::string file = output + "/" + name + ".npy";
        mfg::write_npy(file, array);
        fmt::print("{}\n", file);
    };
    for (const mfg::FieldTable& table : tables) {
        write(table.name + "_value", table.value);
        if (table.order > 0 && !problem.stationary()) write(table.name + "_time_derivative", table.time_derivative);
        if (table.order > 0) write(table.name + "_gradient", table.gradient);
        if (table.order > 1) write(table.name + "_laplacian", table.laplacian);
    }
    for (const auto& [suffix, own] : mfg::populations_of(*solution))
        if (mfg::initial_law(own->problem())) write("velocity" + suffix, own->velocity_at(points));
    return 0;
}

}  // namespace

Command evaluate_command()
{
    return with_options<Settings>(
        {"evaluate",
         "evaluate the fields of a run at given points",
         {{Value::run, "DIR"}},
         R"(Evaluates the fields of a run. P.npy has one point per row: x_1..x_d, t, without t for
problems without time. For each unknown function FIELD (phi, log_density, ...) it writes
FIELD_value.npy, FIELD_time_derivative.npy, FIELD_gradient.npy and FIELD_laplacian.npy, with rows in
the same order, and the velocity of agents, which is their control and the drift, as velocity.npy
[n x d], of several populations as velocity_1.npy, velocity_2.npy, ... A run on a grid has no
derivatives.
)"},
        declare, evaluate);
}
