#include <mfg/assessment/assessment.hpp>
#include <mfg/assessment/standard_figures.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/base/text.hpp>
#include <mfg/base/views.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/method_checks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>

namespace mfg {
namespace {

using Part = Solution::Part;

class SolutionChecks {
public:
    SolutionChecks(const Formulation& formulation, const Vector& parameters)
        : formulation_(formulation),
          parameters_(parameters),
          made_(formulation.solution(parameters)),
          solution_(*made_),
          problem_(solution_.problem()),
          d_(problem_.dimension()),
          points_(points())
    {
    }

    CheckResults run() const
    {
        CheckResults results;
        append_check(results, "unknowns", [&] { return check_unknowns(); });
        if (!results.back().passed) return results;
        append_check(results, "fields at points", [&] { return check_fields(); });
        append_check(results, "derivatives on the tape", [&] { return check_adjoints(); });
        append_check(results, "velocities", [&] { return check_velocity(); });
        append_check(results, "the solution's parameters", [&] { return check_copy(); });
        append_check(results, "measures", [&] { return check_measures(); });
        append_check(results, "what is followed", [&] { return check_tracked(); });
        append_check(results, "figures", [&] {
            const std::vector<Snapshot> snapshots{{0, formulation_.layout().initialise(37)}, {1, parameters_}};
            return check_figures(all_figures(formulation_, parameters_, snapshots, RandomStream(37, "figures")),
                                 "figures have words as names, fitting shapes and finite numbers");
        });
        return results;
    }

private:
    bool time() const { return !problem_.stationary(); }

    /// Rows x and, if there is time, t, well inside of the domain and the horizon.
    Matrix points() const
    {
        Matrix at = make_matrix(6, solution_.coordinates());
        const RandomStream stream(37, "points");
        for (Index i = 0; i < rows(at); ++i) stream.uniform(i, columns(at), &at(i, 0));
        const auto inside = [&](Index k, Real low, Real high) {
            xt::col(at, k) = low + (high - low) * (Real(0.2) + Real(0.6) * xt::col(at, k));
        };
        const auto box = problem_.domain();
        for (Index k = 0; k < d_ && box; ++k) inside(k, box->low(k), box->high(k));
        if (time()) inside(d_, 0, problem_.horizon());
        return at;
    }

    CheckResult check_unknowns() const
    {
        std::vector<std::string> names;
        std::string broken;
        const std::vector<Unknown> unknowns = solution_.unknowns();
        for (const Unknown& unknown : unknowns) {
            names.push_back(unknown.name);
            if (unknown.order < 0 || unknown.order > 2) broken = unknown.name + ": an order that is not 0, 1 or 2";
        }
        for (const std::string& constant : solution_.constants()) {
            names.push_back(constant);
            if (!std::isfinite(solution_.constant(constant))) broken = constant + " is not finite";
        }
        if (unknowns.empty() || unknowns.size() > Fields::max_unknowns) broken = "no unknown, or too many";
        if (const std::string wrong = broken_names(names); !wrong.empty()) broken = wrong;
        return kept_unless(broken, "unknowns and constants have names and orders", joined(names));
    }

    CheckResult check_fields() const
    {
        WorstError worst;
        for (const Unknown& unknown : solution_.unknowns()) {
            const std::string& name = unknown.name;
            const auto derivative = [&](Jet FieldValues::*which, int outputs, Part part) {
                return solution_.map(
                    points_, unknown.order, outputs, [&](const Fields& f) { return f[name].*which; }, part);
            };
            const PointFunction value = [&](const Matrix& at) { return solution_.value(name, at); };
            const Part part = unknown.role == Unknown::Role::value ? Part::values : Part::densities;
            for (const Part asked : {Part::all, part})
                worst.compare(derivative(&FieldValues::value, 1, asked), value(points_), 1e-12, name);
            if (unknown.order > 0 && time())
                worst.compare(derivative(&FieldValues::time_derivative, 1, part), first_difference(value, points_, d_),
                              1e-3, name + ", time derivative");
            if (unknown.order > 0)
                worst.compare(derivative(&FieldValues::gradient, problem_.dimension(), part),
                              difference_gradient(value, points_, d_), 1e-3, name + ", gradient");
            if (unknown.order > 1)
                worst.compare(derivative(&FieldValues::laplacian, 1, part),
                              difference_laplacian(value, points_, d_, 2e-3), 1e-2, name + ", Laplacian");
        }
        return worst.below("derivatives of fields at points (finite differences)", 1e-4);
    }

    /// The sum over the points of an unknown (or, if none is named, of all coordinates of the velocity), and its
    /// derivatives in the parameters and the points, if these are wanted.
    Real sum_over_points(const Vector& parameters, const std::string& name, Vector* in_parameters,
                         Matrix* in_points) const
    {
        Tape tape;
        tape.begin(in_points != nullptr);
        const Index n = rows(points_);
        const Matrix columns = linalg::transpose(points_);
        const Variable at =
            tape.leaf(columns.data(), in_points ? in_points->data() : nullptr, solution_.coordinates(), n);
        const VariableList list =
            solution_.layout().variables(tape, parameters.data(), in_parameters ? in_parameters->data() : nullptr);
        const Fields f = solution_.evaluate(tape, list, at, name.empty() ? 1 : 0);
        const Jet found = name.empty() ? solution_.velocity(f) : f[name].value;
        if (found.is_zero()) return 0;
        const Variable out = sum_rows(found.value());
        Real sum = 0;
        for (Index i = 0; i < n; ++i) sum += out(0, i);
        if (!in_points || !out.active()) return sum;
        std::fill_n(tape.adjoint(out), n, 1);
        tape.reverse();
        return sum;
    }

    /// A best response differentiates what a solution gives once more, in positions and in the parameters.
    CheckResult check_adjoints() const
    {
        const std::string what = "derivatives of fields and velocity flow to parameters and positions";
        WorstError worst;
        const Index size = solution_.layout().size();
        bool differentiable = false;
        const std::set<std::string> computed = computed_blocks(formulation_, parameters_);
        const auto check = [&](const std::string& name, const std::string& called) {
            Vector in_parameters = make_vector(size);
            Matrix in_points = make_matrix(columns(points_), rows(points_));
            const Vector here = solution_.parameters();
            sum_over_points(here, name, &in_parameters, &in_points);
            if (size > 0)
                compare_gradient([&](const Vector& moved) { return sum_over_points(moved, name, nullptr, nullptr); },
                                 here, in_parameters, solution_.layout().entries(), computed, called + ": ", worst);
            if (name.empty()) return;
            const auto value = [&](const Matrix& at) { return solution_.value(name, at); };
            // Times are given: nobody chooses them.
            worst.compare(columns_of(linalg::transpose(in_points), 0, d_), difference_gradient(value, points_, d_),
                          1e-3, called + ", positions");
        };
        for (const Unknown& unknown : solution_.unknowns()) {
            if (unknown.order == 0) continue;
            differentiable = true;
            check(unknown.name, unknown.name);
        }
        if (!differentiable) return {what, true, "none of the unknowns has derivatives"};
        if (initial_law(problem_)) check("", "velocity");
        return worst.below(what, 1e-4);
    }

    /// Only problems without agents may have none.
    CheckResult check_velocity() const
    {
        std::atomic<bool> unknown = false;
        const Matrix v = solution_.map(
            points_, 1, problem_.dimension(),
            [&](const Fields& f) {
                const Jet velocity = solution_.velocity(f);
                if (velocity.is_zero()) unknown = true;
                if (!velocity.is_zero() && velocity.features() != problem_.dimension())
                    throw Error("the velocity has " + std::to_string(velocity.features()) + " features");
                return velocity;
            },
            solution_.control_part());
        const bool agents = initial_law(problem_), passed = all_finite(v) && !(unknown && agents);
        return {"velocities are known and finite, a row a point", passed,
                !all_finite(v)      ? "a number is not finite"
                : unknown && agents ? "the problem has agents, and their velocity is not known"
                : agents            ? fmt::format("the largest is {:.4g}", largest(v))
                                    : "the problem has no agents"};
    }

    CheckResult check_copy() const
    {
        Vector given = parameters_;
        const std::unique_ptr<Solution> solution = formulation_.solution(given);
        given.fill(std::numeric_limits<Real>::quiet_NaN());
        const std::string name = solution_.unknowns().front().name;
        const bool same = same_bits(solution->value(name, points_), solution_.value(name, points_));
        return {"a solution keeps its parameters", same,
                same ? "the same values after these have changed" : "it changes with the vector it was made from"};
    }

    CheckResult check_measures() const
    {
        const auto measures = [&] { return assess(solution_, RandomStream(37, "measures"), samples); };
        const Measures groups = measures(), again = measures();
        std::string broken;
        int count = 0;
        for (const auto& [group, numbers] : groups)
            for (const auto& [name, number] : numbers) {
                ++count;
                const auto other = again.find(group);
                // The name of a baseline is that of an error and its own.
                const std::size_t dot = group == "baselines" ? name.find('.') : std::string::npos;
                const bool words =
                    is_word(name.substr(0, dot)) && (dot == std::string::npos || is_word(name.substr(dot + 1)));
                if (!is_word(group) || !words) broken = group + "." + name + " are not two words";
                if (std::isinf(number)) broken = group + "." + name + " is infinite";
                if (other == again.end() || other->second.count(name) == 0 ||
                    std::memcmp(&other->second.at(name), &number, sizeof number) != 0)
                    broken = group + "." + name + " is another one on the same stream";
            }
        return kept_unless(broken, "measures follow from the stream", std::to_string(count) + " numbers");
    }

    CheckResult check_tracked() const
    {
        SolutionTracker tracker(formulation_);
        std::string broken;
        std::set<std::string> seen;
        for (const std::string& name : tracker.names()) {
            const std::size_t dot = name.find('.');
            if (dot == std::string::npos || !is_word(name.substr(0, dot)) || !is_word(name.substr(dot + 1)))
                broken = "'" + name + "' is not of the form GROUP.NAME";
            if (!seen.insert(name).second) broken = "'" + name + "' occurs twice";
        }
        const Measures found = solution_.tracked_measures(RandomStream(37, "track"), samples);
        for (const std::string& name : solution_.tracked()) {
            const std::size_t dot = name.find('.');
            const auto group = found.find(name.substr(0, dot));
            if (group == found.end() || group->second.count(name.substr(dot + 1)) == 0)
                broken = "'" + name + "' is not measured";
        }
        if (broken.empty() && !same_bits(tracker.values(parameters_, RandomStream(37, "track")),
                                         tracker.values(parameters_, RandomStream(37, "track"))))
            broken = "the numbers are others on the same stream";
        return kept_unless(broken, "what is followed during a training has a number for each name",
                           std::to_string(tracker.names().size()) + " names");
    }

    static constexpr int samples = 128;
    const Formulation& formulation_;
    const Vector& parameters_;
    std::unique_ptr<Solution> made_;
    const Solution& solution_;
    const Problem& problem_;
    Index d_;
    Matrix points_;
};

}  // namespace

CheckResults check_solution(const Formulation& formulation, const Vector& parameters)
{
    return SolutionChecks(formulation, parameters).run();
}

}  // namespace mfg
