#include "command_line.hpp"
#include "commands.hpp"
#include "composition.hpp"

#include <mfg/run/files.hpp>
#include <mfg/run/npy.hpp>

#include <fmt/format.h>

#include <cmath>

namespace {

/// Rows of points for the problem; an Error says which number cannot be one.
mfg::Matrix read_points(const std::string& path, const mfg::Problem& problem)
{
    const mfg::Matrix points = mfg::read_npy_matrix(path);
    const bool time = !problem.stationary();
    const auto d = static_cast<std::size_t>(problem.dimension()), columns = d + (time ? 1 : 0);
    if (points.shape(1) != columns)
        throw mfg::Error(fmt::format("'{}' has rows of {} numbers; this problem needs {}: x_1..x_{}{}", path,
                                     points.shape(1), columns, d, time ? ", t" : ", no time"));
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        for (std::size_t k = 0; k < columns; ++k)
            if (!std::isfinite(points(i, k)))
                throw mfg::Error(fmt::format("'{}', row {}: number {} is not finite", path, i, k));
        if (time && !(points(i, d) >= 0 && points(i, d) <= problem.horizon()))
            throw mfg::Error(fmt::format("'{}', row {}: the time {} is outside of [0, {}]", path, i, points(i, d),
                                         problem.horizon()));
    }
    return points;
}

}  // namespace

const char* const evaluate_help = R"(mfg evaluate DIR --points P.npy [--output DIR2]

Evaluates what a run has learned. P.npy has one point a row: x_1..x_d, t, without t for problems
without time. For each unknown function FIELD (phi, log_density, ...) and each row, in the same
order, it writes FIELD_value.npy, FIELD_time_derivative.npy, FIELD_gradient.npy and
FIELD_laplacian.npy.

  --points P.npy           the points, a NumPy array [n x (d + 1)] or [n x d]
  --output DIR2            where to (DIR/evaluation)
  --threads N              number of threads
  --plugin-path DIR        a directory with plugins, may be repeated
)";

int evaluate(const Arguments& arguments)
{
    const CommandLine line = read_command_line(arguments, {"points", "output", "threads", "plugin-path"});
    require_words(line, 1, 1, evaluate_help);
    std::string points_file, output;
    Arguments common;
    for (const auto& [name, value] : line.options) {
        if (name == "points")
            points_file = value;
        else if (name == "output")
            output = value;
        else
            common.push_back("--" + name + "=" + value);
    }
    if (points_file.empty())
        throw mfg::UsageError("no points are given; use --points P.npy, one point a row: x_1..x_d, t");

    const auto directory = mfg::RunDirectory::open(line.words.front());
    if (output.empty()) output = directory.file("evaluation");
    Configuration configuration(run_arguments(directory, common));
    note_other_version(configuration, directory);
    Composition run(configuration);
    if (run.method->solver())
        throw mfg::Error("'" + directory.path() +
                         "' is a solution on a grid, no function that can be evaluated anywhere; its arrays are in '" +
                         directory.file("solution") + "'");
    const mfg::Matrix points = read_points(points_file, *run.problem);
    const std::vector<mfg::FieldTable> tables =
        run.method->evaluate(directory.read_parameters(run.method->layout()), points);

    mfg::create_directories(output);
    const auto write = [&](const std::string& name, const auto& array) {
        if (array.size() == 0 && points.shape(0) > 0) return;
        const std::string file = output + "/" + name + ".npy";
        mfg::write_npy(file, array);
        fmt::print("{}\n", file);
    };
    for (const mfg::FieldTable& table : tables) {
        write(table.name + "_value", table.value);
        write(table.name + "_time_derivative", table.time_derivative);
        write(table.name + "_gradient", table.gradient);
        write(table.name + "_laplacian", table.laplacian);
    }
    return 0;
}
