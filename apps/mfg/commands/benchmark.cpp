#include <mfg/run/assemble.hpp>
#include "command_line/run_options.hpp"
#include "commands/commands.hpp"
#include "commands/timing.hpp"

#include <mfg/base/blas.hpp>
#include <mfg/training/objective.hpp>

#include <fmt/format.h>
#include <mfg/run/json.hpp>
#include <mfg/run/npy.hpp>
#include <mfg/run/run_directory.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>

namespace {

/// A player of the training with its part of the objective.
struct Side {
    const mfg::Player& player;
    mfg::ParameterSubset subset;
    mfg::Matrix sample;
    std::unique_ptr<mfg::SampledObjective> objective;
    mfg::Vector theta, gradient;
};

struct Settings {
    RunOptions run;
    std::vector<int> samples;
    std::string parameters, write;
};

void declare(CommandOptions& o, Settings& s)
{
    o.number("training.samples", s.samples, "number of samples; of a list, the last one", mfg::at_least(1));
    o.path(Value::file, "parameters", "FILE.npy", s.parameters,
           "the parameters, in the order of parameters.json; default: those that a training starts with");
    o.path(Value::directory, "write", "DIR", s.write,
           "also write parameters, samples and gradients as arrays to DIR, which must not exist");
    declare_run(o, s.run);
}

mfg::Vector parameters_of(const mfg::Run& run, const Settings& settings)
{
    mfg::Vector initial = run.formulation->layout().initialise(run.seed);
    if (settings.parameters.empty()) return initial;
    mfg::Vector given = mfg::read_npy<1>(settings.parameters);
    if (given.size() != initial.size())
        throw mfg::Error(fmt::format("'{}' has {} numbers; the experiment has {} parameters", settings.parameters,
                                     given.size(), initial.size()));
    return given;
}

/// The inputs and outputs of the gradient, for other programs to find the same.
void write_arrays(const mfg::RunDirectory& directory, const mfg::ParameterLayout& layout, const mfg::Vector& parameters,
                  const std::vector<Side>& sides)
{
    directory.write_parameters(layout, parameters);
    for (const Side& side : sides) {
        mfg::Vector gradient = mfg::make_vector(layout.size());
        side.subset.scatter(side.gradient, gradient);
        mfg::write_npy(directory.file("sample_" + side.player.name() + ".npy"), side.sample);
        mfg::write_npy(directory.file("gradient_" + side.player.name() + ".npy"), gradient);
    }
}

/// The objective of each player and its terms.
nlohmann::ordered_json objectives(std::vector<Side>& sides)
{
    nlohmann::ordered_json result;
    for (Side& side : sides) {
        const mfg::Evaluation found = side.objective->value(side.theta);
        nlohmann::ordered_json terms;
        const std::vector<std::string> names = side.player.loss().terms();
        for (std::size_t i = 0; i < names.size(); ++i) terms[names[i]] = found.terms[i];
        result[side.player.name()] = {{"objective", found.value}, {"terms", terms}};
    }
    return result;
}

int benchmark(const Arguments& words, const Settings& settings)
{
    mfg::Assignments given = settings.run.settings;
    const bool levels = std::any_of(given.begin(), given.end(),
                                    [](const auto& setting) { return setting.first == "training.iterations"; });
    // Otherwise they are for the timing alone, and need not fit the levels of the experiment.
    if (levels && !settings.samples.empty())
        given.emplace_back("training.samples", fmt::format("{}", fmt::join(settings.samples, ",")));
    const mfg::Run run = mfg::assemble(read_configuration(words, given));
    if (settings.run.dry_run) {
        fmt::print("{}", run.configuration.to_ini());
        return 0;
    }
    if (run.has_solver())
        throw mfg::Error("method '" + run.method_name +
                         "' has no objective and gradient to time: it solves in its own way");
    std::optional<mfg::RunDirectory> directory;
    if (!settings.write.empty()) {
        directory = mfg::RunDirectory::create_new(settings.write);
        if (!directory) throw mfg::Error("'" + settings.write + "' exists; give the name of a new directory");
    }
    // The last level is the largest.
    const int samples = settings.samples.empty() ? run.training.samples.back() : settings.samples.back();
    std::vector<Side> sides;
    // As the trainer draws its first sample.
    mfg::Vector parameters = parameters_of(run, settings);
    const std::vector<mfg::Player>& players = run.formulation->players();
    run.formulation->refresh(parameters,
                             mfg::RandomStream(run.seed, "benchmark, adaptation of " + players.front().name()), 1);
    for (const mfg::Player& player : players) {
        const mfg::ParameterSubset subset(run.formulation->layout(), player.fields());
        const mfg::SampledLoss& loss = player.loss();
        const mfg::RandomStream stream(run.seed, "benchmark of " + player.name());
        Side& side = sides.emplace_back(
            Side{player, subset, loss.training_sample(stream, loss.in_groups(samples), parameters), {}, {}, {}});
        side.theta = side.gradient = mfg::make_vector(subset.size());
        subset.gather(parameters, side.theta);
        side.objective = std::make_unique<mfg::SampledObjective>(loss, subset, run.threads);
        side.objective->set_sample(side.sample, 1, loss.shared_batch(stream.part(mfg::Sampler::shared_batch_name)));
        side.objective->freeze(parameters, 1);
    }
    const double gradient_seconds = median_seconds([&] {
        for (Side& side : sides) side.objective->value_and_gradient(side.theta, side.gradient);
    });
    double operations = 0;
    for (const Side& side : sides) operations += side.objective->operations();
    const double value_seconds = median_seconds([&] {
        for (Side& side : sides) side.objective->value(side.theta);
    });
    const double peak = peak_gflops(run.threads);
    nlohmann::ordered_json objectives_of_players = objectives(sides);
    for (std::size_t i = 0; i < sides.size(); ++i) {
        Side& side = sides[i];
        mfg::Optimizer& optimizer = *run.optimizers[i].back();
        if (optimizer.needs_least_squares())
            objectives_of_players[side.player.name()]["least_squares"] =
                least_squares_seconds(*side.objective, optimizer, side.theta, gradient_seconds, peak);
    }
    if (directory) write_arrays(*directory, run.formulation->layout(), parameters, sides);

    const nlohmann::ordered_json result{{"problem", run.problem_name},
                                        {"dimension", run.problem->dimension()},
                                        {"samples", samples},
                                        {"parameter_count", parameters.size()},
                                        {"value_seconds", value_seconds},
                                        {"gradient_seconds", gradient_seconds},
                                        {"operations", operations},
                                        {"peak_gflops", peak},
                                        {"fraction_of_peak", operations / gradient_seconds * 1e-9 / peak},
                                        {"threads", run.threads},
                                        {"tile_samples", sides.front().objective->tile_size()},
                                        {"blas_kernels", mfg::blas_kernels()},
                                        {"players", objectives_of_players}};
    fmt::print("{}", mfg::json_text(result));
    return 0;
}

}  // namespace

Command benchmark_command()
{
    return with_options<Settings>(
        {"benchmark",
         "time one objective and one gradient",
         {experiment_word},
         R"(Times one objective and one gradient of an experiment and prints JSON: samples, value_seconds,
gradient_seconds (medians), operations, peak_gflops, fraction_of_peak, threads, and objective and
terms of each player. For an optimizer that linearises residuals it also times the Jacobian, its
Gram matrix, the factorisation, and a step. It has the options of 'mfg solve'. With --write it
keeps parameters, samples and gradients, so that another program can find the same gradient and
its time.
)"},
        declare, benchmark);
}
