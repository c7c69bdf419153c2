#include <mfg/base/linalg.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/testing/contracts.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/test_objectives.hpp>
#include <mfg/training/first_order.hpp>
#include <mfg/training/line_search.hpp>

#include "catch.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

using namespace mfg;

namespace {

auto create(const std::string& name, const Options::Given& given = {})
{
    static Registry registry;
    return registry.create<Optimizer>(name, given);
}

/// a/2 x^2 + b x in one dimension, with another `b` on each sample; keeps the points of its evaluations.
class Parabola final : public Objective {
public:
    Parabola(Real curvature, std::vector<Real> tilts) : curvature_(curvature), tilts_(std::move(tilts)) {}

    std::size_t size() const override { return 1; }
    Evaluation value(const Vector& theta) override
    {
        trials.push_back(theta(0));
        return (0.5 * curvature_ * theta(0) + tilts_[sample_]) * theta(0);
    }
    Evaluation value_and_gradient(const Vector& theta, Vector& gradient) override
    {
        gradients.push_back(theta(0));
        gradient(0) = curvature_ * theta(0) + tilts_[sample_];
        return (0.5 * curvature_ * theta(0) + tilts_[sample_]) * theta(0);
    }
    std::uint64_t revision() const override { return sample_; }
    void set_sample(std::uint64_t sample) { sample_ = sample; }

    std::vector<Real> trials, gradients;

private:
    Real curvature_;
    std::vector<Real> tilts_;
    std::uint64_t sample_ = 0;
};

/// The published iteration with the full matrix and the update written as a product, to compare with.
std::vector<Vector> published_bfgs(TestObjective objective, int steps)
{
    const std::size_t n = objective.size();
    Vector x = objective.start(), g = make_vector(n), next = x, next_g = g, p = g;
    Real f = objective.value_and_gradient(x, g), first = 1;
    Matrix h = make_matrix(n, n);
    for (std::size_t i = 0; i < n; ++i) h(i, i) = 1;
    std::vector<Vector> path;
    for (int k = 0; k < steps; ++k) {
        Real slope = 0, step = first;
        for (std::size_t i = 0; i < n; ++i) {
            p(i) = 0;
            for (std::size_t j = 0; j < n; ++j) p(i) -= h(i, j) * g(j);
            slope += p(i) * g(i);
        }
        int trial = 1;
        for (;; ++trial, step /= 2) {
            for (std::size_t i = 0; i < n; ++i) next(i) = x(i) + step * p(i);
            if (objective.value(next) <= f + 1e-4 * step * slope) break;
        }
        first = (trial == 1 ? 5 : 2) * step;
        f = objective.value_and_gradient(next, next_g);
        Vector s = next, y = next_g;
        Real sy = 0;
        for (std::size_t i = 0; i < n; ++i) {
            s(i) -= x(i);
            y(i) -= g(i);
            sy += s(i) * y(i);
        }
        REQUIRE(sy > 0);
        Matrix left = make_matrix(n, n), half = left, product = left;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j) left(i, j) = (i == j) - s(i) * y(j) / sy;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                for (std::size_t l = 0; l < n; ++l) half(i, j) += left(i, l) * h(l, j);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j) {
                product(i, j) = s(i) * s(j) / sy;
                for (std::size_t l = 0; l < n; ++l) product(i, j) += half(i, l) * left(j, l);
            }
        h = product;
        x = next;
        g = next_g;
        path.push_back(x);
    }
    return path;
}

/// H after a pair, with `scaling` as the papers write it: full matrices, and b from a solution with H.
Matrix updated(const Matrix& h, const Vector& s, const Vector& y, const std::string& scaling, bool first)
{
    const std::size_t n = s.size();
    const auto outer = [&](const Vector& a, const Vector& b) {
        Matrix product = make_matrix(n, n);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j) product(i, j) = a(i) * b(j);
        return product;
    };
    const Real rho = 1 / dot(s, y);
    const Real b = rho * dot(s, linalg::solve(h, s));
    Matrix scaled = h;
    if (scaling == "first" && first) scaled *= 1 / (rho * dot(y, y));
    if (scaling == "al_baali") scaled *= 1 / std::min<Real>(1, 1 / b);
    Vector u = make_vector(n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) u(i) += scaled(i, j) * y(j);
    const Real yu = dot(y, u), k = rho * yu, a = b * k - 1;
    Real phi = 1, tau = 1;
    if (scaling == "broyden") {
        const Real c = std::sqrt(std::abs(a / (1 + a))), r = std::min<Real>(1, k * (1 - c));
        const Real low = (r - 1) / a, high = 1 / r, theta = std::max(low, std::min(high, (1 - b) / b));
        const Real sigma = 1 + theta * a, power = std::pow(std::abs(sigma), 1 / (1 - static_cast<Real>(n)));
        const Real limit = std::min<Real>(1, 1 / b);
        tau = theta <= 0 ? std::min(limit * power, sigma) : limit * std::min(power, 1 / theta);
        if (first) tau = k / (1 + a * theta);
        phi = (1 - theta) / (1 + a * theta);
    }
    Vector v = make_vector(n);
    for (std::size_t i = 0; i < n; ++i) v(i) = rho * s(i) - u(i) / yu;
    return (scaled - outer(u, u) / yu + phi * yu * outer(v, v)) / tau + rho * outer(s, s);
}

/// The gap to the minimum after at most `steps` steps; stops after a step without progress.
Real final_gap(Optimizer& optimizer, TestObjective objective, int steps)
{
    Vector theta = objective.start();
    for (int k = 0; k < steps; ++k)
        if (!optimizer.step(objective, theta).progress) break;
    return objective.value(theta) - objective.minimum();
}

bool all_passed(const std::vector<CheckResult>& results, const std::string& beginning)
{
    bool found = false;
    for (const CheckResult& result : results)
        if (result.what.compare(0, beginning.size(), beginning) == 0) {
            found = true;
            if (!result.passed) return false;
        }
    REQUIRE(found);
    return true;
}

/// Momentum that is kept as the base class offers it.
class Remembering final : public FirstOrderOptimizer {
public:
    Remembering() : FirstOrderOptimizer({}) {}

protected:
    void update(Vector& theta, const Vector& gradient, Real, std::uint64_t) override
    {
        for (std::size_t i = 0; i < theta.size(); ++i) {
            velocity_(i) = 0.9 * velocity_(i) + gradient(i);
            theta(i) -= 1e-4 * velocity_(i);
        }
    }

private:
    Vector& velocity_ = memory("velocity");
};

/// The same with a momentum of its own, about which it breaks promises.
class Forgetful final : public Optimizer {
public:
    bool saves = true, clears = true;

    StepReport step(Objective& objective, Vector& theta) override
    {
        if (velocity_.size() != theta.size()) velocity_ = make_vector(theta.size());
        Vector gradient = make_vector(theta.size());
        StepReport report;
        report.objective = objective.value_and_gradient(theta, gradient);
        report.gradient_norm = euclidean_norm(gradient);
        report.progress = std::isfinite(report.objective);
        for (std::size_t i = 0; report.progress && i < theta.size(); ++i) {
            velocity_(i) = 0.9 * velocity_(i) + gradient(i);
            theta(i) -= 1e-4 * velocity_(i);
        }
        return report;
    }
    void reset() override
    {
        if (clears) velocity_.fill(0);
    }
    void state(Archive& archive) override
    {
        if (saves) archive.per_parameter("velocity", velocity_);
    }

private:
    Vector velocity_ = make_vector(0);
};

/// Says that it makes no progress, and moves all the same.
class Unsteady final : public Optimizer {
public:
    StepReport step(Objective& objective, Vector& theta) override
    {
        Vector gradient = make_vector(theta.size());
        StepReport report;
        report.objective = objective.value_and_gradient(theta, gradient);
        for (std::size_t i = 0; i < theta.size(); ++i) theta(i) -= 1e-4 * gradient(i);
        report.progress = objective.value(theta) < report.objective;
        return report;
    }
    void reset() override {}
    void state(Archive&) override {}
};

}  // namespace

TEST_CASE("gradients of the test objectives agree with differences", "[optimizer]")
{
    std::vector<TestObjective> objectives = test_objectives();
    for (TestObjective& objective : objectives)
        for (const std::uint64_t sample : {0u, 3u}) {
            INFO(objective.name());
            objective.set_sample(sample);
            Vector x = objective.start(), gradient = make_vector(x.size()), unused = gradient;
            for (std::size_t i = 0; i < x.size(); ++i) x(i) *= 0.9 + 0.01 * static_cast<Real>(i);
            const Real value = objective.value_and_gradient(x, gradient);
            CHECK(value == objective.value(x));
            for (std::size_t i = 0; i < x.size(); ++i) {
                const auto value_at = [&](Real step) {
                    Vector moved = x;
                    moved(i) += step;
                    return objective.value(moved);
                };
                CHECK(std::abs(first_difference(value_at, 1e-5) - gradient(i)) < 1e-6 * (1 + std::abs(gradient(i))));
            }
        }
}

TEST_CASE("rows are covered once each, in one thread or several", "[optimizer]")
{
    for (const std::size_t rows : {0u, 1u, 7u, 1000u})
        for (const std::size_t work : {0u, 1u, 100000u}) {
            std::vector<std::atomic<int>> visits(rows);
            parallel_rows(rows, work, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) ++visits[i];
            });
            CHECK(std::all_of(visits.begin(), visits.end(), [](const auto& n) { return n == 1; }));
        }
}

TEST_CASE("sgd follows its formula", "[optimizer]")
{
    // On x^2 / 2 the gradient is x.
    const auto second_step = [](const Options::Given& given) {
        Parabola parabola(1, {0});
        const auto sgd = create("sgd", given);
        Vector x = make_vector(1, 2);
        const StepReport report = sgd->step(parabola, x);
        CHECK(report.objective == 2);
        CHECK(report.gradient_norm == 2);
        CHECK(std::abs(report.step_length - std::abs(x(0) - 2)) < 1e-15);
        sgd->step(parabola, x);
        return x(0);
    };
    CHECK(std::abs(second_step({{"learning_rate", "0.1"}}) - 2 * 0.9 * 0.9) < 1e-15);
    CHECK(std::abs(second_step({{"learning_rate", "0.1"}, {"momentum", "0.5"}}) - (1.8 - 0.1 * (1 + 1.8))) < 1e-15);
    const Real first = 2 - 0.1 * (2 + 0.5 * 2), velocity = 0.5 * 2 + first;
    CHECK(std::abs(second_step({{"learning_rate", "0.1"}, {"momentum", "0.5"}, {"nesterov", "true"}}) -
                   (first - 0.1 * (first + 0.5 * velocity))) < 1e-15);
}

TEST_CASE("adam first moves each component by the learning rate", "[optimizer]")
{
    TestObjective objective = test_powell_singular();
    Vector x = objective.start(), gradient = make_vector(x.size());
    objective.value_and_gradient(x, gradient);
    create("adam", {{"learning_rate", "0.01"}})->step(objective, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const Real expected = -0.01 * gradient(i) / (std::abs(gradient(i)) + 1e-8);
        REQUIRE(std::abs(gradient(i)) > 1);
        CHECK(std::abs(x(i) - objective.start()(i) - expected) < 1e-15);
    }
}

TEST_CASE("adaptive methods follow their formulas", "[optimizer]")
{
    // Three steps on x^2 / 2 from 2, from the formulas by hand; unusual settings, so that each of them matters.
    const auto follows = [](const char* name, Options::Given given, const std::vector<Real>& expected) {
        given.emplace("learning_rate", "0.1");
        Parabola parabola(1, {0});
        const auto optimizer = create(name, given);
        Vector x = make_vector(1, 2);
        for (const Real value : expected) {
            const Real before = x(0);
            const StepReport report = optimizer->step(parabola, x);
            INFO(name << " from " << before);
            CHECK_THAT(x(0), WithinRel(value, 1e-14));
            CHECK(report.progress);
            CHECK(report.objective == 0.5 * before * before);
            CHECK(report.gradient_norm == before);
            CHECK_THAT(report.step_length, WithinRel(std::abs(value - before), 1e-12));
        }
    };
    Options::Given moments{{"beta1", "0.8"}, {"beta2", "0.9"}, {"epsilon", "0.5"}};
    follows("adam", moments, {1.92, 1.8404509688188286, 1.7614505126457716});
    moments["weight_decay"] = "0.5";
    follows("adamw", moments, {1.82, 1.6500760829865062, 1.4899797742121346});

    Options::Given means{{"alpha", "0.75"}, {"epsilon", "0.25"}};
    follows("rmsprop", means, {1.84, 1.7184264608194002, 1.6137234939504341});
    means["centred"] = "true";
    follows("rmsprop", means, {1.8207926098081633, 1.6681928833100548, 1.5223452593783573});
    means["momentum"] = "0.5";
    follows("rmsprop", means, {1.8207926098081633, 1.5785891882141363, 1.3176352841507746});
    means["centred"] = "false";
    follows("rmsprop", means, {1.84, 1.6384264608194001, 1.4363082283818218});
}

TEST_CASE("lion follows its formula", "[optimizer]")
{
    // On (x^2 + y^2) / 2. In the second step the gradient of x is zero and its momentum goes on; y stays where it is.
    TestObjective objective("bowl", make_vector(2), 0, 0, [](const Vector& x, Real* g, std::uint64_t) {
        for (std::size_t i = 0; g && i < 2; ++i) g[i] = x(i);
        return 0.5 * (x(0) * x(0) + x(1) * x(1));
    });
    const auto lion =
        create("lion", {{"learning_rate", "0.8"}, {"beta1", "0.5"}, {"beta2", "0.75"}, {"weight_decay", "0.25"}});
    Vector x = make_vector(2);
    x(0) = 1;
    for (const Real expected : {0.0, -0.8, 0.16, -0.672}) {
        lion->step(objective, x);
        CHECK(std::abs(x(0) - expected) < 1e-15);
        CHECK(x(1) == 0);
    }
}

TEST_CASE("adamw without decay is adam", "[optimizer]")
{
    TestObjective objective = test_rosenbrock(6);
    const auto adam = create("adam"), adamw = create("adamw", {{"weight_decay", "0"}});
    Vector x = objective.start(), y = x;
    for (int k = 0; k < 50; ++k) {
        adam->step(objective, x);
        adamw->step(objective, y);
    }
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(x(i) == y(i));
    CHECK(x(0) != objective.start()(0));
}

TEST_CASE("a step of nlopt is a whole run of the library from where it is", "[optimizer]")
{
    for (const char* algorithm : {"lbfgs", "var2", "tnewton", "mma", "ccsaq"}) {
        INFO(algorithm);
        TestObjective objective = test_rosenbrock(10);
        const auto create_nlopt = [&](const char* evaluations) {
            return create("nlopt", {{"algorithm", algorithm}, {"evaluations", evaluations}});
        };
        const auto optimizer = create_nlopt("40");
        Vector x = objective.start();
        Real before = objective.value(x);
        for (int k = 1; k <= 3; ++k) {
            const int gradients = objective.gradients();
            const StepReport report = optimizer->step(objective, x);
            CHECK(objective.gradients() - gradients <= 40);
            CHECK(objective.gradients() - gradients >= 20);
            CHECK(report.progress);
            CHECK(report.objective < before);
            CHECK(report.objective == objective.value(x));
            Vector gradient = make_vector(10);
            objective.value_and_gradient(x, gradient);
            CHECK(report.gradient_norm == euclidean_norm(gradient));
            before = report.objective;
        }
        Archive nothing;
        optimizer->state(nothing);
        CHECK(nothing.items().empty());

        // Nothing of earlier steps matters.
        Vector used = objective.start(), fresh = used;
        optimizer->step(objective, used);
        create_nlopt("40")->step(objective, fresh);
        for (std::size_t i = 0; i < 10; ++i) CHECK(used(i) == fresh(i));

        const auto long_run = create_nlopt("20000");
        Vector y = objective.start();
        for (int k = 0; k < 3; ++k) long_run->step(objective, y);
        CHECK(objective.value(y) < 1e-6);
    }
}

TEST_CASE("nlopt takes the best point and stays where there is none", "[optimizer]")
{
    const Real nan = std::nan("");
    for (const char* algorithm : {"lbfgs", "var2", "tnewton", "mma", "ccsaq"}) {
        INFO(algorithm);
        const auto optimizer = create("nlopt", {{"algorithm", algorithm}, {"evaluations", "60"}});

        // Not a number beyond a wall between the start and the minimum.
        TestObjective wall("wall", make_vector(2, 3), 0, 0, [nan](const Vector& x, Real* g, std::uint64_t) {
            const bool beyond = x(0) < 1;
            for (std::size_t i = 0; g && i < 2; ++i) g[i] = beyond ? nan : 2 * x(i);
            return beyond ? nan : x(0) * x(0) + x(1) * x(1);
        });
        Vector x = wall.start();
        const StepReport report = optimizer->step(wall, x);
        CHECK(report.progress);
        CHECK(report.objective == wall.value(x));
        CHECK(report.objective < 5);

        // An infinite gradient at a point is as bad.
        TestObjective spike("spike", make_vector(1, 3), 0, 0, [](const Vector& point, Real* g, std::uint64_t) {
            if (g) g[0] = point(0) < 1 ? HUGE_VAL : 2 * point(0);
            return point(0) * point(0);
        });
        x = spike.start();
        optimizer->step(spike, x);
        CHECK(x(0) >= 1);

        TestObjective deceptive = test_wrong_gradient();
        x = deceptive.start();
        const StepReport stuck = optimizer->step(deceptive, x);
        CHECK((stuck.progress ? stuck.objective < 14 : x(1) == -2 && stuck.objective == 14));

        // What the objective throws arrives, and the next step is as good as ever.
        int calls = 0;
        TestObjective throwing("throwing", make_vector(2, 1), 0, 0, [&](const Vector& p, Real* g, std::uint64_t) {
            if (++calls == 3) throw Error("out of samples");
            for (std::size_t i = 0; g && i < 2; ++i) g[i] = 4 * p(i) * p(i) * p(i);
            return std::pow(p(0), 4) + std::pow(p(1), 4);
        });
        x = throwing.start();
        CHECK_THROWS_AS(optimizer->step(throwing, x), Error);
        CHECK(calls == 3);
        CHECK(x(0) == 1);
        CHECK(optimizer->step(throwing, x).progress);
    }
}

TEST_CASE("bfgs tries steps as published and pays one gradient a step", "[optimizer]")
{
    Parabola parabola(6, {0});
    const auto bfgs = create("bfgs", {{"scaling", "none"}});
    Vector x = make_vector(1, 1);
    // H = 1, p = -6: steps 1, 1/2 and 1/4, the third of which is accepted; H = 1/6 from then on.
    bfgs->step(parabola, x);
    CHECK(parabola.trials == std::vector<Real>{-5, -2, -0.5});
    // p = 0.5: first trial twice the last step, accepted at once.
    bfgs->step(parabola, x);
    // p = 0.25: first trial 5/2; it is halved.
    bfgs->step(parabola, x);
    const std::vector<Real> expected{-5, -2, -0.5, -0.25, 0.375, 0.0625};
    REQUIRE(parabola.trials.size() == expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) CHECK(std::abs(parabola.trials[k] - expected[k]) < 1e-15);
    CHECK(parabola.gradients.size() == 4);
}

TEST_CASE("bfgs scales the inverse Hessian as published", "[optimizer]")
{
    const std::string scaling = GENERATE("first", "al_baali", "broyden"), search = GENERATE("armijo", "wolfe");
    INFO(scaling << ' ' << search);
    TestObjective objective = test_rosenbrock(6);
    const auto bfgs = create("bfgs", {{"scaling", scaling}, {"line_search", search}});
    const std::size_t n = objective.size();
    Vector x = objective.start(), g = make_vector(n);
    objective.value_and_gradient(x, g);
    Matrix h = linalg::eye(static_cast<Index>(n));
    int pairs = 0;
    for (int k = 0; k < 20; ++k) {
        const Vector before = x, old = g;
        REQUIRE(bfgs->step(objective, x).progress);
        objective.value_and_gradient(x, g);
        // The step goes along -Hg.
        Vector s = make_vector(n), y = s, p = s;
        for (std::size_t i = 0; i < n; ++i) {
            s(i) = x(i) - before(i);
            y(i) = g(i) - old(i);
            for (std::size_t j = 0; j < n; ++j) p(i) -= h(i, j) * old(j);
        }
        CHECK(std::abs(dot(s, p) / (euclidean_norm(s) * euclidean_norm(p)) - 1) < 1e-9);
        if (dot(s, y) > 0) {
            h = updated(h, s, y, scaling, pairs++ == 0);
        } else {
            h = linalg::eye(static_cast<Index>(n));
            pairs = 0;
        }
    }
    CHECK(pairs > 5);
}

TEST_CASE("bfgs is the published iteration", "[optimizer]")
{
    for (TestObjective objective : {test_quadratic(6, 20), test_rosenbrock(4)}) {
        INFO(objective.name());
        const std::vector<Vector> path = published_bfgs(objective, 15);
        const auto bfgs = create("bfgs", {{"scaling", "none"}});
        Vector x = objective.start();
        for (const Vector& expected : path) {
            bfgs->step(objective, x);
            for (std::size_t i = 0; i < x.size(); ++i) CHECK(std::abs(x(i) - expected(i)) < 1e-7);
        }
    }
}

TEST_CASE("bfgs starts anew where the curvature is not positive", "[optimizer]")
{
    // Near 0 of x^4 / 4 - x^2 / 2 the curvature is negative.
    TestObjective objective("double well", make_vector(1, 0.1), -0.25, 0, [](const Vector& x, Real* g, std::uint64_t) {
        const Real square = x(0) * x(0);
        if (g) g[0] = x(0) * (square - 1);
        return square * (0.25 * square - 0.5);
    });
    const auto bfgs = create("bfgs");
    Vector x = objective.start(), gradient = make_vector(1);
    for (int k = 0; k < 2; ++k) {
        objective.value_and_gradient(x, gradient);
        const Real expected = x(0) - gradient(0);
        bfgs->step(objective, x);
        CHECK(std::abs(x(0) - expected) < 1e-15);
    }
}

TEST_CASE("quasi-Newton methods find minima accurately", "[optimizer]")
{
    for (const char* name : {"bfgs", "lbfgs"})
        for (const char* search : {"armijo", "wolfe"})
            for (const TestObjective& objective : test_objectives()) {
                if (objective.tolerance() == 0) continue;
                INFO(name << " with " << search << " on " << objective.name());
                CHECK(final_gap(*create(name, {{"line_search", search}}), objective, 400) <= objective.tolerance());
            }
}

TEST_CASE("quasi-Newton methods solve Rosenbrock's problem to 1e-8", "[optimizer]")
{
    for (const char* name : {"bfgs", "lbfgs"})
        for (const char* search : {"armijo", "wolfe"}) {
            INFO(name << " with " << search);
            TestObjective objective = test_rosenbrock(2);
            Vector x = objective.start();
            const auto optimizer = create(name, {{"line_search", search}});
            for (int k = 0; k < 100 && optimizer->step(objective, x).progress; ++k) continue;
            CHECK(std::abs(x(0) - 1) < 1e-8);
            CHECK(std::abs(x(1) - 1) < 1e-8);
        }
}

TEST_CASE("lbfgs scales with the newest pair", "[optimizer]")
{
    // With one pair, Hg = v + s (s'g - y'v) / s'y where v = (s'y / y'y) (g - y s'g / s'y).
    TestObjective objective = test_quadratic(3, 20);
    Vector x = objective.start(), old = x, before = make_vector(3), g = before, s = before, y = before, v = before;
    const auto optimizer = create("lbfgs", {{"memory", "1"}});
    objective.value_and_gradient(x, before);
    optimizer->step(objective, x);
    objective.value_and_gradient(x, g);
    for (std::size_t i = 0; i < 3; ++i) {
        s(i) = x(i) - old(i);
        y(i) = g(i) - before(i);
    }
    const Real sy = dot(s, y), sg = dot(s, g);
    for (std::size_t i = 0; i < 3; ++i) v(i) = sy / dot(y, y) * (g(i) - y(i) * sg / sy);
    const Real yv = dot(y, v);
    old = x;
    optimizer->step(objective, x);
    for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(old(i) - x(i) - v(i) - s(i) * (sg - yv) / sy) < 1e-12);
}

TEST_CASE("a state of another size does no harm", "[optimizer]")
{
    for (const char* name : {"sgd", "adam", "adamw", "rmsprop", "lion", "bfgs", "lbfgs"}) {
        INFO(name);
        TestObjective small = test_rosenbrock(2), large = test_rosenbrock(200);
        Vector x = small.start(), y = large.start();
        const auto optimizer = create(name), other = create(name);
        for (int k = 0; k < 3; ++k) optimizer->step(small, x);
        Archive saved;
        optimizer->state(saved);
        Archive loaded(saved.items());
        other->state(loaded);
        const Real before = large.value(y);
        for (int k = 0; k < 3; ++k) other->step(large, y);
        CHECK(large.value(y) < before);
    }
}

TEST_CASE("with exact line searches a quadratic in n dimensions takes n steps", "[optimizer]")
{
    const Options::Given exact{{"line_search", "wolfe"}, {"decrease", "1e-12"}, {"curvature", "1e-10"}};
    for (const char* name : {"bfgs", "lbfgs"}) {
        INFO(name);
        constexpr int n = 8;
        TestObjective objective = test_quadratic(n, 50);
        Vector x = objective.start();
        const auto optimizer = create(name, exact);
        Real before = 0, norm = 0;
        for (int k = 0; k < n; ++k) {
            before = norm;
            norm = optimizer->step(objective, x).gradient_norm;
        }
        CHECK(before > 1e-4);
        CHECK(norm < 1e-7);
    }
}

TEST_CASE("no curvature pair is formed of two samples", "[optimizer]")
{
    // One step tells the curvature 1/2. With it, each later step of length 1 ends in the minimum of the new sample at
    // once; a pair whose y holds the jump of the gradient between samples would spoil that.
    for (const char* name : {"bfgs", "lbfgs"}) {
        INFO(name);
        Parabola parabola(0.5, {0, 100, -3, 7});
        const auto optimizer = create(name, {{"line_search", "wolfe"}});
        Vector x = make_vector(1, 1);
        optimizer->step(parabola, x);
        CHECK(x(0) == 0.5);
        const Real minimum[] = {0, -200, 6, -14};
        for (const std::uint64_t sample : {1u, 2u, 3u}) {
            parabola.set_sample(sample);
            parabola.gradients.clear();
            const Real before = x(0);
            optimizer->step(parabola, x);
            CHECK(std::abs(x(0) - minimum[sample]) < 1e-10);
            REQUIRE(parabola.gradients.size() == 2);
            CHECK(parabola.gradients[0] == before);
        }
    }
}

TEST_CASE("the inverse Hessian stays when the sample changes", "[optimizer]")
{
    // A change of the sample that changes nothing else must not change the run.
    for (const char* name : {"bfgs", "lbfgs"}) {
        INFO(name);
        TestObjective one = test_rosenbrock(10), many = one;
        const auto a = create(name), b = create(name);
        Vector x = one.start(), y = x;
        for (std::uint64_t k = 0; k < 20; ++k) {
            many.set_sample(k / 3);
            a->step(one, x);
            b->step(many, y);
            Real apart = 0;
            for (std::size_t i = 0; i < x.size(); ++i) apart = std::max(apart, std::abs(x(i) - y(i)));
            CHECK(apart < 1e-8);
        }
        CHECK(many.gradients() == one.gradients() + 6);
    }
}

TEST_CASE("accepted steps meet the conditions of the search", "[optimizer]")
{
    int met = 0;
    for (TestObjective& objective : std::vector<TestObjective>(test_objectives()))
        for (const Real first : {1e-6, 1e-3, 1.0, 1e3})
            for (const bool wolfe : {false, true}) {
                INFO(objective.name() << ", first step " << first << (wolfe ? ", wolfe" : ", armijo"));
                const Vector& x = objective.start();
                Vector gradient = make_vector(x.size()), p = gradient, point = gradient, end = gradient;
                const Real value = objective.value_and_gradient(x, gradient);
                for (std::size_t i = 0; i < x.size(); ++i) p(i) = -gradient(i);
                const Real slope = dot(gradient, p);
                const LineSearchSettings settings;
                const auto result = (wolfe ? wolfe_search : armijo_search)({objective, x, p, value, slope}, first,
                                                                           settings, point, end);
                REQUIRE(result.found);
                CHECK(result.value <= value + settings.decrease * result.step * slope);
                for (std::size_t i = 0; i < x.size(); ++i) CHECK(point(i) == x(i) + result.step * p(i));
                CHECK(objective.value_and_gradient(point, gradient) == result.value);
                CHECK(dot(gradient, p) == dot(end, p));
                if (!wolfe || result.trials == settings.trials) continue;
                CHECK(std::abs(dot(end, p)) <= settings.curvature * std::abs(slope));
                ++met;
            }
    // The sum of absolute values alone has rays without such a step.
    CHECK(met >= 44);
}

TEST_CASE("a line search that fails leaves the parameters and starts anew", "[optimizer]")
{
    // The gradient has the wrong sign on sample 0 only.
    for (const char* name : {"bfgs", "lbfgs"})
        for (const char* search : {"armijo", "wolfe"}) {
            INFO(name << " with " << search);
            TestObjective objective("deceptive", make_vector(2, 1), 0, 0,
                                    [](const Vector& x, Real* g, std::uint64_t sample) {
                                        for (std::size_t i = 0; g && i < 2; ++i) g[i] = (sample == 0 ? -2 : 2) * x(i);
                                        return x(0) * x(0) + x(1) * x(1);
                                    });
            const auto optimizer = create(name, {{"line_search", search}, {"trials", "12"}});
            Vector x = objective.start();
            const StepReport failed = optimizer->step(objective, x);
            CHECK_FALSE(failed.progress);
            CHECK(failed.step_length == 0);
            CHECK(failed.objective == 2);
            CHECK(failed.objective.term_count == 2);
            CHECK(failed.objective.terms[0] == 0.5);
            CHECK(x(0) == 1);
            CHECK(x(1) == 1);
            CHECK(objective.values() + objective.gradients() == 13);
            objective.set_sample(1);
            CHECK(optimizer->step(objective, x).progress);
            CHECK(x(0) < 1);
        }
}

TEST_CASE("reports have the terms of their objective, in every optimizer", "[optimizer]")
{
    for (const std::string& name : Registry().names("optimizer")) {
        INFO(name);
        const auto optimizer = create(name);
        TestObjective objective = test_quadratic(4, 10), deceptive = test_wrong_gradient();
        Vector x = objective.start();
        for (int k = 0; k < 5; ++k) {
            const Evaluation reported = optimizer->step(objective, x).objective;
            CHECK(reported.term_count == 2);
            CHECK_THAT(reported.terms[0] + reported.terms[1], WithinRel(reported.value, 1e-14));
        }
        // Where nothing is found, they are those of the parameters that stay.
        optimizer->reset();
        Vector y = deceptive.start();
        const StepReport failed = optimizer->step(deceptive, y);
        CHECK(failed.objective.term_count == 2);
        if (!failed.progress) CHECK(failed.objective.terms[0] == deceptive.value(deceptive.start()).terms[0]);
    }
}

TEST_CASE("after a failed line search terms are known to an optimizer that goes on from a state", "[optimizer]")
{
    for (const char* name : {"bfgs", "lbfgs"}) {
        INFO(name);
        TestObjective objective = test_wrong_gradient();
        Vector x = objective.start();
        const auto first = create(name), second = create(name);
        CHECK_FALSE(first->step(objective, x).progress);
        Archive saved;
        first->state(saved);
        Archive loaded(saved.items());
        second->state(loaded);
        const StepReport whole = first->step(objective, x), resumed = second->step(objective, x);
        CHECK_FALSE(resumed.progress);
        CHECK(resumed.objective.term_count == 2);
        CHECK(resumed.objective.terms == whole.objective.terms);
    }
}

TEST_CASE("line searches step back from where the objective is not a number", "[optimizer]")
{
    for (const char* name : {"bfgs", "lbfgs"})
        for (const char* search : {"armijo", "wolfe"}) {
            INFO(name << " with " << search);
            TestObjective objective = test_barrier();
            Vector x = objective.start();
            x(0) = 0.79;
            x(1) = 0.6;
            const auto optimizer = create(name, {{"line_search", search}});
            for (int k = 0; k < 60 && optimizer->step(objective, x).progress; ++k)
                REQUIRE(std::isfinite(objective.value(x)));
            CHECK(objective.value(x) - objective.minimum() < 1e-10);
        }
}

TEST_CASE("conditions that exclude each other are refused", "[optimizer]")
{
    const Options::Given given{{"line_search", "wolfe"}, {"decrease", "0.4"}, {"curvature", "0.3"}};
    CHECK_THROWS_AS(create("bfgs", given), Error);
}

TEST_CASE("the optimizer check finds broken promises", "[optimizer]")
{
    Remembering remembering;
    Forgetful right;
    for (Optimizer* good : std::initializer_list<Optimizer*>{&remembering, &right})
        for (const CheckResult& result : check_optimizer(*good)) {
            INFO(result.what << ": " << result.measured);
            CHECK(result.passed);
        }

    Forgetful forgetful;
    forgetful.saves = false;
    const auto forgotten = check_optimizer(forgetful);
    CHECK(all_passed(forgotten, "decreases"));
    CHECK(all_passed(forgotten, "reset repeats"));
    CHECK_FALSE(all_passed(forgotten, "goes on in a reset"));
    CHECK_FALSE(all_passed(forgotten, "goes on in a used"));

    Forgetful sticky;
    sticky.clears = false;
    CHECK_FALSE(all_passed(check_optimizer(sticky), "reset repeats"));

    Unsteady unsteady;
    CHECK_FALSE(all_passed(check_optimizer(unsteady), "parameters stay where"));
}
