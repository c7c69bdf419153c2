#include <mfg/base/views.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/method_checks.hpp>

#include <algorithm>
#include <limits>

namespace mfg {

std::set<std::string> computed_blocks(const Formulation& formulation, const Vector& parameters)
{
    // Away from where they have been computed already.
    const Vector moved = parameters + Real(0.01);
    Vector refreshed = moved, finished = moved;
    const RandomStream stream(29, "another refresh");
    formulation.refresh(refreshed, stream, 1);
    formulation.finish(finished, stream);
    std::set<std::string> computed;
    for (const auto& [block, offset] : formulation.layout().entries())
        for (const Vector* after : {&refreshed, &finished})
            if (!std::equal(&(*after)(offset), &(*after)(offset) + block.size(), &moved(offset)))
                computed.insert(block.name);
    return computed;
}

void compare_gradient(const std::function<Real(const Vector&)>& value, const Vector& here, const Vector& gradient,
                      const std::vector<ParameterLayout::Entry>& blocks, const std::set<std::string>& computed,
                      const std::string& where, WorstError& worst)
{
    const Real total = norm(gradient);
    if (!std::isfinite(total)) worst.add(total, 1, where + "the gradient is not finite");
    if (total == 0) worst.add(1, 0, where + "the gradient is zero");
    for (const auto& [block, offset] : blocks) {
        const Vector bar = entries(gradient, offset, block.size());
        const Real size_of_bar = norm(bar);
        if (computed.count(block.name) && size_of_bar == 0) continue;
        for (const std::uint64_t number : {0, 1}) {
            const Vector direction = random_direction(RandomStream(29, block.name, number), length(bar));
            const Real expected = xt::sum(direction * bar)();
            // Losses with absolute values have kinks that a difference may straddle; a wrong derivative is wrong at
            // every distance.
            Real error = std::numeric_limits<Real>::infinity();
            for (const Real h : {1e-3, 1e-4, 1e-5}) {
                const Real off = std::abs(first_difference(value, here, offset, direction, h) - expected);
                if (off < error) error = off;
            }
            worst.add(error, size_of_bar + 1e-3 * total,
                      where + block.name + " in random direction " + std::to_string(number + 1));
        }
    }
}

bool is_word(const std::string& name)
{
    return !name.empty() && name.find_first_of(" .,/\n") == std::string::npos;
}

std::string broken_names(const std::vector<std::string>& names)
{
    std::set<std::string> seen;
    for (const std::string& name : names) {
        if (!is_word(name)) return "'" + name + "' is not a word";
        if (!seen.insert(name).second) return "'" + name + "' occurs twice";
    }
    return names.empty() ? "there are none" : "";
}

}  // namespace mfg
