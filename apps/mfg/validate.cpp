#include "command_line.hpp"
#include "commands.hpp"
#include "composition.hpp"
#include "result.hpp"

#include <mfg/eulerian/upwind.hpp>
#include <mfg/io/npy.hpp>
#include <mfg/io/run_directory.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>

namespace {

using Json = nlohmann::ordered_json;
using mfg::Real;

struct ComparisonSettings {
    int cells = 256, times = 64;
    std::vector<Real> domain;
    std::string grid;
};

struct DiscardRecords final : mfg::TrainingObserver {
    void iteration(const mfg::TrainingRecord&) override {}
    void checkpoint(const mfg::Archive&) override {}
};

/// The run's parameters, a vector a player.
std::vector<mfg::Vector> read_parameters(const mfg::RunDirectory& run, const std::vector<mfg::Player>& players)
{
    const mfg::Vector all = mfg::read_npy_vector(run.file("parameters.npy"));
    std::vector<mfg::Vector> parts;
    std::size_t offset = 0;
    for (const mfg::Player& player : players) {
        const std::size_t size = player.layout.size();
        if (size > all.size() - offset) break;
        parts.push_back(mfg::make_vector(size));
        std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(offset), size, parts.back().begin());
        offset += size;
    }
    if (parts.size() != players.size() || offset != all.size())
        throw mfg::Error("'" + run.file("parameters.npy") + "' does not fit to config.ini beside it");
    return parts;
}

mfg::Window comparison_domain(const ComparisonSettings& settings, const mfg::Window& window)
{
    if (settings.domain.empty()) {
        const Real x = (window.x_high - window.x_low) / 16, y = (window.y_high - window.y_low) / 16;
        return {window.x_low - x, window.x_high + x, window.y_low - y, window.y_high + y};
    }
    const std::vector<Real>& d = settings.domain;
    if (d.size() != 4 || !(d[0] < d[1] && d[2] < d[3]))
        throw mfg::Error("option --domain must be x_low,x_high,y_low,y_high with x_low < x_high, y_low < y_high");
    return {d[0], d[1], d[2], d[3]};
}

/// A problem and its options as text, to compare two runs.
std::string problem_text(const std::string& ini)
{
    std::string text;
    bool inside = false;
    std::size_t position = 0;
    while (position < ini.size()) {
        const std::size_t end = std::min(ini.find('\n', position), ini.size());
        const std::string line = ini.substr(position, end - position);
        position = end + 1;
        if (!line.empty() && line[0] == '[') inside = line == "[problem]";
        if ((inside && line.rfind("#", 0) != 0) || line.rfind("problem =", 0) == 0) text += line + "\n";
    }
    return text;
}

/// A composed solver that has its solution: that of a run, or one that is found here.
class GridSolution {
public:
    GridSolution(const mfg::RunDirectory& run, const Arguments& common, const ComparisonSettings& settings,
                 const mfg::Window& domain)
        : configuration_(arguments(run, common, settings, domain)), composition_(configuration_)
    {
        mfg::Solver* solver = composition_.method->solver();
        if (!solver) throw mfg::Error("'" + settings.grid + "' is no run of a solver on a grid, such as eulerian");
        if (!settings.grid.empty()) {
            Configuration trained(with_options(run, common));
            Composition other(trained);
            if (problem_text(trained.to_ini()) != problem_text(configuration_.to_ini()))
                throw mfg::Error("'" + settings.grid + "' solves another problem than '" + run.path() + "'");
            mfg::Archive solution = mfg::RunDirectory::open(settings.grid).read_solution();
            solver->solution(solution);
            source_ = settings.grid;
            return;
        }
        DiscardRecords nobody;
        const std::atomic<bool> interrupted{false};
        const mfg::TrainingResult result = composition_.make_training()->run(nobody, interrupted);
        source_ = fmt::format("64 x 64 cells, 32 intervals of time, {:.1f} s", result.seconds);
    }

    const mfg::Method& method() const { return *composition_.method; }
    const std::string& source() const { return source_; }

    static Arguments with_options(const mfg::RunDirectory& run, const Arguments& common)
    {
        Arguments words{run.file("config.ini")};
        words.insert(words.end(), common.begin(), common.end());
        return words;
    }

private:
    static Arguments arguments(const mfg::RunDirectory& run, const Arguments& common,
                               const ComparisonSettings& settings, const mfg::Window& domain)
    {
        if (!settings.grid.empty()) return with_options(mfg::RunDirectory::open(settings.grid), common);
        Arguments words = with_options(run, common);
        words.push_back("--method=eulerian");
        words.push_back(fmt::format("--method.domain={:.17g},{:.17g},{:.17g},{:.17g}", domain.x_low, domain.x_high,
                                    domain.y_low, domain.y_high));
        return words;
    }

    Configuration configuration_;
    Composition composition_;
    std::string source_;
};

Json as_json(const mfg::Transported& t)
{
    return {{"objective", t.transport + t.running + t.terminal},
            {"terms", {{"transport", t.transport}, {"running", t.running}, {"terminal", t.terminal}}},
            {"mass", t.mass_after},
            {"mass_lost", t.mass_before - t.mass_after},
            {"steps", t.steps}};
}

mfg::Matrix image(const mfg::SpaceTimeGrid& grid, const mfg::Matrix& values, std::size_t row)
{
    mfg::Matrix result = mfg::make_matrix(grid.ny, grid.nx);
    std::copy_n(&values(row, 0), grid.cells(), result.begin());
    return result;
}

/// End densities, and both components of the velocities at three times where the grid's population is.
void draw_comparison(const mfg::MeanFieldGame& game, const mfg::SpaceTimeGrid& grid,
                     const std::vector<std::pair<std::string, const mfg::Transported*>>& carried,
                     const std::vector<mfg::VelocityField>& velocities, mfg::FieldExport& to)
{
    to.figure("comparison_densities", "Densities at the final time, carried by one scheme");
    for (const auto& [name, what] : carried)
        to.map("comparison_density_" + name, "by the " + name, image(grid, what->density, grid.nt), grid.domain, "end");
    if (const mfg::Density* target = game.target_density())
        to.map("comparison_target", "target", image(grid, mfg::cell_means(*target, grid), 0), grid.domain, "end");

    const mfg::Matrix points = grid.centres();
    for (std::size_t n = 0; n < 3; ++n) {
        const std::size_t k = n * grid.nt / 2;
        const Real t = static_cast<Real>(k) * grid.dt();
        // Where nobody is, a velocity has no meaning.
        const mfg::Matrix density = image(grid, carried.back().second->density, k);
        const Real least = Real(1e-3) * *std::max_element(density.begin(), density.end());
        to.figure(fmt::format("comparison_velocity_{}", n), fmt::format("Velocity at t = {:.3g}", t));
        for (std::size_t axis = 0; axis < 2; ++axis) {
            for (std::size_t i = 0; i < carried.size(); ++i) {
                const mfg::Matrix v = velocities[i](points, t);
                mfg::Matrix shown = density;
                for (std::size_t c = 0; c < grid.cells(); ++c) {
                    Real& value = shown(c / grid.nx, c % grid.nx);
                    value = value < least ? std::numeric_limits<Real>::quiet_NaN() : v(c, axis);
                }
                const std::string direction = axis == 0 ? "x" : "y";
                to.map(fmt::format("comparison_velocity_{}_{}_{}", n, direction, carried[i].first),
                       fmt::format("velocity in {}, {}", axis == 0 ? "x\u2081" : "x\u2082", carried[i].first), shown,
                       grid.domain, direction);
            }
        }
    }
}

/// Carries the initial density by the velocities of both methods, and says what that costs.
Json compare(const Composition& run, const std::vector<mfg::Vector>& parameters, const GridSolution& solution,
             const ComparisonSettings& settings, const mfg::Window& domain, mfg::FieldExport& to)
{
    const mfg::MeanFieldGame& game = *run.problem->mean_field_game();
    const auto cells = static_cast<std::size_t>(settings.cells);
    const mfg::SpaceTimeGrid grid{domain, game.horizon(), cells, cells, static_cast<std::size_t>(settings.times)};
    const std::vector<mfg::VelocityField> velocities{
        [&](const mfg::Matrix& points, Real t) { return run.method->velocity(parameters, points, t); },
        [&](const mfg::Matrix& points, Real t) { return solution.method().velocity({}, points, t); }};
    constexpr Real courant = 0.9;
    const mfg::Transported network = mfg::carry(game, velocities[0], grid, courant);
    const mfg::Transported on_grid = mfg::carry(game, velocities[1], grid, courant);
    draw_comparison(game, grid, {{"network", &network}, {"grid", &on_grid}}, velocities, to);

    Json json{{"scheme", "upwind finite volumes of first order, no flow through the boundary"},
              {"cells", settings.cells},
              {"times", settings.times},
              {"domain", {domain.x_low, domain.x_high, domain.y_low, domain.y_high}},
              {"mass_outside", 1 - network.mass_before},
              {"network", as_json(network)},
              {"grid", as_json(on_grid)},
              {"grid_solution", solution.source()}};
    const Real total = json["grid"]["objective"].get<Real>();
    json["relative_difference"] = (json["network"]["objective"].get<Real>() - total) / std::abs(total);
    return json;
}

std::string comparison_table(const Json& comparison)
{
    std::string table = fmt::format("\n{:<14}{:>17}{:>17}   both by one upwind scheme, {} x {} cells\n", "", "network",
                                    "grid", comparison["cells"].get<int>(), comparison["cells"].get<int>());
    const auto row = [&](const std::string& name, const Json& network, const Json& grid) {
        table += fmt::format("{:<14}{:>17.4f}{:>17.4f}\n", name, network.get<Real>(), grid.get<Real>());
    };
    const Json &network = comparison["network"], &grid = comparison["grid"];
    row("objective", network["objective"], grid["objective"]);
    for (const auto& item : network["terms"].items()) row("  " + item.key(), item.value(), grid["terms"][item.key()]);
    row("mass", network["mass"], grid["mass"]);
    return table +
           fmt::format("difference {:.2f} %; mass outside of the domain {:.2e}, lost {:.1e}, {:.1e}; grid: {}\n",
                       100 * comparison["relative_difference"].get<Real>(), comparison["mass_outside"].get<Real>(),
                       network["mass_lost"].get<Real>(), grid["mass_lost"].get<Real>(),
                       comparison["grid_solution"].get<std::string>());
}

ComparisonSettings comparison_settings(const CommandLine& line)
{
    mfg::Options::Given given;
    for (const auto& [name, value] : line.options)
        if (name != "threads" && name != "plugin-path") given[name] = value;
    ComparisonSettings settings;
    mfg::Options options("mfg validate", given);
    options("grid", settings.grid, "run directory of a solution on a grid");
    options("cells", settings.cells, "cells of the scheme along each axis", mfg::between(8, 4096));
    options("times", settings.times, "intervals of time between velocities", mfg::between(1, 10000));
    options("domain", settings.domain, "domain of the scheme");
    return settings;
}

}  // namespace

int validate(const Arguments& arguments)
{
    const CommandLine line =
        read_command_line(arguments, {"grid", "cells", "times", "domain", "threads", "plugin-path"});
    require_words(line, 1, 1, "mfg validate DIR [--grid DIR2] [--cells N] [--times N]");
    const ComparisonSettings settings = comparison_settings(line);
    Arguments common;
    for (const auto& [name, value] : line.options)
        if (name == "threads" || name == "plugin-path") common.push_back("--" + name + "=" + value);

    const auto directory = mfg::RunDirectory::open(line.words.front());
    Configuration configuration(GridSolution::with_options(directory, common));
    Composition run(configuration);
    if (run.method->solver())
        throw mfg::Error("'" + directory.path() +
                         "' is a solution on a grid; validate a trained run and give this as --grid");
    const std::vector<mfg::Vector> parameters = read_parameters(directory, run.method->players());
    const std::vector<std::string> terms = mfg::Trainer::terms(*run.method);

    Json result{{"problem", run.problem_name}, {"method", run.method_name}};
    Json measured = fresh_metrics(run, terms, parameters, "validate");
    measured["terms"] = measured["validation"]["terms"];
    std::string text = result_table(measured);
    measured.erase("terms");
    result.update(measured);

    std::string skipped;
    if (run.problem->dimension() == 2 && run.problem->mean_field_game()) {
        const mfg::Window domain = comparison_domain(settings, run.problem->window());
        std::unique_ptr<GridSolution> solution;
        try {
            solution = std::make_unique<GridSolution>(directory, common, settings, domain);
        } catch (const mfg::NumericalError&) {
            throw;
        } catch (const mfg::Error& error) {
            // A problem that no grid method solves has all other measures.
            if (!settings.grid.empty()) throw;
            skipped = error.what();
        }
        if (solution) {
            mfg::FieldFiles fields(directory, true);
            result["comparison"] = compare(run, parameters, *solution, settings, domain, fields);
            fields.finish();
            text += comparison_table(result["comparison"]);
        }
    } else {
        skipped = "it is for standard games in the plane";
        if (!settings.grid.empty()) throw mfg::Error("no comparison with a grid: " + skipped);
    }
    if (!skipped.empty()) text += fmt::format("no comparison with a grid: {}\n", skipped);
    directory.write_text("validation.json", result.dump(2) + "\n");
    fmt::print("{}{}\n", text, directory.file("validation.json"));
    return 0;
}
