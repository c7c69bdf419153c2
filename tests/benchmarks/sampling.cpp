/// How much noise the ways of sampling leave, and what control variates take away: the tables of docs/sampling.md.
#include <mfg/assessment/control_variates.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/training/training.hpp>

#include "numerics/setup.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>

using namespace mfg;

namespace {

constexpr int samples = 1024, draws = 50, seeds = 3, threads = 2;
const std::vector<std::string> laws{"random", "sobol", "antithetic"};

struct Case {
    const char* name;
    const char* problem;
    Options::Given problem_options, method, network;

    Setup setup(const std::string& law) const
    {
        Options::Given with_law = method;
        with_law["sampling"] = law;
        return Setup(problem, {problem_options, with_law, network});
    }
};

class Silent final : public TrainingObserver {
public:
    void iteration(const TrainingRecord&) override {}
    void checkpoint(const Archive&) override {}
};

TrainingResult train(const Setup& setup, std::uint64_t seed)
{
    TrainingSettings settings;
    settings.samples = {samples};
    settings.iterations = {150};
    settings.validate_every = 150;  // the parameters that are kept are the last ones
    settings.checkpoint_every = "0";
    Registry registry;
    const auto optimizer = registry.create<Optimizer>("bfgs");
    Silent observer;
    return player_training(*setup.formulation, settings, {{optimizer.get()}}, seed, threads)->run(observer, {false});
}

/// The objective of every sample.
Matrix objectives(SampledObjective& objective, const Vector& theta)
{
    Matrix terms;
    objective.value(theta, terms);
    Matrix sums = make_matrix(terms.shape(0), 1);
    for (std::size_t i = 0; i < terms.shape(0); ++i)
        for (std::size_t k = 0; k < terms.shape(1); ++k) sums(i, 0) += terms(i, k);
    return sums;
}

struct Estimates {
    MeanEstimate plain, controlled;
};

Estimates validate(const Setup& setup, const Vector& theta, int count)
{
    const SampledLoss& loss = setup.player().loss();
    const Matrix fresh = loss.sample(RandomStream(7, "fresh"), count);
    SampledObjective objective(loss, setup.layout(), threads);
    objective.set_sample(fresh, 0);
    const Matrix values = objectives(objective, theta);
    return {sample_means(values), controlled_means(values, loss.control_variates(fresh, max_control_variates(count)))};
}

/// Deviations of the objective and of its gradient (the root of the sum of the variances) over fresh training samples.
struct Noise {
    Real objective = 0, gradient = 0;
};

Noise noise(const Setup& setup, const Vector& theta)
{
    SampledObjective objective(setup.player().loss(), setup.layout(), threads);
    Vector gradient = make_vector(theta.size());
    Matrix all = make_matrix(draws, theta.size() + 1);
    for (int draw = 0; draw < draws; ++draw) {
        const RandomStream stream(11, "draw", static_cast<std::uint64_t>(draw));
        objective.set_sample(setup.player().loss().training_sample(stream, samples, {}), 0);
        const std::size_t row = static_cast<std::size_t>(draw);
        all(row, 0) = objective.value_and_gradient(theta, gradient);
        std::copy(gradient.begin(), gradient.end(), &all(row, 1));
    }
    Noise result;
    for (std::size_t k = 0; k < all.shape(1); ++k) {
        Real mean = 0, squares = 0;
        for (std::size_t i = 0; i < draws; ++i) mean += all(i, k) / draws;
        for (std::size_t i = 0; i < draws; ++i) squares += (all(i, k) - mean) * (all(i, k) - mean) / (draws - 1);
        (k == 0 ? result.objective : result.gradient) += squares;
    }
    return {std::sqrt(result.objective), std::sqrt(result.gradient)};
}

void training_table(const Case& c)
{
    const Vector fixed = train(c.setup("random"), 1).parameters;
    std::printf(
        "\n%s\n\n| sampling | deviation of the objective | of the gradient | gap, seeds 1, 2, 3 | objective on fresh "
        "samples |\n|---|---|---|---|---|\n",
        c.name);
    for (const std::string& law : laws) {
        const Setup setup = c.setup(law);
        const Noise n = noise(setup, fixed);
        std::printf("| %s | %.4f | %.3f |", law.c_str(), n.objective, n.gradient);
        std::string fresh;
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
            const TrainingResult result = train(setup, seed);
            const Real objective = validate(setup, result.parameters, 65536).controlled.means(0);
            std::printf(" %.3f", objective - result.objective);
            char text[32];
            std::snprintf(text, sizeof text, " %.3f", objective);
            fresh += text;
        }
        std::printf(" |%s |\n", fresh.c_str());
    }
    const Setup setup = c.setup("random");
    const Estimates e = validate(setup, fixed, 16384);
    std::printf("\nStandard error at 16384 samples: %.5f, with control variates %.5f (1/%.1f)\n",
                e.plain.standard_errors(0), e.controlled.standard_errors(0),
                e.plain.standard_errors(0) / e.controlled.standard_errors(0));
}

/// The deviation that samples of a wider or narrower Gaussian, weighted, would have, as a multiple of that of plain
/// ones: E_q[(w (f - mu))^2] = E_p[w (f - mu)^2] with w = p/q.
void importance_table(const Case& c, const Vector& mean, Real variance)
{
    const Setup setup = c.setup("random");
    const Vector theta = train(setup, 1).parameters;
    const Gaussian p(mean, make_vector(mean.size(), variance));
    const RandomStream stream(13, "importance");
    SampledObjective objective(setup.player().loss(), setup.layout(), threads);
    objective.set_sample(setup.player().loss().sample(stream, 65536), 0);
    const Matrix values = objectives(objective, theta), points = p.sample(stream, 65536);
    const Real mu = sample_means(values).means(0);
    const Vector log_p = log_density_at(p, points);
    std::printf(
        "\n%s: weighted samples of a Gaussian with so many times the variance\n\n| factor | deviation, times that "
        "of plain samples |\n|---|---|\n",
        c.name);
    for (const Real factor : {0.8, 0.9, 1.05, 1.1, 1.2, 1.4}) {
        const Vector log_q = log_density_at(Gaussian(mean, make_vector(mean.size(), factor * variance)), points);
        Real plain = 0, weighted = 0;
        for (std::size_t i = 0; i < values.shape(0); ++i) {
            const Real square = (values(i, 0) - mu) * (values(i, 0) - mu);
            plain += square;
            weighted += square * std::exp(log_p(i) - log_q(i));
        }
        std::printf("| %.2f | %.2f |\n", factor, std::sqrt(weighted / plain));
    }
}

Real seconds(const std::function<void()>& work)
{
    Real best = 1e30;
    for (int k = 0; k < 3; ++k) {
        const auto start = std::chrono::steady_clock::now();
        work();
        best = std::min(best, std::chrono::duration<Real>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

void time_table()
{
    std::printf("\n| sampling | 36864 points in 100 dimensions, seconds |\n|---|---|\n");
    const Case c{"", "optimal_transport", {{"dimension", "100"}}, {}, {}};
    for (const std::string& law : laws) {
        const Setup setup = c.setup(law);
        const auto draw = [&] { return setup.player().loss().training_sample(RandomStream(1, "time"), 36864, {}); };
        std::printf("| %s | %.3f |\n", law.c_str(), seconds([&] { draw(); }));
        if (law != "random") continue;
        SampledObjective objective(setup.player().loss(), setup.layout(), threads);
        objective.set_sample(draw(), 0);
        const Vector theta = setup.layout().initialise(1);
        Vector gradient = make_vector(theta.size());
        objective.value_and_gradient(theta, gradient);
        std::printf("| (one gradient) | %.3f |\n", seconds([&] { objective.value_and_gradient(theta, gradient); }));
    }
}

}  // namespace

int main()
{
    const Case gaussian_10d{"gaussian_transport, 10 dimensions",
                            "gaussian_transport",
                            {{"dimension", "10"}},
                            {{"time_steps", "4"}},
                            {{"width", "32"}}};
    training_table({"optimal_transport, 2 dimensions", "optimal_transport", {}, {}, {}});
    training_table({"gaussian_transport, 2 dimensions", "gaussian_transport", {}, {{"time_steps", "4"}}, {}});
    training_table(gaussian_10d);
    Vector mean = make_vector(10);
    mean(0) = 2;
    importance_table(gaussian_10d, mean, 0.6);
    time_table();
}
