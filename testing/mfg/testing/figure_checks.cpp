#include <mfg/testing/method_checks.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace mfg {
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
