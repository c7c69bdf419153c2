#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>
#include <mfg/multi_population_game.hpp>
#include <mfg/pde_system.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

namespace mfg {
namespace {

void require(bool makes_sense, const std::string& what, const std::string& must)
{
    if (!makes_sense) throw Error(what + "; it must be " + must);
}

bool is_interval(Real low, Real high)
{
    return std::isfinite(high - low) && low < high;
}

void require_dimension(const Density* density, const char* name, int dimension)
{
    if (density)
        require(density->dimension() == dimension, fmt::format("the {} has dimension {}", name, density->dimension()),
                fmt::format("{}, that of the problem", dimension));
}

void require_faces(const Box& box, bool has_agents)
{
    if (!box.low_faces.empty() || !box.high_faces.empty())
        require(length(box.low_faces) == box.dimension() && length(box.high_faces) == box.dimension(),
                fmt::format("domain() has {} lower and {} upper faces", box.low_faces.size(), box.high_faces.size()),
                fmt::format("one of each for {} coordinates", box.dimension()));
    for (Index k = 0; k < box.dimension(); ++k) {
        const Face low = box.low_face(k), high = box.high_face(k);
        require((low == Face::periodic) == (high == Face::periodic),
                fmt::format("domain() is periodic on one side only in coordinate {}", k), "periodic on both, or none");
        require(!has_agents || (low != Face::open && high != Face::open),
                fmt::format("domain() has an open face in coordinate {}", k),
                "periodic, reflecting or an exit where there are agents");
    }
}

void require_names(const std::vector<std::string>& names, const char* kind, bool (*fits)(std::string_view),
                   const char* must)
{
    std::set<std::string> seen;
    for (const std::string& name : names) {
        const std::string what = fmt::format("the name '{}' of {}", printable(name), kind);
        require(fits(name), what, must);
        require(seen.insert(name).second, what + " occurs twice", "another one");
    }
}

void require_settings(const PdeSystem& system)
{
    constexpr const char *name = "lower-case letters, digits and _, a letter first",
                         *word = "one word without blanks, dots and commas";
    std::vector<std::string> functions, equations;
    for (const Unknown& unknown : system.unknowns()) functions.push_back(unknown.name);
    for (const Equation& equation : system.equations()) {
        equations.push_back(equation.name);
        require(equation.order >= 0 && equation.order <= 2,
                fmt::format("equation '{}' has order {}", printable(equation.name), equation.order), "0, 1 or 2");
    }
    require_names(functions, "an unknown", is_name, name);
    require_names(equations, "an equation", is_word, word);
    std::vector<std::string> fields = functions;
    for (const std::string& constant : system.constants()) fields.push_back(constant);
    require_names(fields, "a constant", is_word, word);
    require(!functions.empty() && functions.size() <= Fields::max_unknowns,
            fmt::format("it has {} unknown functions", functions.size()),
            fmt::format("between 1 and {}", Fields::max_unknowns));
    require(fields.size() - functions.size() <= FieldConstants::most,
            fmt::format("it has {} unknown constants", fields.size() - functions.size()),
            fmt::format("at most {}", FieldConstants::most));
    require(!equations.empty(), "it has no equations", "a system with one at least");
}

/// A law of mass 0 has no points, and its logarithm is not a number.
void require_mass(const Density& law)
{
    if (law.singular()) return;
    constexpr int points = 16;
    const Vector w = log_density_at(law, law.sample(RandomStream(0, "mass"), points));
    require(std::all_of(w.begin(), w.end(), [](Real value) { return std::isfinite(value); }),
            "the initial density is 0 or infinite at its own points", "that of a population with mass 1");
}

void require_settings(const MultiPopulationGame& game)
{
    constexpr int most = Fields::max_unknowns / 2;
    const int count = game.populations();
    require(count >= 1 && count <= most, fmt::format("populations() is {}", count),
            fmt::format("between 1 and {}", most));
    const auto space = [](const MeanFieldGame& g) {
        return std::tuple(g.dimension(), g.stationary() ? 0 : g.horizon(), g.stationary(), g.periodic(),
                          g.discount() > 0);
    };
    const MeanFieldGame& first = game.population(0);
    for (int k = 0; k < count; ++k) {
        const MeanFieldGame& own = game.population(k);
        try {
            require_settings(static_cast<const Problem&>(own));
            require_mass(own.initial_density());
        } catch (const Error& why) {
            throw Error(fmt::format("population {}: {}", k + 1, why.what()));
        }
        require(own.dimension() == first.dimension(),
                fmt::format("population {} has dimension {}", k + 1, own.dimension()),
                fmt::format("{}, that of population 1", first.dimension()));
        require(space(own) == space(first), fmt::format("population {} is a game of another kind", k + 1),
                "one with the space, the horizon and the kind of discount that population 1 has");
    }
}

}  // namespace

std::optional<Box> bounded_space(const Problem& problem)
{
    return problem.periodic() ? Box::unit(problem.dimension(), Face::periodic) : problem.domain();
}

Window ErgodicGame::window() const
{
    if (!box_) return {0, 1, 0, 1};
    const Index second = dimension() > 1 ? 1 : 0;
    return {box_->low(0), box_->high(0), box_->low(second), box_->high(second)};
}

void require_settings(const Problem& problem)
{
    if (const MultiPopulationGame* game = problem.multi_population_game()) {
        // Its own dimension and all that are those of its populations.
        return require_settings(*game);
    }
    constexpr int most = 1000000;
    const int d = problem.dimension();
    require(d >= 1 && d <= most, fmt::format("dimension() is {}", d), fmt::format("between 1 and {}", most));
    require(std::isfinite(problem.horizon()) && problem.horizon() > 0,
            fmt::format("horizon() is {}", problem.horizon()), "a positive number");
    require(std::isfinite(problem.viscosity()) && problem.viscosity() >= 0,
            fmt::format("viscosity() is {}", problem.viscosity()), "0 or a positive number");
    const Vector each = problem.viscosities();
    if (each.size() > 0) {
        require(length(each) == d, fmt::format("viscosities() are {} numbers", each.size()), fmt::format("{}", d));
        const auto [least, most] = std::minmax_element(each.begin(), each.end());
        require(
            *least >= 0 && *most == problem.viscosity(),
            fmt::format("viscosities() go from {} to {}, and viscosity() is {}", *least, *most, problem.viscosity()),
            "the largest of them, and none may be negative");
    }
    const Window w = problem.window();
    require(is_interval(w.x_low, w.x_high) && is_interval(w.y_low, w.y_high),
            fmt::format("window() is [{}, {}] x [{}, {}]", w.x_low, w.x_high, w.y_low, w.y_high),
            "two finite intervals, the lower end first");
    if (const auto box = problem.domain()) {
        require(!problem.periodic(), "it has a domain() and is periodic()", "either a box or the torus");
        require(length(box->low) == d && length(box->high) == d,
                fmt::format("domain() has {} lower and {} upper ends", box->low.size(), box->high.size()),
                fmt::format("a box of dimension {}", d));
        for (int k = 0; k < d; ++k)
            require(is_interval(box->low(k), box->high(k)),
                    fmt::format("domain() goes from {} to {} in coordinate {}", box->low(k), box->high(k), k),
                    "a finite interval, the lower end first");
        require_faces(*box, problem.mean_field_game() != nullptr);
    }
    require_dimension(initial_law(problem), "initial density", d);
    if (const MeanFieldGame* game = problem.mean_field_game()) {
        require_dimension(game->target_density(), "target density", d);
        const CostWeights a = game->weights();
        const bool finite = std::isfinite(a.transport) && std::isfinite(a.running) && std::isfinite(a.terminal);
        require(std::isfinite(game->discount()) && game->discount() >= 0,
                fmt::format("discount() is {}", game->discount()), "0 or a positive number");
        game->hamiltonian_traits();
        require(finite && a.transport > 0 && a.running >= 0 && a.terminal >= 0,
                fmt::format("weights() are {}, {}, {}", a.transport, a.running, a.terminal),
                "a positive transport weight, and others that are not negative");
    }
    if (const PdeSystem* system = problem.pde_system()) require_settings(*system);
}

}  // namespace mfg
