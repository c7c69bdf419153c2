#include <mfg/autodiff/map_points.hpp>
#include <mfg/error.hpp>
#include <mfg/method.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/inspection.hpp>
#include <mfg/testing/method_contract.hpp>
#include <mfg/testing/worst_error.hpp>
#include <mfg/training/objective.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <set>

namespace mfg {
namespace {

/// What makes instances small, for plugins with options of these names.
const Options::Given small_sizes{{"dimension", "2"}, {"width", "5"}, {"cells", "16"}, {"time_intervals", "8"}};

/// An object with its smallest settings that work, `given` ones aside.
template <class Interface>
Registry::Object<Interface> make_small(Registry& registry, const std::string& name, Options::Given given = {})
{
    const Options::Given exact = given;
    for (const OptionRecord& option : registry.options(Interface::kind, name))
        if (const auto size = small_sizes.find(option.name); size != small_sizes.end()) given.insert(*size);
    if (given.size() > exact.size()) {
        try {
            return registry.create<Interface>(name, given);
        } catch (const Error&) {
            // Such a size is none of its.
        }
    }
    return registry.create<Interface>(name, exact);
}

/// The plugin that the problem would choose, else the first one there is.
std::string choose(Registry& registry, const Problem& problem, const std::string& kind)
{
    const std::vector<std::string> names = registry.names(kind);
    if (names.empty()) throw Error("there is no " + kind + " plugin to check it with");
    for (const auto& [option, value] : problem.defaults())
        if (option == kind && std::count(names.begin(), names.end(), value) > 0) return value;
    // Error control may take many steps where parameters are random.
    for (const std::string& name : names)
        if (kind == Integrator::kind && !registry.create<Integrator>(name)->tolerances()) return name;
    return names.front();
}

/// A method built with all its parts.
struct Instance {
    Instance(Registry& registry, const std::string& method_name, const Options::Given& given, const Problem& problem)
    {
        method = make_small<Method>(registry, method_name, given);
        Method::Parts parts;
        parts.problem = &problem;
        for (std::size_t i = method->fields(problem).size(); i > 0; --i) {
            const std::string name = choose(registry, problem, "network");
            networks.push_back(make_small<Network>(registry, name));
            parts.networks.push_back(networks.back().get());
            with = name;
        }
        if (method->needs_integrator()) {
            const std::string name = choose(registry, problem, "integrator");
            integrator = make_small<Integrator>(registry, name);
            parts.integrator = integrator.get();
            with += (with.empty() ? "" : ", ") + name;
        }
        method->build(parts);
    }

    std::vector<Registry::Object<Network>> networks;
    Registry::Object<Integrator> integrator;
    Registry::Object<Method> method;
    std::string with;
};

template <class Array>
bool same_bits(const Array& a, const Array& b)
{
    return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Real)) == 0;
}

bool same_bits(const Archive::Items& a, const Archive::Items& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return x.first == y.first && same_bits(x.second, y.second); });
}

bool is_word(const std::string& name)
{
    return !name.empty() && name.find_first_of(" .,\n") == std::string::npos;
}

/// Why a list of names cannot head columns; empty where it can.
std::string broken_names(const std::vector<std::string>& names)
{
    std::set<std::string> seen;
    for (const std::string& name : names) {
        if (!is_word(name)) return "'" + name + "' is no word";
        if (!seen.insert(name).second) return "'" + name + "' occurs twice";
    }
    return names.empty() ? "there are none" : "";
}

std::string listed(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

class PlayerChecks {
public:
    PlayerChecks(const Method& method, const Method& twin, std::size_t player)
        : player_(method.players()[player]), twin_(twin.players()[player]), loss_(*player_.loss)
    {
        if (method.players().size() > 1) prefix_ = player_.name + ": ";
    }

    CheckResults run()
    {
        CheckResults results;
        const auto add = [&](const std::string& what, CheckResult (PlayerChecks::*check)()) {
            append_check(results, prefix_ + what, [&] {
                CheckResult result = (this->*check)();
                result.what = prefix_ + what;
                return result;
            });
        };
        add("the terms have names", &PlayerChecks::check_names);
        add("parameters that are computed from others follow from the stream", &PlayerChecks::check_adapt);
        add("samples follow from the stream alone", &PlayerChecks::check_samples);
        if (std::any_of(results.begin(), results.end(), [](const CheckResult& r) { return !r.passed; })) return results;
        add("terms and gradient are the same when evaluated again, and in a second object", &PlayerChecks::check_again);
        add("terms and gradient are the same for 1 and 2 threads", &PlayerChecks::check_threads);
        add(loss_.terms_are_means() ? "a batch is the mean of its parts"
                                    : "quantities of a sample do not depend on the others",
            &PlayerChecks::check_parts);
        add("derivatives in the parameters (finite differences)", &PlayerChecks::check_gradient);
        add("the losses to validate with have the same terms, finite", &PlayerChecks::check_validation);
        return results;
    }

    const Vector& parameters() const { return theta_; }

private:
    /// Rows of a sample: at least `count`, whole groups, an even number of them.
    int rows(int count) const
    {
        const int unit = 2 * loss_.group();
        return (count + unit - 1) / unit * unit;
    }
    Matrix sample(const Loss& loss, int count) const
    {
        return loss.training_sample(RandomStream(29, "sample"), rows(count), theta_);
    }
    Matrix common(const Loss& loss) const
    {
        return loss.common_sample(RandomStream(29, "sample").part(Loss::common_part));
    }

    /// Terms and gradient on a sample of so many rows.
    struct Evaluation {
        Vector terms, gradient;
        Real value;
        int tile_size;
    };
    Evaluation evaluate(const Player& player, const Loss& loss, int count, int threads) const
    {
        SampledObjective objective(loss, player.layout, threads);
        objective.set_sample(sample(loss, count), 1, common(loss));
        Evaluation result;
        result.gradient = make_vector(player.layout.size());
        result.value = objective.value_and_gradient(theta_, result.gradient);
        result.terms = objective.terms();
        result.tile_size = objective.tile_size();
        return result;
    }

    CheckResult check_names()
    {
        const std::vector<std::string> terms = loss_.terms();
        const std::string broken = broken_names(terms);
        return {"", broken.empty(), broken.empty() ? listed(terms) : broken};
    }

    /// Parameters away from the start, where networks may be zero.
    CheckResult check_adapt()
    {
        const std::size_t size = player_.layout.size();
        theta_ = player_.layout.initialise(29);
        Vector moved = make_vector(size);
        RandomStream(29, "moved").normal(0, static_cast<int>(size), moved.data());
        for (const auto& [block, offset] : player_.layout.entries()) {
            const Real scale = Real(0.4) * std::min(Real(1), 2 / std::sqrt(Real(block.columns)));
            for (std::size_t i = offset; i < offset + block.size(); ++i) theta_(i) += scale * moved(i);
        }
        const Vector before = theta_;
        Vector again = theta_, final = theta_;
        const RandomStream stream(29, "adaptation");
        loss_.adapt(theta_, stream, 1);
        loss_.adapt(final, stream.part(1), 0);
        twin_.loss->adapt(again, stream, 1);
        std::size_t count = 0;
        for (std::size_t i = 0; i < size; ++i) count += before(i) != theta_(i);
        std::string broken;
        const auto finite = [](const Vector& v) {
            return std::all_of(v.begin(), v.end(), [](Real x) { return std::isfinite(x); });
        };
        if (!finite(theta_) || !finite(final)) broken = "one is not finite";
        if (!same_bits(theta_, again)) broken = "the same stream gives others";
        for (const auto& [block, offset] : player_.layout.entries()) {
            const auto first = static_cast<std::ptrdiff_t>(offset),
                       end = first + static_cast<std::ptrdiff_t>(block.size());
            if (!std::equal(theta_.begin() + first, theta_.begin() + end, before.begin() + first))
                computed_.insert(block.name);
        }
        return {"", broken.empty(),
                broken.empty() ? std::to_string(count) + " of " + std::to_string(size) + " are computed" : broken};
    }

    CheckResult check_samples()
    {
        constexpr int count = 64;
        const RandomStream stream(31, "samples"), other(32, "samples");
        const int n = rows(count);
        std::string broken;
        std::size_t columns = 0;
        const auto check = [&](const std::string& what, const auto& draw) {
            const Matrix first = draw(loss_, stream), different = draw(loss_, other), second = draw(loss_, stream),
                         third = draw(*twin_.loss, stream);
            if (!broken.empty() || first.size() == 0) return first;
            if (!std::isfinite(largest(first))) broken = what + ": a number is not finite";
            if (!same_bits(first, second)) broken = what + ": drawn again from the same stream it is another one";
            if (!same_bits(first, third)) broken = what + ": a second object draws another one from the same stream";
            if (same_bits(first, different)) broken = what + ": another stream gives the same";
            return first;
        };
        const Matrix plain = check("sample", [n](const Loss& l, const RandomStream& s) { return l.sample(s, n); });
        const Matrix trained = check("sample to train on", [n, this](const Loss& l, const RandomStream& s) {
            return l.training_sample(s, n, theta_);
        });
        check("common batch", [](const Loss& l, const RandomStream& s) { return l.common_sample(s); });
        columns = trained.shape(1);
        if (plain.shape(0) != static_cast<std::size_t>(n) || trained.shape(0) != plain.shape(0))
            broken = "not as many rows as were asked for";
        return {"", broken.empty(),
                broken.empty() ? std::to_string(n) + " samples of " + std::to_string(columns) + " numbers" : broken};
    }

    CheckResult check_again()
    {
        const Evaluation first = evaluate(player_, loss_, 64, 1), second = evaluate(player_, loss_, 64, 1),
                         twin = evaluate(twin_, *twin_.loss, 64, 1);
        std::string broken;
        if (!std::isfinite(first.value)) broken = "the value is not finite";
        if (first.terms.size() != loss_.terms().size()) broken = "not as many terms as names";
        if (!same_bits(first.terms, second.terms)) broken = "the terms are others when evaluated again";
        if (!same_bits(first.gradient, second.gradient)) broken = "the gradient is another one when evaluated again";
        if (!same_bits(first.terms, twin.terms) || !same_bits(first.gradient, twin.gradient))
            broken = "a second object gives others";
        return {"", broken.empty(), broken.empty() ? "the same bits, value " + short_text(first.value) : broken};
    }

    CheckResult check_threads()
    {
        // Several tiles are needed for the threads to share.
        int count = 256;
        while (count < 1 << 14 && evaluate(player_, loss_, count, 1).tile_size * 2 > count) count *= 2;
        const Evaluation one = evaluate(player_, loss_, count, 1), two = evaluate(player_, loss_, count, 2);
        const bool same = same_bits(one.terms, two.terms) && same_bits(one.gradient, two.gradient);
        return {"", same,
                (same ? "the same bits" : "other bits") + std::string(", ") + std::to_string(rows(count)) +
                    " samples in tiles of " + std::to_string(one.tile_size)};
    }

    CheckResult check_parts()
    {
        const Matrix all = sample(loss_, 64), others = common(loss_);
        const std::size_t half = all.shape(0) / 2;
        Matrix parts[2] = {make_matrix(half, all.shape(1)), make_matrix(half, all.shape(1))};
        for (std::size_t i = 0; i < all.shape(0); ++i)
            for (std::size_t k = 0; k < all.shape(1); ++k) parts[i / half](i % half, k) = all(i, k);
        SampledObjective objective(loss_, player_.layout, 1);
        objective.set_sample(all, 1, others);
        const Matrix quantities = objective.quantities(theta_);
        const Vector terms = objective.terms();
        Vector mean = make_vector(terms.size());
        WorstError worst;
        for (std::size_t part = 0; part < 2; ++part) {
            objective.set_sample(parts[part], 2 + part, others);
            const Matrix of_part = objective.quantities(theta_);
            mean += Real(0.5) * objective.terms();
            Matrix expected = make_matrix(half, quantities.shape(1));
            for (std::size_t i = 0; i < half; ++i)
                for (std::size_t k = 0; k < expected.shape(1); ++k) expected(i, k) = quantities(part * half + i, k);
            worst.compare(of_part, expected, 0, "quantities of part " + std::to_string(part + 1));
        }
        const std::vector<std::string> names = loss_.terms();
        for (std::size_t i = 0; loss_.terms_are_means() && i < terms.size(); ++i)
            worst.add(mean(i) - terms(i), std::abs(terms(i)) + 1e-12, "term " + names[i]);
        return worst.below("", 1e-10);
    }

    CheckResult check_gradient()
    {
        SampledObjective objective(loss_, player_.layout, 1);
        objective.set_sample(sample(loss_, 48), 1, common(loss_));
        Vector gradient = make_vector(theta_.size()), moved = theta_;
        objective.value_and_gradient(theta_, gradient);
        Real total = 0;
        for (const Real g : gradient) total += g * g;
        total = std::sqrt(total);
        WorstError worst;
        if (!std::isfinite(total)) worst.add(total, 1, "the gradient is not finite");
        if (total == 0) worst.add(1, 0, "the gradient is zero");
        for (const auto& [block, offset] : player_.layout.entries()) {
            const std::size_t size = block.size();
            const Real* bar = gradient.data() + offset;
            // What the loss computes from the others takes no part in the training.
            if (computed_.count(block.name) && std::all_of(bar, bar + size, [](Real g) { return g == 0; })) continue;
            for (const std::uint64_t number : {0, 1}) {
                Vector direction = make_vector(size);
                RandomStream(29, block.name, number).normal(0, static_cast<int>(size), direction.data());
                Real length = 0, expected = 0, size_of_bar = 0;
                for (const Real v : direction) length += v * v;
                direction /= std::sqrt(length);
                for (std::size_t i = 0; i < size; ++i) {
                    expected += direction(i) * bar[i];
                    size_of_bar += bar[i] * bar[i];
                }
                // Losses with absolute values have kinks that a difference may straddle; a wrong derivative is wrong at
                // every distance.
                Real error = std::numeric_limits<Real>::infinity();
                for (const Real h : {1e-3, 1e-4, 1e-5}) {
                    const Real slope = first_difference(
                        [&](Real step) {
                            moved = theta_;
                            for (std::size_t i = 0; i < size; ++i) moved(offset + i) += step * direction(i);
                            return objective.value(moved);
                        },
                        h);
                    if (std::abs(slope - expected) < error) error = std::abs(slope - expected);
                }
                worst.add(error, std::sqrt(size_of_bar) + 1e-3 * total,
                          block.name + " in random direction " + std::to_string(number + 1));
            }
        }
        return worst.below("", 1e-5);
    }

    CheckResult check_validation()
    {
        std::string broken, values;
        const std::pair<const char*, const Loss*> losses[] = {{"validated", player_.validated()},
                                                              {"fine", player_.fine_loss}};
        for (const auto& [name, loss] : losses) {
            if (!loss) continue;
            if (loss->terms() != loss_.terms()) broken = std::string(name) + ": other terms";
            SampledObjective objective(*loss, player_.layout, 1);
            objective.set_sample(loss->sample(RandomStream(29, "validation"), rows(64)), 1, common(*loss));
            const Real value = objective.value(theta_);
            if (!std::isfinite(value)) broken = std::string(name) + ": the value is not finite";
            values += (values.empty() ? "" : ", ") + std::string(name) + " " + short_text(value);
        }
        return {"", broken.empty(), broken.empty() ? values : broken};
    }

    const Player &player_, &twin_;
    const Loss& loss_;
    std::string prefix_;
    Vector theta_;
    std::set<std::string> computed_;  // blocks that `adapt` changes
};

/// Measures, what is followed of them, velocities and pictures.
class AnswerChecks {
public:
    AnswerChecks(const Method& method, const Problem& problem, const std::vector<Vector>& parameters)
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
            return stack({game->velocity(tape, list, x), game->value(tape, list, x), game->log_density(tape, x)});
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
    const std::vector<Vector>& parameters_;
};

class SolverChecks {
public:
    using Make = std::function<std::unique_ptr<Instance>()>;
    explicit SolverChecks(Make make) : make_(std::move(make)) {}

    CheckResults run() const
    {
        CheckResults results;
        append_check(results, "the solver's terms", [&] { return check_terms(); });
        append_check(results, "the solver's steps", [&] { return check_decrease(); });
        for (const int stop : {0, 7}) append_check(results, "the solver's state", [&] { return check_state(stop); });
        return results;
    }

private:
    CheckResult check_terms() const
    {
        const auto instance = make_();
        Solver& solver = *instance->method->solver();
        const std::vector<std::string> names = solver.terms();
        std::string broken = broken_names(names);
        const SolverReport report = solver.step();
        Real sum = 0;
        for (const Real term : report.terms) sum += term;
        if (report.terms.size() != names.size()) broken = "not as many terms as names";
        if (!(std::abs(sum - report.objective) <= 1e-10 * (std::abs(sum) + 1)))
            broken = "the sum of the terms is " + short_text(sum) + ", the objective " + short_text(report.objective);
        return {"the solver's terms have names and add up to the objective", broken.empty(),
                broken.empty() ? listed(names) : broken};
    }

    /// On the last level: before, a new grid may bring new errors.
    CheckResult check_decrease() const
    {
        constexpr std::uint64_t most = 400;
        const auto instance = make_();
        Solver& solver = *instance->method->solver();
        std::uint64_t steps = 0;
        Real first = 0, last = 0;
        int level = -1;
        bool finite = true;
        while (!solver.finished() && steps < most) {
            const SolverReport report = solver.step();
            ++steps;
            if (report.level != level) first = report.residual;
            level = report.level;
            last = report.residual;
            finite = finite && std::isfinite(report.objective) && std::isfinite(report.residual);
        }
        const bool passed = finite && steps > 1 && steps <= solver.most_steps() && last < Real(0.5) * first;
        return {"the solver's steps make the residual smaller", passed,
                "from " + short_text(first) + " to " + short_text(last) + " on level " + std::to_string(level + 1) +
                    ", " + std::to_string(steps) + " steps in all" + (finite ? "" : "; not finite")};
    }

    CheckResult check_state(int stop) const
    {
        constexpr int steps = 30;
        const auto run = [](Solver& solver, int count) {
            SolverReport last;
            for (int k = 0; k < count && !solver.finished(); ++k) last = solver.step();
            return last;
        };
        const auto solution = [](Solver& solver) {
            Archive answer;
            solver.solution(answer);
            return answer.items();
        };
        const auto whole = make_(), first = make_(), second = make_();
        const SolverReport expected = run(*whole->method->solver(), steps);
        run(*first->method->solver(), stop);
        Archive saved;
        first->method->solver()->state(saved);
        Archive loaded(saved.items());
        second->method->solver()->state(loaded);
        const SolverReport report = run(*second->method->solver(), steps - stop);
        std::string broken;
        if (report.objective != expected.objective || report.residual != expected.residual ||
            !same_bits(report.terms, expected.terms))
            broken = "the last step reports other numbers";
        if (!same_bits(solution(*whole->method->solver()), solution(*second->method->solver())))
            broken = "the solution is another one";
        return {"the solver goes on in a new object that loads the state of step " + std::to_string(stop),
                broken.empty(), broken.empty() ? "the same bits after " + std::to_string(steps) + " steps" : broken};
    }

    Make make_;
};

CheckResults check_on(Registry& registry, const std::string& name, const Options::Given& given, const Problem& problem,
                      Instance& instance)
{
    const auto make = [&] { return std::make_unique<Instance>(registry, name, given, problem); };
    CheckResults results;
    std::vector<Vector> parameters;
    if (Solver* solver = instance.method->solver()) {
        results.push_back({"there are no players beside the solver", instance.method->players().empty(),
                           std::to_string(instance.method->players().size()) + " players"});
        append_checks(results, "the solver", [&] { return SolverChecks(make).run(); });
        for (int k = 0; k < 20 && !solver->finished(); ++k) solver->step();
    } else {
        const std::unique_ptr<Instance> twin = make();
        const std::vector<Player>& players = instance.method->players();
        std::vector<std::string> names;
        for (const Player& player : players) names.push_back(player.name);
        const std::string broken = broken_names(names);
        results.push_back({"the players have names", broken.empty(), broken.empty() ? listed(names) : broken});
        if (!broken.empty()) return results;
        for (std::size_t i = 0; i < players.size(); ++i) {
            PlayerChecks checks(*instance.method, *twin->method, i);
            append_checks(results, "player " + names[i], [&] { return checks.run(); });
            parameters.push_back(checks.parameters());
        }
    }
    append_checks(results, "the answer", [&] { return AnswerChecks(*instance.method, problem, parameters).run(); });
    return results;
}

/// A problem that no method can make anything of.
class Nothing final : public Problem {
public:
    int dimension() const override { return 2; }
};

/// The message with which a method refuses a problem; empty where it accepts it. Anything but an Error of one line is
/// thrown on.
std::string refusal(const std::function<void()>& build)
{
    try {
        build();
        return "";
    } catch (const Error& refused) {
        const std::string message = refused.what();
        if (message.empty() || message.find('\n') != std::string::npos)
            throw std::runtime_error("a refusal that is not one line: '" + message + "'");
        return message;
    }
}

}  // namespace

CheckResults check_method(Registry& registry, const std::string& name, const Options::Given& given)
{
    CheckResults results;
    std::string accepted, refused;
    for (const std::string& problem_name : registry.names("problem")) {
        const auto problem = make_small<Problem>(registry, problem_name);
        std::unique_ptr<Instance> instance;
        CheckResults here;
        append_checks(here, "it accepts or refuses a problem", [&] {
            const std::string message =
                refusal([&] { instance = std::make_unique<Instance>(registry, name, given, *problem); });
            if (!message.empty() && refused.empty()) refused = message;
            return CheckResults{};
        });
        const std::string parts = instance && !instance->with.empty() ? ": " + instance->with : "";
        if (instance) {
            accepted += (accepted.empty() ? "" : ", ") + problem_name;
            append_checks(here, "all", [&] { return check_on(registry, name, given, *problem, *instance); });
        }
        for (CheckResult& result : here) {
            result.setting = "problem " + problem_name + ", d = " + std::to_string(problem->dimension()) + parts;
            results.push_back(result);
        }
    }
    results.insert(results.begin(), {"it accepts a problem", !accepted.empty(),
                                     !accepted.empty()  ? accepted
                                     : !refused.empty() ? refused
                                                        : "there is no problem plugin to check it with"});
    append_check(results, "an unsuitable problem is refused with an error of one line", [&] {
        const Nothing nothing;
        const std::string message = refusal([&] { Instance(registry, name, given, nothing); });
        return CheckResult{"an unsuitable problem is refused with an error of one line", !message.empty(),
                           message.empty() ? "accepted: a problem that is neither a game nor a system" : message};
    });
    return results;
}

}  // namespace mfg
