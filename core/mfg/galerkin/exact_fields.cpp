#include <mfg/autodiff/map_points.hpp>
#include <mfg/error.hpp>
#include <mfg/galerkin/exact_fields.hpp>

namespace mfg {

bool ExactFields::knows(const Unknown& unknown) const
{
    return static_cast<bool>(unknown.role == Unknown::Role::value ? reference_.value : reference_.log_density);
}

Matrix ExactFields::map(const Matrix& points, int order, int outputs,
                        const std::function<Jet(const Fields&)>& formula) const
{
    const int d = system_.dimension();
    const bool time = !system_.stationary();
    const std::vector<Unknown> unknowns = system_.unknowns();
    return map_points(points, outputs, [&](Tape& tape, const Variable& in) {
        const Jet at = Jet::coordinates(in, JetShape::of(order, d, time));
        const State state{time ? at.features(0, d) : at, time ? at[d] : Jet{}, {}};
        Fields fields;
        fields.x = Jet(in.rows(0, d));
        if (time) fields.t = Jet(in.rows(d, 1));
        for (std::size_t i = 0; i < unknowns.size(); ++i) {
            fields.unknowns[i].name = unknowns[i].name;
            if (!knows(unknowns[i])) continue;
            Jet u = unknowns[i].role == Unknown::Role::value ? reference_.value(state) : reference_.log_density(state);
            if (unknowns[i].role == Unknown::Role::density) u = exp(u);
            FieldValues& values = fields.unknowns[i].values;
            values.value = Jet(u.value());
            // A function that does not depend on the coordinates has no derivatives.
            if (order == 0) continue;
            const bool varies = u.shape().order > 0;
            values.gradient = Jet(varies ? u.gradient() : tape.constant(d, in.columns(), 0));
            const auto or_zero = [&](auto part) { return Jet(varies ? part() : tape.constant(1, in.columns(), 0)); };
            if (time) values.time_derivative = or_zero([&] { return u.time_derivative(); });
            if (order == 2) values.laplacian = or_zero([&] { return u.laplacian(); });
        }
        for (std::size_t c = 0; c < system_.constants().size() && reference_.constant; ++c)
            fields.constants[c] = Jet(tape.constant(1, in.columns(), *reference_.constant));
        const Jet result = formula(fields);
        return result.is_zero() ? tape.constant(outputs, in.columns(), 0) : result.value();
    });
}

Real ExactFields::constant(std::string_view name) const
{
    if (!reference_.constant) throw Error("the exact value of '" + std::string(name) + "' is not known");
    return *reference_.constant;
}

}  // namespace mfg
