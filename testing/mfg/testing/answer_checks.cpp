#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/inspection.hpp>
#include <mfg/testing/method_checks.hpp>
#include <mfg/testing/worst_error.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace mfg {
namespace {

/// Measures, what is followed of them, velocities and pictures.
class AnswerChecks {
public:
    AnswerChecks(const Method& method, const Problem& problem, const Vector& parameters)
        : method_(method), problem_(problem), parameters_(parameters)
    {
    }

    CheckResults run() const
    {
        CheckResults results;
        append_check(results, "measures", [&] { return check_measures(); });
        append_check(results, "what is followed", [&] { return check_tracked(); });
        append_check(results, "velocities", [&] { return check_velocity(); });
        append_check(results, "fields at points", [&] { return check_fields(); });
        append_check(results, "the learned game", [&] { return check_game(); });
        append_check(results, "pictures", [&] {
            Inspection pictures;
            method_.export_fields(parameters_, {}, RandomStream(37, "pictures"), pictures);
            return pictures.result("pictures have finite numbers");
        });
        return results;
    }

private:
    CheckResult check_measures() const
    {
        const auto groups = method_.measures(parameters_, RandomStream(37, "measures"), samples),
                   again = method_.measures(parameters_, RandomStream(37, "measures"), samples);
        std::string broken;
        int count = 0;
        for (const auto& [group, numbers] : groups)
            for (const auto& [name, number] : numbers) {
                ++count;
                const auto other = again.find(group);
                if (!is_word(group) || !is_word(name)) broken = group + "." + name + " are no two words";
                if (std::isinf(number)) broken = group + "." + name + " is infinite";
                if (other == again.end() || other->second.count(name) == 0 ||
                    std::memcmp(&other->second.at(name), &number, sizeof number) != 0)
                    broken = group + "." + name + " is another one on the same stream";
            }
        return {"measures follow from the stream", broken.empty(),
                broken.empty() ? std::to_string(count) + " numbers" : broken};
    }

    CheckResult check_tracked() const
    {
        const std::vector<std::string> names = method_.tracked();
        std::string broken;
        std::set<std::string> seen;
        for (const std::string& name : names) {
            const std::size_t dot = name.find('.');
            if (dot == std::string::npos || !is_word(name.substr(0, dot)) || !is_word(name.substr(dot + 1)))
                broken = "'" + name + "' is not of the form GROUP.NAME";
            if (!seen.insert(name).second) broken = "'" + name + "' occurs twice";
        }
        if (!names.empty()) {
            const Vector values = method_.track(parameters_, RandomStream(37, "track")),
                         again = method_.track(parameters_, RandomStream(37, "track"));
            if (values.size() != names.size())
                broken = std::to_string(values.size()) + " numbers for " + std::to_string(names.size()) + " names";
            else if (!same_bits(values, again))
                broken = "the numbers are others on the same stream";
        }
        return {"what is followed during a training has a number for each name", broken.empty(),
                broken.empty() ? std::to_string(names.size()) + " names" : broken};
    }

    /// A method may know none, and says so.
    CheckResult check_velocity() const
    {
        const std::string what = "velocities are finite, a row a point";
        const auto d = static_cast<std::size_t>(problem_.dimension());
        Matrix points = make_matrix(8, d, 0.4);
        for (std::size_t i = 0; i < points.shape(0); ++i) points(i, 0) += Real(0.02) * static_cast<Real>(i);
        try {
            const Matrix v = method_.velocity(parameters_, points, problem_.horizon() / 2);
            const bool fits = v.shape(0) == points.shape(0) && v.shape(1) == d && std::isfinite(largest(v));
            return {what, fits, fits ? "the largest is " + short_text(largest(v)) : "another shape, or not finite"};
        } catch (const Error& unknown) {
            return {what, true, std::string("none known: ") + unknown.what()};
        }
    }

    /// Rows x and, where there is time, t, well inside of the horizon.
    Matrix points() const
    {
        const auto d = static_cast<std::size_t>(problem_.dimension());
        Matrix at = make_matrix(6, d + (problem_.stationary() ? 0 : 1));
        const RandomStream stream(37, "points");
        for (std::size_t i = 0; i < at.shape(0); ++i) {
            stream.uniform(i, static_cast<int>(at.shape(1)), &at(i, 0));
            if (!problem_.stationary()) at(i, d) = problem_.horizon() * (Real(0.2) + Real(0.6) * at(i, d));
        }
        return at;
    }

    /// A solver's answer need be no function.
    CheckResult check_fields() const
    {
        const std::string what = "derivatives of fields at points (finite differences)";
        const Matrix at = points();
        const auto d = static_cast<std::size_t>(problem_.dimension());
        std::vector<FieldTable> tables;
        try {
            tables = method_.evaluate(parameters_, at);
        } catch (const Error& unknown) {
            return {what, true, std::string("none known: ") + unknown.what()};
        }
        WorstError worst;
        for (std::size_t f = 0; f < tables.size(); ++f) {
            const auto column = [](const Vector& values) {
                Matrix all = make_matrix(values.size(), 1);
                std::copy(values.begin(), values.end(), all.begin());
                return all;
            };
            const PointFunction value = [&](const Matrix& x) {
                return column(method_.evaluate(parameters_, x).at(f).value);
            };
            const FieldTable& table = tables[f];
            worst.compare(value(at), column(table.value), 1e-12, table.name);
            if (table.time_derivative.size() > 0)
                worst.compare(column(table.time_derivative), first_difference(value, at, d), 1e-3,
                              table.name + ", time derivative");
            for (std::size_t k = 0; k < table.gradient.shape(1) && table.gradient.size() > 0; ++k) {
                Matrix slope = make_matrix(at.shape(0), 1);
                for (std::size_t i = 0; i < at.shape(0); ++i) slope(i, 0) = table.gradient(i, k);
                worst.compare(slope, first_difference(value, at, k), 1e-3,
                              table.name + ", component " + std::to_string(k + 1) + " of the gradient");
            }
            if (table.laplacian.size() > 0)
                worst.compare(column(table.laplacian), difference_laplacian(value, at, d, 2e-3), 1e-2,
                              table.name + ", Laplacian");
        }
        return worst.below(what, 1e-4);
    }

    /// What one agent faces is what the method says elsewhere.
    CheckResult check_game() const
    {
        const std::string what = "the learned game has the fields and velocities of the answer";
        const std::unique_ptr<LearnedGame> game = method_.learned_game(parameters_);
        if (!game) return {what, true, "there is none"};
        Matrix at = points();
        const auto d = static_cast<std::size_t>(problem_.dimension());
        const Real t = problem_.horizon() / 2;
        for (std::size_t i = 0; i < at.shape(0) && !problem_.stationary(); ++i) at(i, d) = t;
        const Matrix found = map_points(at, static_cast<int>(d) + 2, [&](Tape& tape, const Variable& x) {
            const VariableList list = game->layout().variables(tape, game->parameters().data(), nullptr);
            return vconcat({game->velocity(tape, list, x), game->value(tape, list, x), game->log_density(tape, x)});
        });
        WorstError worst;
        Matrix x = make_matrix(at.shape(0), d), velocity = x, field = make_matrix(at.shape(0), 1), expected = field;
        for (std::size_t i = 0; i < at.shape(0); ++i)
            for (std::size_t k = 0; k < d; ++k) {
                x(i, k) = at(i, k);
                velocity(i, k) = found(i, k);
            }
        worst.compare(velocity, method_.velocity(parameters_, x, t), 1e-12, "velocity");
        for (const FieldTable& table : method_.evaluate(parameters_, at)) {
            const std::size_t column = table.name == "phi" ? d : d + 1;
            if (table.name != "phi" && table.name != "log_density") continue;
            for (std::size_t i = 0; i < at.shape(0); ++i) {
                field(i, 0) = found(i, column);
                expected(i, 0) = table.value(i);
            }
            worst.compare(field, expected, 1e-12, table.name);
        }
        return worst.below(what, 1e-9);
    }

    static constexpr int samples = 128;
    const Method& method_;
    const Problem& problem_;
    const Vector& parameters_;
};

}  // namespace

CheckResults check_answer(const Method& method, const Problem& problem, const Vector& parameters)
{
    return AnswerChecks(method, problem, parameters).run();
}

}  // namespace mfg
