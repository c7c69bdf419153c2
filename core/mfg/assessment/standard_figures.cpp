#include <mfg/assessment/formula_solution.hpp>
#include <mfg/assessment/standard_figures.hpp>
#include <mfg/base/views.hpp>
#include <mfg/plane.hpp>

#include <algorithm>

namespace mfg {
namespace {

constexpr std::size_t line_points = 201, map_cells = 80;

using Earlier = std::vector<std::pair<std::uint64_t, std::shared_ptr<const Solution>>>;

/// What is shown of an unknown: in few dimensions, or on the torus, densities themselves; else their logarithms.
struct Shown {
    std::string name, title, symbol;
    std::function<Jet(const Fields&)> formula;
};

Shown shown(const Solution& solution, const Unknown& unknown)
{
    const Problem& problem = solution.problem();
    const std::string name = unknown.name;
    const auto as_it_is = [name](const Fields& f) { return f[name].value; };
    if (unknown.role == Unknown::Role::log_density && (problem.periodic() || problem.dimension() <= 3))
        return {"density", "density", "m", [name](const Fields& f) { return exp(f[name].value); }};
    if (unknown.role == Unknown::Role::log_density) return {name, "log density", "log m", as_it_is};
    if (unknown.role == Unknown::Role::density) return {name, "density", "m", as_it_is};
    // Where nobody moves, a function is not a value.
    const std::vector<Unknown> unknowns = solution.unknowns();
    const bool has_population =
        initial_law(problem) ||
        std::any_of(unknowns.begin(), unknowns.end(), [](const Unknown& u) { return u.role != Unknown::Role::value; });
    return {name, (has_population ? "value function " : "function ") + name, name, as_it_is};
}

class StandardFigures {
public:
    StandardFigures(const Solution& solution, const Earlier& earlier)
        : solution_(solution), problem_(solution.problem()), earlier_(earlier)
    {
        reference_ = solution.reference();
        if (reference_ && reference_->value) exact_.emplace(solution, *reference_);
        if (problem_.stationary())
            times_ = {0};
        else
            times_ = {0, problem_.horizon() / 2, problem_.horizon()};
    }

    std::vector<Figure> all() const
    {
        // A line through points that follow a population has no natural ends: such problems draw figures of their own.
        const bool bounded = problem_.periodic() || problem_.domain();
        std::vector<Figure> figures;
        for (const Unknown& unknown : solution_.unknowns()) {
            const Shown what = shown(solution_, unknown);
            const bool is_value = unknown.role == Unknown::Role::value;
            const Solution* exact = exact_ && (is_value || reference_->log_density) ? &*exact_ : nullptr;
            if (bounded) figures.push_back(lines(what, exact));
            if (problem_.dimension() >= 2) figures.push_back(maps(what, exact));
            if (bounded && problem_.dimension() == 1 && earlier_.size() > 1) figures.push_back(evolution(what, exact));
        }
        return figures;
    }

private:
    std::string at_time(Real t) const { return times_.size() > 1 ? ", " + time_text(t) : ""; }

    /// Points of a line along the first coordinate (the others 0) or along the diagonal.
    Matrix line(Real t, bool diagonal) const
    {
        const auto box = problem_.domain();
        const Real low = box ? box->low(0) : 0, high = box ? box->high(0) : 1;
        const std::size_t d = problem_.dimension();
        Matrix points = make_matrix(line_points, solution_.coordinates(), t);
        for (std::size_t i = 0; i < line_points; ++i)
            for (std::size_t k = 0; k < d; ++k)
                points(i, k) = k == 0 || diagonal ? low + (high - low) * static_cast<Real>(i) / (line_points - 1) : 0;
        return points;
    }

    /// Curves over one abscissa, added one by one.
    struct Table {
        explicit Table(std::size_t curves) : table(make_matrix(line_points, 1 + curves)) {}
        void add(const Solution& solution, const Shown& what, const Matrix& points, const std::string& label)
        {
            labels.push_back(label);
            xt::col(table, 0) = xt::col(points, 0);
            xt::col(table, labels.size()) = xt::col(solution.map(points, 0, 1, what.formula), 0);
        }
        Matrix table;
        std::vector<std::string> labels;
    };

    Figure lines(const Shown& what, const Solution* exact) const
    {
        Figure figure{what.name + "_lines",
                      "The " + what.title + " along lines" + (exact ? ": network and exact solution" : ""),
                      {}};
        const int d = problem_.dimension();
        for (const bool diagonal : {false, true}) {
            if (diagonal && d == 1) break;
            const std::string others = d == 2 ? "x\u2082 = 0" : "other coordinates 0";
            const std::string where = diagonal ? " along the diagonal" : d > 1 ? " along x\u2081, " + others : "";
            const std::string abscissa = diagonal ? (d == 2 ? "x\u2081 = x\u2082" : "x\u2081 = ... = x_d")
                                         : d > 1  ? "x\u2081"
                                                  : "x";
            Table table(times_.size() * (exact ? 2 : 1));
            for (const Real t : times_) {
                const Matrix points = line(t, diagonal);
                table.add(solution_, what, points, "network" + at_time(t));
                if (exact) table.add(*exact, what, points, "exact");
            }
            figure.panels.push_back({what.name + (diagonal ? "_diagonal" : "_line"), what.title + where,
                                     Curves{table.table, table.labels, abscissa, what.symbol}});
        }
        return figure;
    }

    Matrix map_of(const Solution& solution, const Shown& what, Real t) const
    {
        const Matrix cells = cell_centres(problem_.window(), map_cells, problem_.dimension());
        const Matrix values = solution.map(with_time(problem_, cells, t), 0, 1, what.formula);
        return as_map(values.data(), map_cells, map_cells);
    }

    Figure maps(const Shown& what, const Solution* exact) const
    {
        Figure figure{what.name + "_maps",
                      "The " + what.title + " over the plane of the first two coordinates" +
                          (problem_.dimension() > 2 ? ", the others 0" : ""),
                      {}};
        const Window window = problem_.window();
        for (std::size_t k = 0; k < times_.size(); ++k) {
            const Real t = times_[k];
            const std::string name = what.name + (times_.size() > 1 ? "_time" + std::to_string(k) : "");
            const std::string at = at_time(t), scale = what.name + at;
            const Matrix map = map_of(solution_, what, t);
            figure.panels.push_back({name + "_network", "network" + at, Heatmap{map, window, scale}});
            if (!exact) continue;
            const Matrix exact_map = map_of(*exact, what, t), difference = map - exact_map;
            figure.panels.push_back({name + "_exact", "exact" + at, Heatmap{exact_map, window, scale}});
            figure.panels.push_back({name + "_difference", "network - exact" + at,
                                     Heatmap{difference, window, name + " difference", true}});
        }
        return figure;
    }

    /// An unknown of one coordinate at some iterations.
    Figure evolution(const Shown& what, const Solution* exact) const
    {
        constexpr std::size_t max_curves = 6;
        const Matrix points = line(times_.back(), false);
        const std::size_t curves = std::min(max_curves, earlier_.size());
        Table table(curves + (exact ? 1 : 0));
        for (std::size_t i = 0; i < curves; ++i) {
            const auto& [iteration, solution] = earlier_[i * (earlier_.size() - 1) / (curves - 1)];
            table.add(*solution, what, points, "iteration " + std::to_string(iteration));
        }
        if (exact) table.add(*exact, what, points, "exact");
        return {what.name + "_course",
                "The " + what.title + " over the iterations of the training",
                {{what.name + "_course", what.title, Curves{table.table, table.labels, "x", what.symbol}}}};
    }

    const Solution& solution_;
    const Problem& problem_;
    const Earlier& earlier_;
    std::optional<Reference> reference_;
    std::optional<FormulaSolution> exact_;
    std::vector<Real> times_;
};

}  // namespace

std::vector<Figure> standard_figures(const Solution& solution, const Earlier& earlier)
{
    return StandardFigures(solution, earlier).all();
}

std::vector<Figure> all_figures(const Formulation& formulation, const Vector& parameters,
                                const std::vector<Snapshot>& snapshots, const RandomStream& stream)
{
    const std::unique_ptr<Solution> solution = formulation.solution(parameters);
    std::vector<Figure> figures = solution->figures(stream);
    if (!solution->standard_figures()) return figures;
    Earlier earlier;
    for (const Snapshot& snapshot : snapshots)
        earlier.emplace_back(snapshot.iteration, formulation.solution(snapshot.parameters));
    for (Figure& figure : standard_figures(*solution, earlier)) figures.push_back(std::move(figure));
    if (const PdeSystem* system = solution->problem().pde_system())
        for (Figure& figure : system->figures(*solution, stream)) figures.push_back(std::move(figure));
    return figures;
}

}  // namespace mfg
