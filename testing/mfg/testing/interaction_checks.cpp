#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/views.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/problem_checks.hpp>

#include <fmt/format.h>

#include <cmath>

namespace mfg {
namespace {

/// Columns of a jet's values and its first derivative, zeros if it has none.
Variable value_and_slope(const Jet& k, const Variable& like)
{
    const Variable zero = like.tape().constant(1, like.columns(), 0);
    if (k.is_zero()) return vconcat({zero, zero});
    return vconcat({k.value(), k.shape().order > 0 ? k.derivative(0) : zero});
}

CheckResults check_kernel(const Interaction& interaction)
{
    // The first is a squared distance of zero as rounding may leave it.
    const Vector squares{-1e-15, 0, 0.02, 0.3, 1, 2, 9, 400};
    const Index count = length(squares);
    const PointFunction value = [&](const Matrix& s) {
        return map_points(s, 1, [&](Tape&, const Variable& in) {
            const Jet k = interaction.kernel(Jet(in));
            return k.is_zero() ? Variable{} : k.value();
        });
    };
    const Matrix at = xt::view(squares, xt::all(), xt::newaxis());
    const Matrix both = map_points(at, 2, [&](Tape&, const Variable& in) {
        return value_and_slope(interaction.kernel(Jet::coordinates(in, JetShape{1, 1, 1})), in);
    });
    CheckResults results{{"interaction: the kernel is finite", all_finite(both),
                          fmt::format("largest value and slope {:.4g}", largest(both))}};
    if (!results.front().passed) return results;

    WorstError derivative, entries;
    // Distances end at zero, and so may the derivative.
    const auto inner = [count](const Matrix& a) { return Matrix(xt::view(a, xt::range(Index(2), count), xt::all())); };
    const Real most = largest(columns_of(both, 0, 1));
    derivative.compare(inner(columns_of(both, 1, 1)), first_difference(value, inner(at), 0), 1e-3 * most + 1e-9, "");
    results.push_back(derivative.below("interaction: derivative of the kernel (finite differences)", 1e-6));
    for (Index i = 0; i < count; ++i) {
        Tape tape;
        tape.begin(false);
        const Variable others = tape.constant(3, 2, squares((i + 3) % count));
        others.write_row(1)[1] = squares(i);
        const Jet k = interaction.kernel(Jet(others));
        const bool fits = k.is_zero() || (k.features() == 3 && k.samples() == 2);
        const Real among = !fits ? std::nan("") : k.is_zero() ? 0 : k.value()(1, 1);
        entries.add(among - both(i, 0), most + 1e-300, fmt::format("squared distance {:.4g}", squares(i)));
    }
    results.push_back(entries.below("interaction: the kernel is a function of each squared distance alone", 1e-12));
    return results;
}

CheckResults check_attraction(const Interaction& interaction, int dimension)
{
    constexpr Index count = 16;
    const Index c = interaction.coordinates == 0 ? dimension : interaction.coordinates;
    Matrix pairs = make_matrix(count, 2 * c);
    for (Index i = 0; i < count; ++i) RandomStream(41, "offsets").normal(i, 2 * c, &pairs(i, 0));
    const Matrix f = map_points(pairs, 6, [&](Tape& tape, const Variable& in) {
        const Variable u = in.rows(0, c), v = in.rows(c, c);
        const auto cost = [&](const Variable& offset) {
            const Jet of_offset = interaction.attraction(Jet(offset));
            return of_offset.is_zero() ? tape.constant(1, in.columns(), 0) : of_offset.value().rows(0, 1);
        };
        return vconcat({cost(u), cost(v), cost(combine({{2, u}})), cost(combine({{-1, u}})),
                        cost(combine({{1, u}, {1, v}})), cost(combine({{1, u}, {-1, v}}))});
    });
    WorstError worst;
    const Real scale = largest(f) + 1e-300;
    for (Index i = 0; i < count; ++i) {
        worst.add(f(i, 2) - 4 * f(i, 0), scale, "f(2u) = 4 f(u)");
        worst.add(f(i, 3) - f(i, 0), scale, "f(-u) = f(u)");
        worst.add(f(i, 4) + f(i, 5) - 2 * (f(i, 0) + f(i, 1)), scale, "f(u + v) + f(u - v) = 2 f(u) + 2 f(v)");
    }
    return {worst.below("interaction: the attraction is a quadratic form of the offset", 1e-12)};
}

}  // namespace

CheckResults check_interaction(const MeanFieldGame& game)
{
    const std::optional<Interaction> interaction = game.interaction();
    if (!interaction) return {};
    const bool kernel = interaction->pairwise(), attraction = static_cast<bool>(interaction->attraction),
               exist = interaction->coordinates >= 0 && interaction->coordinates <= game.dimension();
    const char* parts = kernel && attraction ? "both a kernel and an attraction"
                        : kernel             ? "a kernel"
                        : attraction         ? "an attraction"
                                             : "neither a kernel nor an attraction";
    CheckResults results{{"interaction: a kernel or an attraction, of coordinates that exist",
                          kernel != attraction && exist,
                          fmt::format("{}, {} coordinates (0: all)", parts, interaction->coordinates)}};
    if (!results.front().passed) return results;
    const CheckResults more = kernel ? check_kernel(*interaction) : check_attraction(*interaction, game.dimension());
    results.insert(results.end(), more.begin(), more.end());
    return results;
}

}  // namespace mfg
