#include <mfg/base/error.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/game/population_view.hpp>

namespace mfg {
namespace {

/// The learned log densities of all populations, as functions of points.
PopulationGame::LogDensities densities_of(const Solution& all)
{
    return [&all](const State& s) {
        if (s.x.shape().order > 0)
            throw Error("game: the learned densities of other populations have no derivatives here");
        const Variable points = s.t.is_zero() ? s.x.value() : vconcat({s.x.value(), s.t.value()});
        const Fields f = all.fields(points.tape(), points, 0, Solution::Part::densities);
        Jet densities;
        const std::vector<Unknown> unknowns = all.unknowns();
        for (std::size_t i = 0; i < unknowns.size(); ++i) {
            const FieldValues& u = f.unknowns[i].values;
            if (unknowns[i].role == Unknown::Role::value) continue;
            const Jet w = unknowns[i].role == Unknown::Role::log_density ? u.value : logarithm(u).value;
            densities = densities.is_zero() ? w : vconcat(densities, w);
        }
        return densities;
    };
}

}  // namespace

PopulationView::PopulationView(const Solution& all, int number)
    : all_(all), number_(number), game_(all.problem().multi_population_game()->population(number), densities_of(all))
{
    const std::vector<Unknown> unknowns = all.unknowns();
    for (std::size_t i = 0; i < unknowns.size(); ++i) {
        if (unknowns[i].population != number) continue;
        places_.push_back(i);
        unknowns_.push_back(unknowns[i]);
    }
}

std::vector<std::string> PopulationView::constants() const
{
    const std::vector<std::string> all = all_.constants();
    if (all.empty()) return {};
    return {all[number_]};
}

Fields PopulationView::evaluate(Tape& tape, const VariableList& parameters, const Variable& points, int order,
                                Part part) const
{
    const Fields all = all_.evaluate(tape, parameters, points, order, part);
    Fields own = all;
    for (std::size_t i = 0; i < Fields::max_unknowns; ++i)
        own.unknowns[i] = i < places_.size() ? all.unknowns[places_[i]] : Fields::Named{};
    own.constants = {};
    if (!all_.constants().empty()) own.constants.add(all.constants[number_]);
    return own;
}

Jet PopulationView::velocity(const Fields& fields) const
{
    const Jet w = game_.hamiltonian_traits().depends_on_density ? log_density(fields) : Jet{};
    return Hamiltonian(game_, fields, w).velocity(fields.unknowns[0].values.gradient);
}

std::vector<OnePopulation> populations_of(const Solution& solution)
{
    const MultiPopulationGame* game = solution.problem().multi_population_game();
    if (!game) return {{"", {&solution, [](const Solution*) {}}}};
    std::vector<OnePopulation> views;
    for (int k = 0; k < game->populations(); ++k)
        views.push_back({"_" + std::to_string(k + 1), std::make_shared<const PopulationView>(solution, k)});
    return views;
}

}  // namespace mfg
