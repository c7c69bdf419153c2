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
    Real total = 0;
    for (const Real g : gradient) total += g * g;
    total = std::sqrt(total);
    if (!std::isfinite(total)) worst.add(total, 1, where + "the gradient is not finite");
    if (total == 0) worst.add(1, 0, where + "the gradient is zero");
    Vector moved = here;
    for (const auto& [block, offset] : blocks) {
        const std::size_t size = block.size();
        const Real* bar = gradient.data() + offset;
        if (computed.count(block.name) && std::all_of(bar, bar + size, [](Real g) { return g == 0; })) continue;
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
                        std::copy(here.begin(), here.end(), moved.begin());
                        for (std::size_t i = 0; i < size; ++i) moved(offset + i) += step * direction(i);
                        return value(moved);
                    },
                    h);
                if (std::abs(slope - expected) < error) error = std::abs(slope - expected);
            }
            worst.add(error, std::sqrt(size_of_bar) + 1e-3 * total,
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
