#include <mfg/autodiff/map_points.hpp>
#include <mfg/pde/equation_terms.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// Of an unknown: value, time derivative, gradient, Laplacian.
constexpr Index parts = 4;
constexpr Index all_parts = parts * Fields::max_unknowns, max_terms = all_parts + FieldConstants::most + 1;

Jet zero_like(const Jet& jet)
{
    return jet.is_zero() ? jet : Jet(jet.value().tape().constant(jet.features(), jet.samples(), 0));
}

/// The fields without quantity number `left_out`, or without all of them if that is `all`.
Fields without(const Fields& f, Index left_out, Index constants, bool all = false)
{
    Fields rest = f;
    for (Index u = 0; u < Fields::max_unknowns; ++u) {
        FieldValues& values = rest.unknowns[u].values;
        Jet* const jets[parts] = {&values.value, &values.time_derivative, &values.gradient, &values.laplacian};
        for (Index k = 0; k < parts; ++k)
            if (all || left_out == parts * u + k) *jets[k] = zero_like(*jets[k]);
    }
    rest.constants = {};
    for (Index k = 0; k < constants; ++k)
        rest.constants.add(all || left_out == all_parts + k ? zero_like(f.constants[k]) : f.constants[k]);
    return rest;
}

/// All terms of an equation, `[max_terms x n]`; those that it does not have are zero.
Variable terms_of(const Equation& equation, const Fields& f, Index constants)
{
    const Index n = f.x.samples();
    Tape& tape = f.x.value().tape();
    const Variable terms = tape.constant(max_terms, n, 0);
    const Jet whole = equation.residual(f);
    const auto value = [](const Jet& jet, Index i) { return jet.is_zero() ? 0 : jet.value()(0, i); };
    const auto write = [&](Index term, const Jet& subtracted, Real sign) {
        for (Index i = 0; i < n; ++i) {
            const Real size = (term + 1 < max_terms ? value(whole, i) : 0) + sign * value(subtracted, i);
            // A formula need not have a value without one of its arguments.
            terms.write_row(term)[i] = std::isfinite(size) ? size : 0;
        }
    };
    for (Index k = 0; k < all_parts + constants; ++k)
        if (k >= all_parts || !f.unknowns[k / parts].name.empty())
            write(k, equation.residual(without(f, k, constants)), -1);
    write(max_terms - 1, equation.residual(without(f, 0, constants, true)), 1);
    return terms;
}

/// Root mean square of each column, or its standard deviation.
std::vector<Real> sizes_of_columns(const Matrix& values, bool centred)
{
    std::vector<Real> sizes(columns(values));
    for (Index k = 0; k < columns(values); ++k) {
        Real mean = 0, squares = 0;
        for (Index i = 0; i < rows(values) && centred; ++i) mean += values(i, k) / static_cast<Real>(rows(values));
        for (Index i = 0; i < rows(values); ++i) squares += (values(i, k) - mean) * (values(i, k) - mean);
        sizes[k] = std::sqrt(squares / static_cast<Real>(rows(values)));
    }
    return sizes;
}

}  // namespace

std::map<std::string, Real> equation_sizes(const ResidualLoss& residuals, const Vector& parameters, const Matrix& rows)
{
    const FieldNetworks& fields = residuals.fields();
    const Index constants = length(fields.system().constants());
    // Small batches where jets are large, in whole groups of points that share a time.
    const Index few = std::clamp<Index>(512 / (fields.system().dimension() + 2), 8, 256), group = residuals.group();
    const Index batch = group * std::max<Index>(1, few / group);
    const auto at_points = [&](Where where, int order, Index outputs, const auto& formula) {
        return map_points(
            rows, outputs,
            [&](Tape& tape, const Variable& samples) {
                const auto prepared = fields.prepare(tape, fields.layout().variables(tape, parameters.data(), nullptr));
                return formula(tape, residuals.fields_at(tape, prepared, samples, where, order));
            },
            batch);
    };
    const std::vector<Real> spread =
        sizes_of_columns(at_points(Where::interior, 0, Fields::max_unknowns,
                                   [](Tape& tape, const Fields& f) {
                                       const Variable values = tape.constant(Fields::max_unknowns, f.x.samples(), 0);
                                       for (Index u = 0; u < Fields::max_unknowns; ++u)
                                           if (const Jet& jet = f.unknowns[u].values.value; !jet.is_zero())
                                               std::copy_n(jet.value().data(), f.x.samples(), values.write_row(u));
                                       return values;
                                   }),
                         true);

    std::map<std::string, Real> found;
    for (const Equation& equation : residuals.equations()) {
        const Matrix terms = at_points(equation.where, equation.order, max_terms,
                                       [&](Tape&, const Fields& f) { return terms_of(equation, f, constants); });
        const std::vector<Real> squares = sizes_of_columns(terms, false);
        const bool inside = equation.where == Where::interior;
        if (inside && std::count_if(squares.begin(), squares.end(), [](Real size) { return size > 0; }) < 2) continue;
        Real size = 0;
        for (const Real term : inside ? squares : sizes_of_columns(terms, true)) size = std::max(size, term);
        for (Index k = 0; k < all_parts && !inside; ++k)
            if (squares[k] > 0) size = std::max(size, spread[k / parts]);
        if (size > 0) found[equation.name] = size;
    }
    return found;
}

}  // namespace mfg
