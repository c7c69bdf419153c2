#include <mfg/pde/exact_fields.hpp>
#include <mfg/pde/pictures.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

namespace mfg {
namespace {

constexpr std::size_t line_points = 201, map_cells = 80;

std::string time_text(Real t)
{
    char text[32];
    std::snprintf(text, sizeof text, "t = %.3g", t);
    return text;
}

/// What is drawn of an unknown: in few dimensions, or on the torus, densities themselves; else their logarithms.
struct Shown {
    std::string name, title, symbol;
    std::function<Jet(const Fields&)> formula;
};

Shown shown(const PdeSystem& system, const Unknown& unknown)
{
    const std::string name = unknown.name;
    const auto as_it_is = [name](const Fields& f) { return f[name].value; };
    if (unknown.role == Unknown::Role::log_density && (system.periodic() || system.dimension() <= 3))
        return {"density", "density", "m", [name](const Fields& f) { return exp(f[name].value); }};
    if (unknown.role == Unknown::Role::log_density) return {name, "log density", "log m", as_it_is};
    if (unknown.role == Unknown::Role::density) return {name, "density", "m", as_it_is};
    // Where nobody moves, a function is not a value.
    const std::vector<Unknown> unknowns = system.unknowns();
    const bool has_population =
        system.initial_density() ||
        std::any_of(unknowns.begin(), unknowns.end(), [](const Unknown& u) { return u.role != Unknown::Role::value; });
    return {name, (has_population ? "value function " : "function ") + name, name, as_it_is};
}

class SolutionPictures {
public:
    SolutionPictures(const FieldNetworks& fields, const Vector& parameters, FieldExport& to)
        : fields_(fields), learned_(fields, parameters), system_(fields.system()), to_(to)
    {
        if (const auto reference = system_.reference(); reference && reference->value)
            exact_.emplace(system_, *reference);
        if (system_.stationary())
            times_ = {0};
        else
            times_ = {0, system_.horizon() / 2, system_.horizon()};
    }

    void export_all(const std::vector<Snapshot>& snapshots)
    {
        // A line through points that follow a population has no natural ends: such systems draw pictures of their own.
        const bool bounded = system_.periodic() || system_.domain();
        for (const Unknown& unknown : system_.unknowns()) {
            const Shown what = shown(system_, unknown);
            const bool known = exact_ && exact_->knows(unknown);
            if (bounded) lines(what, known);
            if (system_.dimension() >= 2) maps(what, known);
            if (bounded && system_.dimension() == 1 && snapshots.size() > 1) evolution(what, known, snapshots);
        }
    }

private:
    Real low() const { return system_.domain() ? system_.domain()->low(0) : 0; }
    Real high() const { return system_.domain() ? system_.domain()->high(0) : 1; }

    /// Points of a line along the first coordinate (the others as at the middle of a wave) or along the diagonal.
    Matrix line(Real t, bool diagonal) const
    {
        const std::size_t d = static_cast<std::size_t>(system_.dimension());
        Matrix points = make_matrix(line_points, static_cast<std::size_t>(fields_.coordinates()), t);
        for (std::size_t i = 0; i < line_points; ++i)
            for (std::size_t k = 0; k < d; ++k)
                points(i, k) =
                    k == 0 || diagonal ? low() + (high() - low()) * static_cast<Real>(i) / (line_points - 1) : 0;
        return points;
    }

    void lines(const Shown& what, bool known)
    {
        to_.figure(what.name + "_lines",
                   "The " + what.title + " along lines" + (known ? ": network and exact solution" : ""));
        const int d = system_.dimension();
        for (const bool diagonal : {false, true}) {
            if (diagonal && d == 1) break;
            const std::string others = d == 2 ? "x\u2082 = 0" : "other coordinates 0";
            const std::string where = diagonal ? " along the diagonal" : d > 1 ? " along x\u2081, " + others : "";
            const std::string abscissa = diagonal ? (d == 2 ? "x\u2081 = x\u2082" : "x\u2081 = ... = x_d")
                                         : d > 1  ? "x\u2081"
                                                  : "x";
            std::vector<std::string> labels;
            Matrix table = make_matrix(line_points, 1 + times_.size() * (known ? 2 : 1));
            std::size_t column = 1;
            for (const Real t : times_) {
                const Matrix points = line(t, diagonal);
                const std::string at = times_.size() > 1 ? ", " + time_text(t) : "";
                const auto add = [&](const LearnedFields& solution, const std::string& label) {
                    const Matrix values = solution.map(points, 0, 1, what.formula);
                    for (std::size_t i = 0; i < line_points; ++i) {
                        table(i, 0) = points(i, 0);
                        table(i, column) = values(i, 0);
                    }
                    labels.push_back(label);
                    ++column;
                };
                add(learned_, "network" + at);
                if (known) add(*exact_, "exact");
            }
            to_.curves(what.name + (diagonal ? "_diagonal" : "_line"), what.title + where, table, labels, abscissa,
                       what.symbol);
        }
    }

    Matrix map_of(const LearnedFields& solution, const Shown& what, Real t) const
    {
        const Window w = system_.window();
        Matrix points = make_matrix(map_cells * map_cells, static_cast<std::size_t>(fields_.coordinates()));
        for (std::size_t i = 0; i < map_cells; ++i) {
            for (std::size_t j = 0; j < map_cells; ++j) {
                const std::size_t row = i * map_cells + j;
                points(row, 0) = w.x_low + (w.x_high - w.x_low) * (static_cast<Real>(j) + Real(0.5)) / map_cells;
                points(row, 1) = w.y_low + (w.y_high - w.y_low) * (static_cast<Real>(i) + Real(0.5)) / map_cells;
                if (fields_.time()) points(row, points.shape(1) - 1) = t;
            }
        }
        const Matrix values = solution.map(points, 0, 1, what.formula);
        Matrix map = make_matrix(map_cells, map_cells);
        std::copy(values.begin(), values.end(), map.begin());
        return map;
    }

    void maps(const Shown& what, bool known)
    {
        to_.figure(what.name + "_maps", "The " + what.title + " over the plane of the first two coordinates" +
                                            (system_.dimension() > 2 ? ", the others 0" : ""));
        for (std::size_t k = 0; k < times_.size(); ++k) {
            const Real t = times_[k];
            const std::string name = what.name + (times_.size() > 1 ? "_time" + std::to_string(k) : "");
            const std::string at = times_.size() > 1 ? ", " + time_text(t) : "", scale = what.name + at;
            const Matrix map = map_of(learned_, what, t);
            to_.map(name + "_network", "network" + at, map, system_.window(), scale);
            if (!known) continue;
            const Matrix exact = map_of(*exact_, what, t);
            to_.map(name + "_exact", "exact" + at, exact, system_.window(), scale);
            MapDetails details;
            details.is_signed = true;
            const Matrix difference = map - exact;
            to_.map(name + "_difference", "network - exact" + at, difference, system_.window(), name + " difference",
                    details);
        }
    }

    /// An unknown of one coordinate as it was at some iterations.
    void evolution(const Shown& what, bool known, const std::vector<Snapshot>& snapshots)
    {
        constexpr std::size_t most = 6;
        const Matrix points = line(times_.back(), false);
        std::vector<std::size_t> chosen;
        for (std::size_t i = 0; i < std::min(most, snapshots.size()); ++i)
            chosen.push_back(i * (snapshots.size() - 1) / (std::min(most, snapshots.size()) - 1));
        Matrix table = make_matrix(line_points, 1 + chosen.size() + (known ? 1 : 0));
        std::vector<std::string> labels;
        const auto add = [&](const LearnedFields& solution, const std::string& label) {
            const Matrix values = solution.map(points, 0, 1, what.formula);
            labels.push_back(label);
            for (std::size_t i = 0; i < line_points; ++i) {
                table(i, 0) = points(i, 0);
                table(i, labels.size()) = values(i, 0);
            }
        };
        for (const std::size_t i : chosen)
            add(LearnedNetworks(fields_, snapshots[i].parameters), "iteration " + std::to_string(snapshots[i].iteration));
        if (known) add(*exact_, "exact");
        to_.figure(what.name + "_course", "The " + what.title + " over the iterations of the training");
        to_.curves(what.name + "_course", what.title, table, labels, "x", what.symbol);
    }

    const FieldNetworks& fields_;
    LearnedNetworks learned_;
    const PdeSystem& system_;
    FieldExport& to_;
    std::optional<ExactFields> exact_;
    std::vector<Real> times_;
};

}  // namespace

void export_solution_pictures(const FieldNetworks& fields, const Vector& parameters,
                              const std::vector<Snapshot>& snapshots, const RandomStream& stream, FieldExport& to)
{
    SolutionPictures(fields, parameters, to).export_all(snapshots);
    fields.system().export_fields(LearnedNetworks(fields, parameters), stream, to);
}

}  // namespace mfg
