#include <mfg/assessment/formula_solution.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/multi_population_game.hpp>

#include <limits>
#include <utility>

namespace mfg {
namespace {

FormulaSolution::Formula exact_formula(const Reference& reference)
{
    return [reference](const Unknown& unknown, const State& s) {
        if (unknown.role == Unknown::Role::value) return reference.value ? reference.value(s) : Jet{};
        if (!reference.log_density) return Jet{};
        const Jet w = reference.log_density(s);
        return unknown.role == Unknown::Role::log_density ? w : exp(w);
    };
}

}  // namespace

FormulaSolution::FormulaSolution(const PdeSystem& system, Formula formula, std::vector<Real> constants)
    : problem_(system),
      unknowns_(system.unknowns()),
      names_(system.constants()),
      formula_(std::move(formula)),
      constants_(std::move(constants)),
      velocity_([&system](const Fields& f) { return system.velocity(f); })
{
    constants_.resize(names_.size());
    if (const auto reference = system.reference()) mean_ = reference->mean;
}

FormulaSolution::FormulaSolution(const PdeSystem& system, const Reference& reference)
    : FormulaSolution(system, exact_formula(reference),
                      std::vector<Real>(system.constants().size(), reference.constant.value_or(0)))
{
    mean_ = reference.mean;
}

FormulaSolution::FormulaSolution(const Solution& like, const Reference& reference)
    : problem_(like.problem()),
      unknowns_(like.unknowns()),
      names_(like.constants()),
      formula_(exact_formula(reference)),
      constants_(names_.size(), reference.constant.value_or(0)),
      velocity_([&like](const Fields& f) { return like.velocity(f); }),
      mean_(reference.mean)
{
}

Real FormulaSolution::constant(std::string_view name) const
{
    for (std::size_t k = 0; k < names_.size(); ++k)
        if (names_[k] == name) return constants_[k];
    return Solution::constant(name);
}

bool FormulaSolution::lacks_mean() const
{
    const bool bounded = bounded_space(problem_).has_value();
    return !mean_ && !problem_.stationary() && !bounded && initial_law(problem_);
}

Fields FormulaSolution::evaluate(Tape& tape, const VariableList&, const Variable& points, int order, Part part) const
{
    const bool time = !problem_.stationary();
    const int d = problem_.dimension(), n = points.columns();
    const JetShape shape = JetShape::of(order, d, time);
    const Jet s = Jet::coordinates(points, shape);
    const State state{s.features(0, d), time ? s[d] : Jet{}, {}};
    Fields f;
    f.x = Jet(points.rows(0, d));
    if (time) f.t = Jet(points.rows(d, 1));
    if (time && mean_) {
        const Variable centre = tape.constant(d, n);
        for (int j = 0; j < n; ++j) {
            const Vector at = mean_(points(d, j));
            for (int k = 0; k < d; ++k) centre.write_row(k)[j] = at(k);
        }
        f.population_centre = Jet(centre);
    }
    if (lacks_mean()) f.population_centre = Jet(tape.constant(d, n, std::numeric_limits<Real>::quiet_NaN()));
    for (std::size_t k = 0; k < unknowns_.size(); ++k) {
        f.unknowns[k].name = unknowns_[k].name;
        const bool is_value = unknowns_[k].role == Unknown::Role::value;
        if (part == (is_value ? Part::densities : Part::values)) continue;
        FieldValues& values = f.unknowns[k].values;
        values = FieldValues::of(formula_(unknowns_[k], state), shape);
        if (order < 2 || values.gradient.is_zero()) continue;
        const Problem& problem = population_of(problem_, unknowns_[k].population);
        const Directions directions = is_value ? value_directions(problem) : density_directions(problem);
        add_curvature(values, directions, points, d, [&](const Jet& along) {
            return formula_(unknowns_[k], {along.features(0, d), time ? along[d] : Jet{}, {}});
        });
    }
    for (const Real constant : constants_) f.constants.add(Jet(tape.constant(1, n, constant)));
    return f;
}

}  // namespace mfg
