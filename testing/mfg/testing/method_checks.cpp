#include <mfg/base/views.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/method_checks.hpp>

#include <fmt/format.h>

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

namespace {

/// Looks at one panel after the other; `broken` is what is wrong with the last bad one.
class PanelCheck {
public:
    void operator()(const Panel& panel)
    {
        name_ = panel.name;
        add_file("");
        std::visit([this](const auto& content) { check(content); }, panel.content);
    }

    std::vector<std::string> files;
    std::string broken;

private:
    void expect(bool right, const std::string& what)
    {
        if (!right) broken = name_ + ": " + what;
    }
    void add_file(const std::string& ending) { files.push_back(name_ + ending); }

    void check(const Heatmap& map)
    {
        check_map(map.values, map.window);
        check_lines(map.lines, "_lines");
        check_lines(map.backward_lines, "_backward_lines");
        if (map.inhabited.size() > 0) {
            add_file("_inhabited");
            expect(map.inhabited.shape() == map.values.shape(), "agents on a map of another shape");
        }
        if (map.range) {
            const auto [low, high] = *map.range;
            expect(std::isfinite(low) && std::isfinite(high) && low <= high, "a range of colours that is empty");
        }
    }

    void check(const Curves& curves)
    {
        expect(curves.table.size() > 0 && all_finite(curves.table), "no numbers, or some that are not finite");
        expect(curves.table.shape(1) == curves.labels.size() + 1, "as many labels as curves are needed");
    }

    void check(const Animation& animation)
    {
        check_map(animation.values, animation.window);
        check_lines(animation.points, "_points");
        const std::size_t times = animation.times.size();
        expect(animation.values.shape(0) == times && animation.points.shape(1) == times,
               "maps, points and times are not equally many");
        expect(all_finite(animation.times) && std::is_sorted(animation.times.begin(), animation.times.end()),
               "times that do not increase");
        if (animation.obstacles.size() == 0) return;
        add_file("_obstacles");
        expect(all_finite(animation.obstacles), "obstacles that are not finite");
    }

    template <class Array>
    void check_map(const Array& values, const Window& window)
    {
        expect(values.size() > 0 && all_finite(values), "no numbers, or some that are not finite");
        expect(window.x_low < window.x_high && window.y_low < window.y_high, "an empty window");
    }

    /// `[paths x points x 2]`; none are a file less.
    void check_lines(const Cube& lines, const std::string& ending)
    {
        if (lines.size() == 0) return;
        add_file(ending);
        expect(lines.shape(2) == 2 && all_finite(lines), "lines that are not in the plane, or not finite");
    }

    std::string name_;
};

}  // namespace

CheckResult check_figures(const std::vector<Figure>& figures, const std::string& what)
{
    PanelCheck check;
    std::vector<std::string> names;
    std::string broken;
    for (const Figure& figure : figures) {
        names.push_back(figure.name);
        if (figure.panels.empty()) broken = figure.name + ": it has no panel";
        for (const Panel& panel : figure.panels) {
            check(panel);
            if (std::holds_alternative<Animation>(panel.content) && figure.panels.size() > 1)
                broken = figure.name + ": an animation is the only panel of its figure";
        }
    }
    for (const auto& list : {names, check.files})
        if (const std::string wrong = broken_names(list); !figures.empty() && !wrong.empty()) broken = wrong;
    if (!check.broken.empty()) broken = check.broken;
    return kept_unless(broken, what, fmt::format("{} figures, {} arrays", figures.size(), check.files.size()));
}

}  // namespace mfg
