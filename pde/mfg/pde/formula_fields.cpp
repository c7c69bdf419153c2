#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/pde/formula_fields.hpp>

#include <utility>

namespace mfg {
namespace {

FormulaFields::Formula exact_fields(const PdeSystem& system, const Reference& reference)
{
    return [unknowns = system.unknowns(), reference](std::string_view name, const State& s) {
        for (const Unknown& unknown : unknowns) {
            if (unknown.name != name) continue;
            if (unknown.role == Unknown::Role::value) return reference.value ? reference.value(s) : Jet{};
            if (!reference.log_density) return Jet{};
            const Jet w = reference.log_density(s);
            return unknown.role == Unknown::Role::log_density ? w : exp(w);
        }
        throw Error("formula: the system has no unknown '" + std::string(name) + "'");
    };
}

}  // namespace

FormulaFields::FormulaFields(const PdeSystem& system, Formula formula, std::vector<Real> constants)
    : system_(system),
      unknowns_(system.unknowns()),
      names_(system.constants()),
      formula_(std::move(formula)),
      constants_(std::move(constants))
{
    constants_.resize(names_.size());
    if (const auto reference = system.reference()) mean_ = reference->mean;
}

FormulaFields::FormulaFields(const PdeSystem& system, const Reference& reference)
    : FormulaFields(system, exact_fields(system, reference),
                    std::vector<Real>(system.constants().size(), reference.constant.value_or(0)))
{
    if (reference.mean) mean_ = reference.mean;
}

Real FormulaFields::constant(std::string_view name) const
{
    for (std::size_t k = 0; k < names_.size(); ++k)
        if (names_[k] == name) return constants_[k];
    throw Error("formula: the system has no constant '" + std::string(name) + "'");
}

Fields FormulaFields::at(const Variable& points, int order) const
{
    Tape& tape = points.tape();
    const bool time = !system_.stationary();
    const int d = system_.dimension(), n = points.columns();
    const Jet s = Jet::coordinates(points, JetShape::of(order, d, time));
    const State state{s.features(0, d), time ? s[d] : Jet{}, {}};
    Fields f;
    f.x = Jet(points.rows(0, d));
    if (time) f.t = Jet(points.rows(d, 1));
    if (time && mean_) {
        const Variable centre = tape.constant(d, n);
        for (int j = 0; j < n; ++j) {
            const Vector at = mean_(points(d, j));
            for (int k = 0; k < d; ++k) centre.write_row(k)[j] = at(static_cast<std::size_t>(k));
        }
        f.population_centre = Jet(centre);
    }
    for (std::size_t k = 0; k < unknowns_.size(); ++k) {
        const Jet y = formula_(unknowns_[k].name, state);
        f.unknowns[k].name = unknowns_[k].name;
        if (y.is_zero()) continue;
        FieldValues& values = f.unknowns[k].values;
        values.value = Jet(y.value());
        const bool depends = y.shape().order > 0;
        if (order > 0) {
            values.gradient = Jet(depends ? y.gradient() : tape.constant(d, n, 0));
            if (time) values.time_derivative = Jet(depends ? y.time_derivative() : tape.constant(1, n, 0));
        }
        if (order > 1) values.laplacian = Jet(depends ? y.laplacian() : tape.constant(1, n, 0));
    }
    for (std::size_t k = 0; k < constants_.size(); ++k) f.constants[k] = Jet(tape.constant(1, n, constants_[k]));
    return f;
}

Matrix FormulaFields::map(const Matrix& points, int order, int outputs,
                          const std::function<Jet(const Fields&)>& formula) const
{
    return map_points(points, outputs, [&](Tape& tape, const Variable& in) {
        const Jet y = formula(at(in, order));
        return y.is_zero() ? tape.constant(outputs, in.columns(), 0) : y.value();
    });
}

}  // namespace mfg
