#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>
#include <mfg/testing/contracts.hpp>
#include <mfg/testing/method_checks.hpp>
#include <mfg/testing/network_probe.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace mfg {
namespace {

/// What makes instances small, for plugins with options of these names.
const Options::Given small_sizes{{"dimension", "2"}, {"width", "5"}, {"cells", "16"}, {"time_intervals", "8"}};

/// An object with its smallest settings that work, `given` ones aside.
template <class Interface>
Registry::Object<Interface> make_small(Registry& registry, const std::string& name, Options::Given given = {})
{
    for (const OptionRecord& option : registry.options(Interface::kind, name)) {
        const auto size = small_sizes.find(option.name);
        if (size == small_sizes.end() || !given.insert(*size).second) continue;
        try {
            registry.create<Interface>(name, given);
        } catch (const Error& refused) {
            // Other errors are for the caller.
            if (std::string(refused.what()).find(option.name) == std::string::npos) throw;
            given.erase(option.name);
        }
    }
    return registry.create<Interface>(name, given);
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
        formulation = method->build(parts);
    }

    std::vector<Registry::Object<Network>> networks;
    Registry::Object<Integrator> integrator;
    Registry::Object<Method> method;
    std::unique_ptr<Formulation> formulation;
    std::string with;
};

CheckResult check_subsets(const Formulation& formulation)
{
    std::set<std::string> moved;
    std::string broken, sizes;
    for (const Player& player : formulation.players()) {
        const ParameterSubset subset(formulation.layout(), player.fields());
        for (const ParameterLayout::Entry& entry : subset.entries())
            if (!moved.insert(entry.block.name).second) broken = "two of them move " + entry.block.name;
        sizes += (sizes.empty() ? "" : " and ") + std::to_string(subset.size());
    }
    return kept_unless(broken, "no two players move the same parameters",
                       fmt::format("{} of {}", sizes, formulation.layout().size()));
}

/// Refreshes `theta`.
CheckResult check_refresh(const Formulation& formulation, const Formulation& twin, Vector& theta)
{
    const Vector before = theta;
    Vector again = theta, finished = theta, finished_again = theta;
    const RandomStream stream(29, "refresh");
    formulation.refresh(theta, stream, 1);
    twin.refresh(again, stream, 1);
    formulation.finish(finished, stream.part("finish"));
    twin.finish(finished_again, stream.part("finish"));
    std::size_t count = 0;
    for (std::size_t i = 0; i < theta.size(); ++i) count += before(i) != theta(i);
    std::string broken;
    if (!all_finite(theta) || !all_finite(finished)) broken = "one is not finite";
    if (!same_bits(theta, again) || !same_bits(finished, finished_again)) broken = "the same stream gives others";
    return kept_unless(broken, "parameters that are computed from others follow from the stream",
                       fmt::format("{} of {} are computed", count, theta.size()));
}

CheckResults check_on(Registry& registry, const std::string& name, const Options::Given& given, const Problem& problem,
                      const Formulation& formulation)
{
    CheckResults results;
    Vector parameters;
    const std::vector<Player>& players = formulation.players();
    if (const std::unique_ptr<Solver> solver = formulation.solver()) {
        results.push_back(
            {"there are no players beside the solver", players.empty(), std::to_string(players.size()) + " players"});
        append_checks(results, "the solver", [&] { return check_solver(formulation); });
        for (int k = 0; k < 20 && !solver->finished(); ++k) solver->step();
        parameters = solver->parameters();
    } else {
        const Instance twin(registry, name, given, problem);
        std::vector<std::string> names;
        for (const Player& player : players) names.push_back(player.name());
        const std::string broken = broken_names(names);
        results.push_back(kept_unless(broken, "the players have names", joined(names)));
        if (!broken.empty()) return results;
        append_check(results, "no two players move the same parameters", [&] { return check_subsets(formulation); });
        parameters = moved_parameters(formulation.layout(), 29);
        append_check(results, "parameters that are computed",
                     [&] { return check_refresh(formulation, *twin.formulation, parameters); });
        for (std::size_t i = 0; i < players.size(); ++i)
            append_checks(results, "player " + names[i],
                          [&] { return check_player(formulation, *twin.formulation, i, parameters); });
    }
    append_checks(results, "the solution", [&] { return check_solution(formulation, parameters); });
    return results;
}

/// A problem that no method can solve.
class Nothing final : public Problem {
public:
    int dimension() const override { return 2; }
};

/// The message with which a method refuses a problem; empty if it accepts it. Anything but an Error of one line is
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
        std::string setting = fmt::format("problem {}, d = {}", problem_name, problem->dimension());
        std::unique_ptr<Instance> instance;
        const auto build = [&] {
            const std::string message =
                refusal([&] { instance = std::make_unique<Instance>(registry, name, given, *problem); });
            if (!message.empty() && refused.empty()) refused = message;
            return CheckResults{};
        };
        append_checks(results, "it accepts or refuses a problem", build, setting);
        if (!instance) continue;
        accepted += (accepted.empty() ? "" : ", ") + problem_name;
        if (!instance->with.empty()) setting += ": " + instance->with;
        append_checks(
            results, "all", [&] { return check_on(registry, name, given, *problem, *instance->formulation); }, setting);
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
