#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/pde/collocation.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// Standard coordinates of a lattice end here: a normal law has 6e-7 of its mass beyond. Means over the population need
/// these ends; in means of residuals points count as if they were normal with this deviation.
constexpr Real lattice_end = 5, lattice_deviation = 2;

}  // namespace

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

Collocation::Collocation(const FieldNetworks& fields, const Settings& settings)
    : fields_(fields),
      settings_(settings),
      d_(fields.system().dimension()),
      group_(std::max(1, fields.system().agents_per_time()))
{
    const auto needs = [&](Where where) {
        const std::vector<Equation> equations = fields.system().equations();
        return fields.needs(where) &&
               std::any_of(equations.begin(), equations.end(), [&](const Equation& e) { return e.where == where; });
    };
    int next = fields.coordinates();
    const auto take = [&](int& column, bool wanted, int count) {
        if (!wanted) return;
        column = next;
        next += count;
    };
    take(columns_.initial, needs(Where::initial), d_);
    take(columns_.terminal, needs(Where::terminal), d_);
    take(columns_.boundary, needs(Where::boundary), fields.coordinates());
    columns_.half = next++;
    columns_.probes = next;
    columns_.total = next + settings.laplacian.probes() * d_;
    if (group_ > 1 && !fields.follows_population())
        throw Error("problem: means over the population at one time need points that follow it (no domain)");
}

Matrix Collocation::draw(const RandomStream& stream, int count, Sampling sampling) const
{
    const PdeSystem& system = fields_.system();
    const bool follows = fields_.follows_population(), time = fields_.time();
    const auto box = system.domain();
    Matrix rows = make_matrix(count, columns_.total);

    // One number more than coordinates: the spread of a normal point, or the shift of a lattice.
    const int numbers = d_ + 2;
    Vector u = make_vector(numbers);
    const auto place = [&](const RandomStream& from, int item, Real* to, Real* t) {
        from.uniform(item, numbers, u.data());
        if (t) *t = system.horizon() * u(0);
        const Real deviation = std::pow(settings_.spread, 2 * u(1) - 1);
        for (int k = 0; k < d_; ++k) {
            const Real v = u(k + 2);
            to[k] = follows ? deviation * normal_quantile(v) : box ? box->low(k) + (box->high(k) - box->low(k)) * v : v;
        }
    };
    const RandomStream inside = stream.part("interior").with(sampling, numbers),
                       directions = stream.part("probes").with(Sampling::random, 1);
    const int period = settings_.condition_period, conditions = (count + period - 1) / period;
    const Matrix boundary =
        columns_.boundary < 0 ? Matrix{} : system.boundary_points(stream.part("boundary"), conditions);
    for (int i = 0; i < count; ++i) {
        Real* row = &rows(i, 0);
        const int member = i % group_;
        if (group_ == 1) {
            place(inside, i, row, time ? row + d_ : nullptr);
        } else if (on_lattice()) {
            inside.uniform(i / group_, numbers, u.data());
            row[0] = lattice_end * (2 * (member + u(1)) / group_ - 1);
            row[1] = system.horizon() * u(0);
        } else {
            place(inside, i, row, row + d_);
            for (int k = 0; k < d_; ++k) row[k] = normal_quantile(u(k + 2));
            if (member > 0) row[d_] = rows(i - member, d_);
        }
        row[columns_.half] = i / group_ % 2;
        if (columns_.boundary >= 0 && i % period == 0)
            std::copy_n(&boundary(i / period, 0), fields_.coordinates(), row + columns_.boundary);
        if (!settings_.laplacian.is_exact())
            settings_.laplacian.draw(directions, i, settings_.laplacian.probes() * d_, row + columns_.probes);
    }
    for (const auto& [first, name] : {std::pair{columns_.initial, "initial"}, {columns_.terminal, "terminal"}}) {
        if (first < 0) continue;
        const RandomStream ends = stream.part(name).with(sampling, numbers);
        for (int i = 0; i < conditions; ++i) place(ends, i, &rows(i * period, first), nullptr);
    }
    return rows;
}

void Collocation::insert_agents(Matrix& rows, const Vector& parameters, const RandomStream& stream, int every) const
{
    const NetworkSolution solution(fields_, parameters);
    const PopulationMoments moments = fields_.moments(parameters.data());
    const int n = static_cast<int>(rows.shape(0)), intervals = fields_.settings().moment_intervals;
    const int agents = std::max(64, n / 4 * 2);
    const Cube all = simulate_population(solution, stream.part("paths"), agents, {intervals}).positions;
    const auto time = [&](int node) { return fields_.system().horizon() * node / intervals; };
    const auto standard = [&](int node, int agent, Real* to) {
        const auto at = moments.at(time(node));
        for (int k = 0; k < d_; ++k) {
            const auto c = at[k];
            const Real z = (all(node, agent, k) - c.mean) / c.deviation;
            if (std::isfinite(z)) to[k] = std::clamp<Real>(z, -20, 20);
        }
    };
    Real u[2];
    for (int i = 0; i < n; ++i) {
        if (i % every == 0) continue;
        stream.part("places").uniform(i, 2, u);
        const int agent = std::min(agents - 1, static_cast<int>(u[0] * agents));
        const int node = std::min(intervals, static_cast<int>(u[1] * (intervals + 1)));
        Real* row = &rows(i, 0);
        standard(node, agent, row);
        row[d_] = time(node);
        if (columns_.initial >= 0) standard(0, agent, row + columns_.initial);
        if (columns_.terminal >= 0) standard(intervals, agent, row + columns_.terminal);
    }
}

Variable Collocation::rows_with(Tape& tape, Where where, const Variable& rows) const
{
    const Index every = period(where), count = rows.columns() / every;
    if (every == 1) return rows;
    const Variable chosen = tape.constant(rows.rows(), count);
    for (Index r = 0; r < rows.rows(); ++r)
        for (Index j = 0; j < count; ++j) chosen.write_row(r)[j] = rows(r, j * every);
    return chosen;
}

Variable Collocation::points(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& rows,
                             Where where) const
{
    const int n = static_cast<int>(rows.columns());
    if (where == Where::boundary) return rows.rows(columns_.boundary, fields_.coordinates());
    Variable standard = rows.rows(columns_.interior, fields_.coordinates());
    if (where == Where::initial) standard = vconcat({rows.rows(columns_.initial, d_), tape.constant(1, n, 0)});
    if (where == Where::terminal)
        standard = vconcat({rows.rows(columns_.terminal, d_), tape.constant(1, n, fields_.system().horizon())});
    if (!fields_.follows_population()) return standard;
    const PopulationMoments moments = fields_.moments(prepared);
    const Variable points = tape.constant(fields_.coordinates(), n);
    for (int j = 0; j < n; ++j) {
        const auto at = moments.at(fields_.time() ? standard(d_, j) : Real(0));
        for (int k = 0; k < d_; ++k) {
            const auto c = at[k];
            points.write_row(k)[j] = c.mean + c.deviation * standard(k, j);
        }
        if (fields_.time()) points.write_row(d_)[j] = standard(d_, j);
    }
    return points;
}

Matrix Collocation::points(const Vector& parameters, const Matrix& rows) const
{
    return map_points(rows, fields_.coordinates(), [&](Tape& tape, const Variable& in) {
        const VariableList all = fields_.layout().variables(tape, parameters.data(), nullptr);
        return points(tape, fields_.prepare(tape, all), in, Where::interior);
    });
}

Variable Collocation::log_proposal_density(Tape& tape, const Variable& rows) const
{
    if (on_lattice()) return tape.constant(1, rows.columns(), 0);
    const Variable z = rows.rows(columns_.interior, d_);
    return dot_rows(z, z, Real(-0.5));
}

Variable Collocation::weight(Tape& tape, const Variable& rows) const
{
    if (!on_lattice()) return {};
    const Real s = lattice_deviation;
    const Real mean = s * sqrt_two * sqrt_pi * std::erf(lattice_end / (s * sqrt_two)) / (2 * lattice_end);
    const Variable weights = tape.constant(1, rows.columns());
    for (int j = 0; j < rows.columns(); ++j) {
        const Real z = rows(columns_.interior, j);
        weights.write()[j] = std::exp(-z * z / (2 * s * s)) / mean;
    }
    return weights;
}

}  // namespace mfg
