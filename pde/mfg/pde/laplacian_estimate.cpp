#include <mfg/pde/laplacian_estimate.hpp>

namespace mfg {

void LaplacianEstimate::draw(const RandomStream& stream, std::uint64_t item, int count, Real* to) const
{
    if (kind == Kind::two_point) {
        stream.normal(item, count, to);
        return;
    }
    stream.uniform(item, count, to);
    for (int k = 0; k < count; ++k) to[k] = to[k] < Real(0.5) ? -1 : 1;
}

Fields LaplacianEstimate::apply(Tape& tape, const FieldNetworks& networks, const FieldNetworks::Prepared& prepared,
                                const Fields& fields, const Variable& points, const Variable& directions) const
{
    Fields result = fields;
    const std::size_t count = networks.unknowns().size();
    Variable first[Fields::max_unknowns], second[Fields::max_unknowns];
    if (kind == Kind::hutchinson) {
        networks.evaluate_along(tape, prepared, points, directions, first, second);
        for (std::size_t i = 0; i < count; ++i) result.unknowns[i].values.laplacian = Jet(second[i]);
        return result;
    }
    // v . (grad u(x + step v) - grad u(x - step v)) / (2 step)
    const Variable along = networks.time() ? vconcat({directions, tape.constant(1, points.columns(), 0)}) : directions;
    networks.evaluate_along(tape, prepared, combine({{1, points}, {step, along}}), directions, first, nullptr);
    networks.evaluate_along(tape, prepared, combine({{1, points}, {-step, along}}), directions, second, nullptr);
    for (std::size_t i = 0; i < count; ++i)
        result.unknowns[i].values.laplacian = Jet(combine({{1 / (2 * step), first[i]}, {-1 / (2 * step), second[i]}}));
    return result;
}

}  // namespace mfg
