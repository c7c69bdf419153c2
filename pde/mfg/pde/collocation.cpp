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
    const std::size_t n = static_cast<std::size_t>(count), d = static_cast<std::size_t>(d_);
    const bool follows = fields_.follows_population(), time = fields_.time();
    const auto box = system.domain();
    Matrix rows = make_matrix(n, static_cast<std::size_t>(columns_.total));

    // One number more than coordinates: the spread of a normal point, or the shift of a lattice.
    const int numbers = d_ + 2;
    Vector u = make_vector(static_cast<std::size_t>(numbers));
    const auto place = [&](const RandomStream& from, std::size_t item, Real* to, Real* t) {
        from.uniform(item, numbers, u.data());
        if (t) *t = system.horizon() * u(0);
        const Real deviation = std::pow(settings_.spread, 2 * u(1) - 1);
        for (std::size_t k = 0; k < d; ++k) {
            const Real v = u(k + 2);
            to[k] = follows ? deviation * normal_quantile(v) : box ? box->low(k) + (box->high(k) - box->low(k)) * v : v;
        }
    };
    const RandomStream inside = stream.part("interior").with(sampling, numbers);
    for (std::size_t i = 0; i < n; ++i) {
        Real* row = &rows(i, 0);
        const std::size_t member = i % static_cast<std::size_t>(group_);
        if (group_ == 1) {
            place(inside, i, row, time ? row + d : nullptr);
        } else if (on_lattice()) {
            inside.uniform(i / static_cast<std::size_t>(group_), numbers, u.data());
            row[0] = lattice_end * (2 * (static_cast<Real>(member) + u(1)) / group_ - 1);
            row[1] = system.horizon() * u(0);
        } else {
            place(inside, i, row, row + d);
            for (std::size_t k = 0; k < d; ++k) row[k] = normal_quantile(u(k + 2));
            if (member > 0) row[d] = rows(i - member, d);
        }
        row[columns_.half] = i / static_cast<std::size_t>(group_) % 2 == 0 ? 0 : 1;
    }
    for (const int first : {columns_.initial, columns_.terminal}) {
        if (first < 0) continue;
        const RandomStream ends =
            stream.part(first == columns_.initial ? "initial" : "terminal").with(sampling, numbers);
        for (std::size_t i = 0; i < n; ++i) place(ends, i, &rows(i, static_cast<std::size_t>(first)), nullptr);
    }
    if (columns_.boundary >= 0) {
        const Matrix points = system.boundary_points(stream.part("boundary"), count);
        for (std::size_t i = 0; i < n; ++i)
            std::copy_n(&points(i, 0), points.shape(1), &rows(i, static_cast<std::size_t>(columns_.boundary)));
    }
    const RandomStream directions = stream.part("probes").with(Sampling::random, 1);
    const int numbers_of_probes = settings_.laplacian.probes() * d_;
    for (std::size_t i = 0; i < n && numbers_of_probes > 0; ++i)
        settings_.laplacian.draw(directions, i, numbers_of_probes, &rows(i, static_cast<std::size_t>(columns_.probes)));
    return rows;
}

void Collocation::replace_interior(Matrix& rows, const Matrix& candidates, const std::vector<std::size_t>& chosen) const
{
    for (std::size_t i = 0; i < rows.shape(0); ++i)
        std::copy_n(&candidates(chosen[i], 0), fields_.coordinates(), &rows(i, 0));
}

void Collocation::insert_agents(Matrix& rows, const Vector& parameters, const RandomStream& stream, int every) const
{
    const NetworkSolution solution(fields_, parameters);
    const PopulationMoments moments = fields_.moments(parameters.data());
    const std::size_t n = rows.shape(0), d = static_cast<std::size_t>(d_);
    const int intervals = fields_.settings().moment_intervals;
    const std::size_t agents = std::max<std::size_t>(64, n / 4 * 2);
    const Cube all =
        simulate_population(solution, stream.part("paths"), static_cast<int>(agents), {intervals}).positions;
    Real u[2];
    const auto standard = [&](std::size_t node, std::size_t agent, Real* to) {
        const auto at = moments.at(fields_.system().horizon() * static_cast<Real>(node) / intervals);
        for (std::size_t k = 0; k < d; ++k) {
            const auto c = at[static_cast<int>(k)];
            const Real z = (all(node, agent, k) - c.mean) / c.deviation;
            if (std::isfinite(z)) to[k] = std::clamp<Real>(z, -20, 20);
        }
    };
    for (std::size_t i = 0; i < n; ++i) {
        if (i % static_cast<std::size_t>(every) == 0) continue;
        stream.part("places").uniform(i, 2, u);
        const auto agent = std::min(agents - 1, static_cast<std::size_t>(u[0] * static_cast<Real>(agents)));
        const auto node = std::min<std::size_t>(static_cast<std::size_t>(intervals),
                                                static_cast<std::size_t>(u[1] * (intervals + 1)));
        standard(node, agent, &rows(i, 0));
        rows(i, d) = fields_.system().horizon() * static_cast<Real>(node) / intervals;
        if (columns_.initial >= 0) standard(0, agent, &rows(i, static_cast<std::size_t>(columns_.initial)));
        if (columns_.terminal >= 0)
            standard(static_cast<std::size_t>(intervals), agent, &rows(i, static_cast<std::size_t>(columns_.terminal)));
    }
}

Variable Collocation::placed(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& standard) const
{
    const PopulationMoments moments = fields_.moments(prepared);
    const Variable points = tape.constant(d_ + 1, standard.columns());
    for (int j = 0; j < standard.columns(); ++j) {
        const auto at = moments.at(standard(d_, j));
        for (int k = 0; k < d_; ++k) {
            const auto c = at[k];
            points.write_row(k)[j] = c.mean + c.deviation * standard(k, j);
        }
        points.write_row(d_)[j] = standard(d_, j);
    }
    return points;
}

Variable Collocation::interior(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& rows) const
{
    const Variable points = rows.rows(columns_.interior, fields_.coordinates());
    return fields_.follows_population() ? placed(tape, prepared, points) : points;
}

Variable Collocation::at_time(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& space, Real t) const
{
    const Variable points = vconcat({space, tape.constant(1, space.columns(), t)});
    return fields_.follows_population() ? placed(tape, prepared, points) : points;
}

Variable Collocation::initial(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& rows) const
{
    return at_time(tape, prepared, rows.rows(columns_.initial, d_), 0);
}

Variable Collocation::terminal(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& rows) const
{
    return at_time(tape, prepared, rows.rows(columns_.terminal, d_), fields_.system().horizon());
}

Variable Collocation::boundary(const Variable& rows) const
{
    return rows.rows(columns_.boundary, fields_.coordinates());
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

Matrix Collocation::points(const Vector& parameters, const Matrix& rows) const
{
    const std::size_t n = rows.shape(0), f = static_cast<std::size_t>(fields_.coordinates());
    Matrix points = make_matrix(n, f);
    for (std::size_t i = 0; i < n; ++i) {
        std::copy_n(&rows(i, 0), f, &points(i, 0));
        if (!fields_.follows_population()) continue;
        const PopulationMoments moments = fields_.moments(parameters.data());
        const auto at = moments.at(rows(i, f - 1));
        for (std::size_t k = 0; k + 1 < f; ++k) {
            const auto c = at[static_cast<int>(k)];
            points(i, k) = c.mean + c.deviation * rows(i, k);
        }
    }
    return points;
}

}  // namespace mfg
