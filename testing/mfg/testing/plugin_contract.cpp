#include <mfg/base/error.hpp>
#include <mfg/method.hpp>
#include <mfg/testing/contracts.hpp>

#include <algorithm>

namespace mfg {
namespace {

/// The standard dimension, the next one, and ten, as far as they are in the option's range; empty where there is none.
std::vector<int> dimensions(Registry& registry, const std::string& name, const Options::Given& given)
{
    for (const OptionRecord& option : registry.options("problem", name)) {
        if (option.name != "dimension" || given.count("dimension")) continue;
        const int standard = std::stoi(option.standard);
        std::vector<int> all{standard};
        for (const int other : {standard + 1, 10}) {
            if (std::count(all.begin(), all.end(), other) > 0) continue;
            Options ranges("", {{"dimension", std::to_string(other)}});
            try {
                registry.find("problem", name).declare(ranges);
                all.push_back(other);
            } catch (const Error&) {
                continue;
            }
        }
        return all;
    }
    return {};
}

CheckResults check_problems(Registry& registry, const std::string& name, const Options::Given& given)
{
    CheckResults results;
    const std::vector<int> all = dimensions(registry, name, given);
    if (all.empty()) return check_problem(*registry.create<Problem>(name, given));
    for (const int dimension : all) {
        Options::Given options = given;
        options["dimension"] = std::to_string(dimension);
        append_checks(
            results, "the problem", [&] { return check_problem(*registry.create<Problem>(name, options)); },
            "dimension " + std::to_string(dimension));
    }
    return results;
}

CheckResults check_optimizers(Registry& registry, const std::string& name, const Options::Given& given)
{
    const auto optimizer = registry.create<Optimizer>(name, given), other = registry.create<Optimizer>(name, given);
    CheckResults results = check_optimizer(*optimizer);
    append_check(results, "goes on in a new object", [&] { return check_state_in_new_object(*optimizer, *other); });
    return results;
}

}  // namespace

CheckResults check_plugin(Registry& registry, const std::string& kind, const std::string& name,
                          const Options::Given& given)
{
    // Loaded once with the options as they are: an error in these is not a failed check.
    if (kind == Problem::kind) {
        registry.create<Problem>(name, given);
        return check_problems(registry, name, given);
    }
    if (kind == Method::kind) {
        registry.create<Method>(name, given);
        return check_method(registry, name, given);
    }
    if (kind == Network::kind) return check_network(*registry.create<Network>(name, given));
    if (kind == Integrator::kind) return check_integrator(*registry.create<Integrator>(name, given));
    if (kind == Optimizer::kind) return check_optimizers(registry, name, given);
    throw Error("'" + kind + "' is not a kind of plugin");
}

}  // namespace mfg
