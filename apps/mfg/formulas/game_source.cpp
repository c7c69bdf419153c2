#include "formulas/game_source.hpp"

#include "text.hpp"

#include <fmt/format.h>

namespace {

/// A number that C++ does not take for an integer.
std::string number(mfg::Real value)
{
    return fmt::format("Real({})", value);
}

/// A text in a comment of one line.
std::string commented(std::string text)
{
    // A backslash at the end would make the next line a comment.
    while (ends_with(text, "\\")) text.pop_back();
    return text;
}

std::string class_name(const std::string& name)
{
    std::string result;
    for (const std::string& word : split(name, '_')) result += capitalised(word);
    return "Game" + result;
}

/// The class of a law: what stands before the arguments of its constructor.
std::string type_of(const Expression& law)
{
    return law.code.substr(0, law.code.find('('));
}

std::string manual(const GameSource& game)
{
    std::string text =
        fmt::format("/// {}: {}\n///\n/// Made of these formulas:\n///\n", game.name, commented(game.summary));
    for (const std::string& line : game.lines) text += "///     " + commented(line) + "\n";
    return text;
}

std::string settings(const GameSource& game)
{
    std::string text = fmt::format("    struct Settings {{\n        int dimension = {};\n", game.dimension);
    std::string options = "        o(\"dimension\", s.dimension, \"dimension d of space\", mfg::between(1, 1000));\n";
    if (!game.stationary) {
        text += fmt::format("        Real horizon = {};\n", number(game.horizon));
        options += "        o(\"horizon\", s.horizon, \"final time T\", mfg::positive);\n";
    }
    text += fmt::format("        Real viscosity = {};\n", number(game.viscosity));
    options += fmt::format("        o(\"viscosity\", s.viscosity, \"viscosity nu\", mfg::{});\n",
                           game.stationary ? "positive" : "nonnegative");
    for (const GameConstant& constant : game.constants) {
        text += fmt::format("        Real {}_ = {};\n", constant.name, number(constant.value));
        options += fmt::format("        o(\"{0}\", s.{0}_, {1});\n", constant.name, cpp_string(constant.text));
    }
    return text + "    };\n\n    static void options(mfg::Options& o, Settings& s)\n    {\n" + options + "    }\n\n";
}

std::string constructor(const GameSource& game)
{
    std::string list = game.stationary ? "ErgodicGame(s.dimension),\n          s_(s)" : "s_(s)";
    if (game.initial) list += fmt::format(",\n          initial_({})", game.initial->code);
    if (game.target) list += fmt::format(",\n          target_({})", game.target->code);
    return fmt::format("    explicit {}(const Settings& s)\n        : {}\n    {{\n    }}\n\n", class_name(game.name),
                       list);
}

std::string window(const GameSource& game)
{
    std::string body;
    if (game.window) {
        const auto& w = *game.window;
        body =
            fmt::format("        return {{{}, {}, {}, {}}};\n", number(w[0]), number(w[1]), number(w[2]), number(w[3]));
    } else if (game.torus) {
        body = "        return {0, 1, 0, 1};\n";
    } else {
        body = "        mfg::Window shown{1e300, -1e300, 1e300, -1e300};\n";
        for (const auto* law : {&game.initial, &game.target})
            if (*law)
                for (const auto& [mean, variances] : (*law)->gaussians)
                    body += fmt::format("        show({}, {}, shown);\n", mean, variances);
        body += "        return shown;\n";
    }
    return "    mfg::Window window() const override\n    {\n" + body + "    }\n";
}

std::string where(const GameSource& game)
{
    std::string text;
    const auto add = [&](const std::string& declaration, const std::string& value) {
        text += fmt::format("    {} const override {{ return {}; }}\n", declaration, value);
    };
    add("Real viscosity()", "s_.viscosity");
    if (!game.stationary) {
        add("int dimension()", "s_.dimension");
        add("Real horizon()", "s_.horizon");
        if (game.torus) add("bool periodic()", "true");
        text += window(game);
        add("const mfg::Density& initial_density()", "initial_");
        if (game.target) add("const mfg::Density* target_density()", "&target_");
    }
    if (game.plain_game) add("mfg::Coupling coupling()", "mfg::Coupling::game");
    return text + "\n";
}

std::string formulas(const GameSource& game)
{
    std::string text;
    const auto add = [&](const std::string& declaration, const std::string& formula) {
        text += fmt::format("    Jet {} const override\n    {{\n        return {};\n    }}\n", declaration, formula);
    };
    if (!game.drift.empty()) add("drift(const State& s)", game.drift);
    if (!game.hamiltonian.empty()) add("hamiltonian(const State& s, const Jet& p)", game.hamiltonian);
    if (!game.running_cost.empty()) add("running_cost(const State& s)", game.running_cost);
    if (!game.interaction.empty())
        text += fmt::format(
            "    std::optional<mfg::Interaction> interaction() const override\n    {{\n"
            "        return mfg::Interaction::of_pairs([this](const Jet& distance_squared) {{ return {}; }});\n    "
            "}}\n",
            game.interaction);
    if (!game.stationary) add("terminal_cost(const State& s)", game.terminal_cost.empty() ? "{}" : game.terminal_cost);
    return text + "\n";
}

/// Networks for the equations where there is noise or a torus, else characteristics.
std::string defaults(const GameSource& game)
{
    const std::string equations =
        R"(return {{"method", "galerkin"},
                {"network", "dgm"},
                {"optimizer", "adam"},
                {"optimizer.learning_rate", "1e-2"},
                {"optimizer.schedule", "exponential"},
                {"optimizer.decay", "0.01"},
                {"training.samples", "256"},
                {"training.iterations", "2500"},
                {"training.resample_every", "1"},
                {"training.validate_every", "50"}};
)";
    const std::string paths =
        R"(return {{"method", "lagrangian"},
                {"network", "resnet"},
                {"integrator", "rk4"},
                {"optimizer", "bfgs"},
                {"method.time_steps", "4"},
                {"method.hjb_weight", "1"},
                {"method.hjb_terminal_weight", "1"},
                {"training.samples", "1024"},
                {"training.iterations", "200"}};
)";
    std::string body = "        " + equations;
    if (!game.torus) body = "        if (s_.viscosity > 0)\n            " + equations + "        " + paths;
    return "    mfg::Defaults defaults() const override\n    {\n" + body + "    }\n\n";
}

std::string members(const GameSource& game)
{
    std::string text = R"(private:
    /// The same number for each coordinate.
    mfg::Vector all(Real number) const
    {
        mfg::Vector vector = mfg::make_vector(s_.dimension);
        std::fill(vector.begin(), vector.end(), number);
        return vector;
    }
    /// The first numbers of a vector; the others are 0.
    mfg::Vector first(const std::vector<Real>& numbers) const
    {
        if (static_cast<int>(numbers.size()) > s_.dimension)
            throw mfg::Error("a list in a formula has more entries than the dimension; give fewer of them");
        mfg::Vector vector = all(0);
        std::copy(numbers.begin(), numbers.end(), vector.begin());
        return vector;
    }
)";
    if (!game.stationary && !game.torus && !game.window)
        text += R"(    /// Makes the window so large that it shows a Gaussian, in its first two coordinates.
    void show(const mfg::Vector& mean, const mfg::Vector& variances, mfg::Window& window) const
    {
        const int last = std::min(1, s_.dimension - 1);
        const Real x = 4 * std::sqrt(variances(0)), y = 4 * std::sqrt(variances(last));
        window.x_low = std::min(window.x_low, mean(0) - x);
        window.x_high = std::max(window.x_high, mean(0) + x);
        window.y_low = std::min(window.y_low, mean(last) - y);
        window.y_high = std::max(window.y_high, mean(last) + y);
    }
)";
    text += "\n    Settings s_;\n";
    if (game.initial) text += "    " + type_of(*game.initial) + " initial_;\n";
    if (game.target) text += "    " + type_of(*game.target) + " target_;\n";
    return text;
}

}  // namespace

std::string member_of(const GameConstant& constant)
{
    return "s_." + constant.name + "_";
}

std::string to_cpp(const GameSource& game)
{
    const std::string type = class_name(game.name);
    return manual(game) +
           "#include <mfg/base/constants.hpp>\n"
           "#include <mfg/densities/gaussian.hpp>\n"
           "#include <mfg/densities/uniform_box.hpp>\n"
           "#include <mfg/plugin/plugin.hpp>\n"
           "#include <mfg/problem.hpp>\n\n"
           "#include <algorithm>\n"
           "#include <cmath>\n\n"
           "namespace {\n\n"
           "using mfg::Jet;\n"
           "using mfg::Real;\n"
           "using mfg::State;\n\n" +
           fmt::format("class {} final : public mfg::{} {{\npublic:\n", type,
                       game.stationary ? "ErgodicGame" : "MeanFieldGame") +
           settings(game) + constructor(game) + where(game) + formulas(game) + defaults(game) + members(game) +
           fmt::format("}};\n\n}}  // namespace\n\nMFG_PLUGIN({}, \"{}\", {});\n", type, game.name,
                       cpp_string(game.summary));
}
