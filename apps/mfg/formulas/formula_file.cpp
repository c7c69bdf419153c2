#include "formulas/formula_file.hpp"

#include "formulas/expression.hpp"
#include "formulas/game_source.hpp"
#include "text.hpp"

#include <mfg/base/error.hpp>
#include <mfg/plugin/options.hpp>
#include <mfg/run/configuration.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/ini.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace {

/// Where an assignment stands in a file, and the comment behind it.
struct Place {
    int line = 0;
    std::string comment;
};

/// The places of all assignments, by `section.name`.
std::map<std::string, Place> places_in(const std::string& text)
{
    std::map<std::string, Place> places;
    std::string section;
    int number = 0;
    for (const std::string& whole : split(text, '\n')) {
        ++number;
        const std::size_t comment = std::min(whole.find('#'), whole.size());
        const std::string line = mfg::trimmed(whole.substr(0, comment));
        if (line.size() > 1 && line.front() == '[' && line.back() == ']') section = line.substr(1, line.size() - 2);
        const std::size_t equals = line.find('=');
        if (equals == std::string::npos) continue;
        const std::string name = mfg::trimmed(line.substr(0, equals));
        places[section.empty() ? name : section + "." + name] = {
            number, comment < whole.size() ? mfg::trimmed(whole.substr(comment + 1)) : ""};
    }
    return places;
}

/// The keys of [formulas], in the order in which a game is written down.
const std::vector<std::string>& keys()
{
    static const std::vector<std::string> list{
        "dimension", "space",  "stationary", "horizon",     "viscosity",    "coupling",    "initial",
        "target",    "window", "drift",      "hamiltonian", "running_cost", "interaction", "terminal_cost"};
    return list;
}

/// Reads the sections of one file.
class FormulaReader {
public:
    explicit FormulaReader(const std::string& path)
        : path_(path), text_(mfg::read_file(path, 1 << 20)), places_(places_in(text_))
    {
        const mfg::Assignments settings =
            mfg::in_context(fmt::format("configuration file '{}': ", path), [&] { return mfg::parse_ini(text_); });
        for (const auto& [name, text] : settings) {
            const std::string section = mfg::section_of(name), key = mfg::option_of(name);
            if (name == "description") description_ = text;
            if (!mfg::is_formula_section(section)) continue;
            if (!given_.emplace(name, text).second) throw error(name, "it is set twice");
            if (section == "constants") constants_.push_back(key);
            if (section == "formulas" && !mfg::contains(keys(), key))
                throw error(name, "there is no such formula; " + advice(key, keys()));
        }
        if (given_.empty())
            throw mfg::Error(fmt::format("'{}' has no section [formulas] that defines a problem", path));
    }

    GameSource game()
    {
        GameSource game;
        game.name = plugin_name();
        game.summary = description_.empty() ? "a game given by formulas" : description_;
        for (const std::string& key : keys())
            if (is_given(key)) game.lines.push_back(key + " = " + text("formulas." + key));
        read_settings(game);
        read_constants(game);
        read_formulas(game);
        return game;
    }

private:
    bool is_given(const std::string& key) const { return given_.count("formulas." + key) > 0; }
    const std::string& text(const std::string& name) const { return given_.at(name); }

    mfg::Error error(const std::string& name, const std::string& what) const
    {
        const auto place = places_.find(name);
        const int line = place == places_.end() ? 0 : place->second.line;
        return mfg::Error(fmt::format("{}:{}: {}: {}", path_, line, mfg::printable(mfg::option_of(name)), what));
    }

    template <class Function>
    auto at(const std::string& name, const Function& function) const
    {
        try {
            return function();
        } catch (const mfg::Error& failure) {
            throw error(name, failure.what());
        }
    }

    /// The name of the file as one of a plugin.
    std::string plugin_name() const
    {
        std::string name = std::filesystem::path(path_).stem().string();
        for (char& c : name) {
            const bool is_capital = c >= 'A' && c <= 'Z';
            if (is_capital) c = static_cast<char>(c - 'A' + 'a');
            if (!mfg::is_name(std::string("a") + c)) c = '_';
        }
        return mfg::is_name(name) ? name : "game_" + name;
    }

    /// A plain number, or one of some words, as options have them.
    template <class Variable, class... Rule>
    void read(const std::string& key, Variable& variable, const Rule&... rule) const
    {
        if (!is_given(key)) return;
        const std::string name = "formulas." + key;
        at(name, [&] { mfg::Options("", {{key, text(name)}})(key.c_str(), variable, "", rule...); });
    }

    void refuse(std::initializer_list<const char*> names, const std::string& why) const
    {
        for (const char* key : names)
            if (is_given(key)) throw error(std::string("formulas.") + key, why);
    }

    void read_settings(GameSource& game) const
    {
        std::string space = "plane", coupling = "potential";
        read("dimension", game.dimension, mfg::between(1, 1000));
        read("stationary", game.stationary);
        read("space", space, mfg::Choices{"plane", "torus"});
        read("horizon", game.horizon, mfg::positive);
        read("viscosity", game.viscosity, game.stationary ? mfg::positive : mfg::nonnegative);
        read("coupling", coupling, mfg::Choices{"potential", "game"});
        game.torus = space == "torus" || game.stationary;
        game.plain_game = coupling == "game";
        if (game.stationary) {
            refuse({"horizon", "initial", "target", "terminal_cost"},
                   "a stationary game has none, and lives on the torus");
            if (is_given("space") && space != "torus")
                throw error("formulas.space", "a stationary game needs the torus");
        }
    }

    void read_constants(GameSource& game) const
    {
        for (const std::string& name : constants_) {
            const std::string full = "constants." + name;
            if (!mfg::is_name(name)) throw error(full, "a constant needs a name: lower-case letters, digits and _");
            for (const auto& taken :
                 {formula_functions(), std::vector<std::string>{"x", "t", "w", "p", "pi", "log_target", "dimension",
                                                                "horizon", "viscosity", "distance_squared"}})
                if (mfg::contains(taken, name)) throw error(full, "formulas have this name already; choose another");
            mfg::Real value = 0;
            at(full, [&] { mfg::Options("", {{name, text(full)}})(name.c_str(), value, ""); });
            const std::string comment = places_.count(full) > 0 ? places_.at(full).comment : "";
            game.constants.push_back({name, value, comment.empty() ? "constant of the formulas" : comment});
        }
    }

    /// The names that every formula may use.
    static Symbols numbers(const GameSource& game)
    {
        Symbols symbols{{"pi", {Shape::number, "mfg::pi"}},
                        {"dimension", {Shape::number, "Real(s_.dimension)"}},
                        {"viscosity", {Shape::number, "s_.viscosity"}}};
        if (!game.stationary) symbols["horizon"] = {Shape::number, "s_.horizon"};
        for (const GameConstant& constant : game.constants)
            symbols[constant.name] = {Shape::number, member_of(constant)};
        return symbols;
    }

    Expression formula(const std::string& key, const Symbols& symbols) const
    {
        return at("formulas." + key, [&] { return translate(text("formulas." + key), symbols); });
    }

    Expression law(const std::string& key, const Symbols& symbols) const
    {
        Expression law = formula(key, symbols);
        if (law.shape != Shape::law)
            throw error("formulas." + key, "it must be a law: gaussian(mean, variance), mixture(...) or uniform()");
        return law;
    }

    /// The law of agents at the start: on the torus the uniform one, which has no window elsewhere.
    Expression initial(const Symbols& symbols, bool torus) const
    {
        if (torus && !is_given("initial")) return translate("uniform()", symbols);
        if (!is_given("initial"))
            throw mfg::Error(
                fmt::format("{}: [formulas] has no initial law; give initial = gaussian(mean, variance)", path_));
        const Expression result = law("initial", symbols);
        if (torus != result.gaussians.empty())
            throw error("formulas.initial", torus ? "on the torus it must be uniform()"
                                                  : "uniform() is a law on the torus only; set space = torus");
        return result;
    }

    /// The C++ of a formula that has one number for each agent; empty where it is not given.
    std::string cost(const std::string& key, const Symbols& symbols, const std::string& agents = "s.x[0]") const
    {
        if (!is_given(key)) return "";
        const Expression cost = formula(key, symbols);
        if (cost.shape == Shape::number) return cost.code == "0.0" ? "" : cost.code + " + 0.0 * " + agents;
        if (cost.shape != Shape::scalar)
            throw error("formulas." + key,
                        "it must be one number for each agent, as norm_squared(x), sum(x) and x[0] are");
        return cost.code;
    }

    void read_formulas(GameSource& game) const
    {
        const Symbols constants = numbers(game);
        Symbols of_state = constants;
        of_state["x"] = {Shape::vector, "s.x"};
        if (!game.stationary) of_state["t"] = {Shape::scalar, "s.t"};
        if (is_given("drift")) {
            if (is_given("hamiltonian"))
                throw error("formulas.drift", "the Hamiltonian has the drift b in it, as -dot(b, p); write it there");
            const Expression drift = formula("drift", of_state);
            if (drift.shape == Shape::scalar || drift.shape == Shape::law)
                throw error("formulas.drift",
                            "it must be a vector, one entry for each coordinate: concat(-x[1], x[0])");
            game.drift = drift.shape == Shape::vector   ? drift.code
                         : drift.shape == Shape::number ? drift.code + " + 0.0 * s.x"
                                                        : "0.0 * s.x + " + drift.code;
        }
        of_state["w"] = {Shape::scalar, "s.log_density"};
        if (is_given("target")) {
            game.target = law("target", constants);
            of_state["log_target"] = {Shape::scalar, "target_.log_density(s.x)"};
        }
        game.running_cost = cost("running_cost", of_state);
        game.terminal_cost = cost("terminal_cost", of_state);
        of_state["p"] = {Shape::vector, "p"};
        game.hamiltonian = cost("hamiltonian", of_state);
        if (is_given("hamiltonian") && formula("hamiltonian", of_state).names.count("p") == 0)
            throw error("formulas.hamiltonian", "it does not depend on p, the gradient of the value function");
        Symbols of_pair = constants;
        of_pair["distance_squared"] = {Shape::scalar, "distance_squared"};
        game.interaction = cost("interaction", of_pair, "distance_squared");
        if (!game.stationary) game.initial = initial(constants, game.torus);
        if (is_given("window")) {
            std::vector<mfg::Real> ends;
            read("window", ends);
            if (ends.size() != 4) throw error("formulas.window", "it has four numbers: x_low, x_high, y_low, y_high");
            std::copy(ends.begin(), ends.end(), game.window.emplace().begin());
        }
    }

    const std::string& path_;
    std::string text_, description_;
    std::map<std::string, Place> places_;
    std::map<std::string, std::string> given_;
    std::vector<std::string> constants_;
};

}  // namespace

std::string source_of_formulas(const std::string& path)
{
    return to_cpp(FormulaReader(path).game());
}
