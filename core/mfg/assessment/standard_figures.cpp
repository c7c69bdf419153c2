#include <mfg/assessment/formula_solution.hpp>
#include <mfg/assessment/standard_figures.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/population_view.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/plane.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace mfg {
namespace {

constexpr std::size_t line_points = 201, map_cells = 80;

using Earlier = std::vector<std::pair<std::uint64_t, std::shared_ptr<const Solution>>>;

/// What is shown of an unknown: in few dimensions, or on the torus, densities themselves; else their logarithms.
struct Shown {
    std::string name, title, symbol;
    std::function<Jet(const Fields&)> formula;
    bool everywhere = false;  ///< a density should vanish where there are no agents, and shows it if it does not
};

/// `suffix`: that of the population in names, where there are several.
Shown shown(const Solution& solution, const Unknown& unknown, const std::string& suffix)
{
    const Problem& problem = solution.problem();
    const std::string name = unknown.name;
    const auto as_it_is = [name](const Fields& f) { return f[name].value; };
    // Only a game in standard form says that its function is what agents expect to pay.
    if (unknown.role == Unknown::Role::value)
        return {name, (problem.mean_field_game() ? "value function " : "function ") + name, name, as_it_is};
    const std::vector<Unknown> unknowns = solution.unknowns();
    const auto is_density = [](const Unknown& u) { return u.role != Unknown::Role::value; };
    const bool alone = std::count_if(unknowns.begin(), unknowns.end(), is_density) == 1;
    if (unknown.role == Unknown::Role::density)
        return {name, alone ? "density" : "density " + name, alone ? "m" : name, as_it_is, true};
    if (!problem.periodic() && problem.dimension() > 3)
        return {name, alone ? "log density" : "log density " + name, alone ? "log m" : name, as_it_is};
    const auto density = [name](const Fields& f) { return exp(f[name].value); };
    if (alone) {
        const std::string whose = suffix.empty() ? "" : " of population " + suffix.substr(1);
        return {"density" + suffix, "density" + whose, "m" + suffix, density, true};
    }
    return {"density_" + name, "density exp(" + name + ")", "exp(" + name + ")", density, true};
}

/// Where the population is in time, in R^d: what a solution says elsewhere was never asked of it.
class Whereabouts {
public:
    explicit Whereabouts(const Solution& solution) : horizon_(solution.problem().horizon())
    {
        constexpr int agents = 256;
        const Simulation paths = simulate_population(solution, RandomStream(0, "figures"), agents, {intervals, 2});
        const Index d = solution.problem().dimension();
        mean_ = make_matrix(intervals + 1, d);
        deviation_ = mean_;
        for (Index k = 0; k <= intervals; ++k) {
            const Matrix x = paths.at(static_cast<std::size_t>(k));
            for (Index c = 0; c < d; ++c) {
                const Vector coordinate = xt::col(x, c);
                mean_(k, c) = xt::mean(coordinate)();
                deviation_(k, c) = xt::stddev(coordinate)();
            }
        }
    }

    /// Distance of a coordinate from its mean at a time, in standard deviations.
    Real distance(Real t, Index c, Real x) const
    {
        const Real place = std::clamp(t / horizon_, Real(0), Real(1)) * intervals;
        const Index before = std::min<Index>(static_cast<Index>(place), intervals - 1);
        const Real share = place - static_cast<Real>(before);
        const auto at = [&](const Matrix& of) { return (1 - share) * of(before, c) + share * of(before + 1, c); };
        return std::abs(x - at(mean_)) / at(deviation_);
    }
    /// Between which numbers the first coordinate is at some time.
    std::pair<Real, Real> ends() const
    {
        std::pair<Real, Real> all{mean_(0, 0), mean_(0, 0)};
        for (Index k = 0; k <= intervals; ++k) {
            all.first = std::min(all.first, mean_(k, 0) - reach * deviation_(k, 0));
            all.second = std::max(all.second, mean_(k, 0) + reach * deviation_(k, 0));
        }
        return all;
    }
    /// Agents that are farther from the mean, in standard deviations, are few.
    static constexpr Real reach = 3.5;

private:
    static constexpr int intervals = 16;
    Real horizon_;
    Matrix mean_, deviation_;  // `[times x d]`
};

class StandardFigures {
public:
    StandardFigures(const Solution& solution, const Earlier& earlier, const std::string& suffix)
        : solution_(solution), problem_(solution.problem()), earlier_(earlier), suffix_(suffix)
    {
        reference_ = solution.reference();
        if (reference_ && reference_->value) exact_.emplace(solution, *reference_);
        const bool bounded = bounded_space(problem_).has_value();
        if (!bounded && !problem_.stationary() && initial_law(problem_)) population_.emplace(solution);
        // A line through points that follow a population has ends in one dimension only.
        has_line_ = bounded || (population_ && problem_.dimension() == 1);
        if (population_) {
            std::tie(low_, high_) = population_->ends();
            const Window window = problem_.window();
            if (!std::isfinite(low_) || !(low_ < high_)) std::tie(low_, high_) = std::pair(window.x_low, window.x_high);
        } else if (const auto box = problem_.domain()) {
            std::tie(low_, high_) = std::pair(box->low(0), box->high(0));
        }
        if (problem_.stationary())
            times_ = {0};
        else
            times_ = {0, problem_.horizon() / 2, problem_.horizon()};
    }

    std::vector<Figure> all() const
    {
        std::vector<Figure> figures;
        for (const Unknown& unknown : solution_.unknowns()) {
            const Shown what = shown(solution_, unknown, suffix_);
            const bool is_value = unknown.role == Unknown::Role::value;
            const Solution* exact = exact_ && (is_value || reference_->log_density) ? &*exact_ : nullptr;
            if (has_line_) figures.push_back(lines(what, exact));
            if (problem_.dimension() >= 2) figures.push_back(maps(what, exact));
            if (problem_.dimension() > 1 || !has_line_) continue;
            if (times_.size() > 1) figures.push_back(strip(what, exact));
            if (earlier_.size() > 1) figures.push_back(evolution(what, exact));
        }
        const auto box = problem_.domain();
        if (box && box->has(Face::exit) && initial_law(problem_)) figures.push_back(inside(*box));
        return figures;
    }

private:
    std::string at_time(Real t) const { return times_.size() > 1 ? ", " + time_text(t) : ""; }

    /// Where coordinates are that a picture does not show: 0, or the middle of the domain.
    Real rest(Index k) const
    {
        const auto box = problem_.domain();
        return box ? (box->low(k) + box->high(k)) / 2 : 0;
    }
    /// What a picture says about these.
    std::string about_rest(const std::string& zero) const
    {
        return problem_.domain() ? "other coordinates in the middle" : zero;
    }

    /// Points of a line along the first coordinate (the others at rest) or along the diagonal.
    Matrix line(Real t, bool diagonal) const
    {
        const std::size_t d = problem_.dimension();
        Matrix points = make_matrix(line_points, solution_.coordinates(), t);
        const auto box = problem_.domain();
        for (std::size_t i = 0; i < line_points; ++i)
            for (std::size_t k = 0; k < d; ++k) {
                const Real low = box ? box->low(k) : low_, high = box ? box->high(k) : high_;
                points(i, k) = k == 0 || diagonal ? low + (high - low) * static_cast<Real>(i) / (line_points - 1)
                                                  : rest(static_cast<Index>(k));
            }
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
        const int d = problem_.dimension();
        const std::string which = d > 1 ? " along lines" : times_.size() > 1 ? " at some times" : "";
        Figure figure{
            what.name + "_lines", "The " + what.title + which + (exact ? ": network and exact solution" : ""), {}};
        for (const bool diagonal : {false, true}) {
            if (diagonal && d == 1) break;
            const std::string others = about_rest(d == 2 ? "x\u2082 = 0" : "other coordinates 0");
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

    /// The faces of the first two coordinates that are of one kind, `[faces x 2 x 2]`.
    Cube faces(Face kind) const
    {
        std::vector<std::array<Real, 4>> found;
        const auto box = problem_.domain();
        const auto add = [&](Index k, Face face, Real place) {
            const Index other = 1 - k;
            std::array<Real, 4> ends{box->low(0), box->low(1), box->high(0), box->high(1)};
            ends[k] = ends[2 + k] = place;
            ends[other] = box->low(other);
            ends[2 + other] = box->high(other);
            if (face == kind) found.push_back(ends);
        };
        for (Index k = 0; box && k < 2; ++k) {
            add(k, box->low_face(k), box->low(k));
            add(k, box->high_face(k), box->high(k));
        }
        Cube lines = make_cube(length(found), 2, 2);
        for (Index i = 0; i < length(found); ++i) std::copy_n(found[i].data(), 4, &lines(i, 0, 0));
        return lines;
    }

    Matrix map_of(const Solution& solution, const Shown& what, Real t) const
    {
        Matrix cells = cell_centres(problem_.window(), map_cells, problem_.dimension());
        for (Index k = 2; k < columns(cells); ++k) xt::col(cells, k) = rest(k);
        const Matrix values = solution.map(with_time(problem_, cells, t), 0, 1, what.formula);
        return as_map(values.data(), map_cells, map_cells);
    }

    std::string about_holes(const Shown& what) const
    {
        return population_ && !what.everywhere ? "; grey: where there are no agents" : "";
    }

    /// 1 at cells of the plane where agents are at time t, else 0; empty if everything is shown.
    Matrix inhabited(const Shown& what, Real t) const
    {
        if (!population_ || what.everywhere) return {};
        const Matrix cells = cell_centres(problem_.window(), map_cells, 2);
        Matrix map = make_matrix(map_cells, map_cells);
        for (std::size_t i = 0; i < map.size(); ++i)
            map.flat(i) = std::hypot(population_->distance(t, 0, cells(i, 0)),
                                     population_->distance(t, 1, cells(i, 1))) <= Whereabouts::reach;
        return map;
    }

    /// Maps of the solution and, where it is known, of the exact one and the difference.
    void add_maps(Figure& figure, const std::string& name, const std::string& at, const Heatmap& network,
                  const std::optional<Matrix>& exact) const
    {
        figure.panels.push_back({name + "_network", "network" + at, network});
        if (!exact) return;
        Heatmap other = network;
        other.values = *exact;
        figure.panels.push_back({name + "_exact", "exact" + at, other});
        other.values = network.values - *exact;
        other.scale = "difference";
        other.is_signed = true;
        figure.panels.push_back({name + "_difference", "network - exact" + at, other});
    }

    Figure maps(const Shown& what, const Solution* exact) const
    {
        Figure figure{what.name + "_maps",
                      "The " + what.title + " over the plane of the first two coordinates" +
                          (problem_.dimension() > 2 ? ", " + about_rest("the others 0") : "") + about_holes(what),
                      {}};
        const Window window = problem_.window();
        for (std::size_t k = 0; k < times_.size(); ++k) {
            const Real t = times_[k];
            const std::string name = what.name + (times_.size() > 1 ? "_time" + std::to_string(k) : "");
            // What stands in one row has the same colours: the times, or network and exact solution.
            const std::string at = at_time(t), scale = exact ? what.name + at : what.name;
            Heatmap network{map_of(solution_, what, t), window, scale};
            network.inhabited = inhabited(what, t);
            network.walls = faces(Face::reflecting);
            network.exits = faces(Face::exit);
            add_maps(figure, name, at, network, exact ? std::optional(map_of(*exact, what, t)) : std::nullopt);
        }
        return figure;
    }

    /// An unknown of one coordinate over place and time.
    Figure strip(const Shown& what, const Solution* exact) const
    {
        const Window window{low_, high_, 0, problem_.horizon()};
        const Matrix points = cell_centres(window, map_cells, 2);
        const auto values = [&](const Solution& solution) {
            const Matrix at = solution.map(points, 0, 1, what.formula);
            return as_map(at.data(), map_cells, map_cells);
        };
        Heatmap network{values(solution_), window, what.name};
        network.x_label = "x";
        network.y_label = "t";
        network.keeps_aspect = false;
        if (population_ && !what.everywhere) {
            network.inhabited = make_matrix(map_cells, map_cells);
            for (std::size_t i = 0; i < network.inhabited.size(); ++i)
                network.inhabited.flat(i) = population_->distance(points(i, 1), 0, points(i, 0)) <= Whereabouts::reach;
        }
        Figure figure{what.name + "_strip", "The " + what.title + " over place and time" + about_holes(what), {}};
        add_maps(figure, what.name + "_strip", "", network, exact ? std::optional(values(*exact)) : std::nullopt);
        return figure;
    }

    /// The share of agents who have not left through exits: simulated ones, and the mass of densities.
    Figure inside(const Box& box) const
    {
        constexpr int agents = 2048, nodes = 32, points = 4096;
        const RandomStream stream(0, "figures");
        const Simulation paths = simulate_population(solution_, stream, agents, {nodes, 4});
        const Index d = problem_.dimension();
        Matrix at = UniformBox(box).sample(stream.with(Sampling::sobol, static_cast<int>(d)), points);
        std::vector<std::pair<std::string, const Solution*>> fields;
        const std::vector<Unknown> unknowns = solution_.unknowns();
        if (std::any_of(unknowns.begin(), unknowns.end(),
                        [](const Unknown& u) { return u.role != Unknown::Role::value; })) {
            fields.emplace_back("mass of the density", &solution_);
            if (exact_ && reference_->log_density) fields.emplace_back("exact", &*exact_);
        }
        Curves curves{make_matrix(nodes + 1, 2 + length(fields)), {"simulated agents"}, "t", "share"};
        for (const auto& [label, field] : fields) curves.labels.push_back(label);
        for (Index node = 0; node <= nodes; ++node) {
            curves.table(node, 0) = paths.times(node);
            curves.table(node, 1) = paths.present(node);
            for (Index k = 0; k < length(fields); ++k) {
                const Solution& field = *fields[k].second;
                const Matrix m = field.map(
                    with_time(problem_, at, paths.times(node)), 0, 1,
                    [&](const Fields& f) { return exp(field.log_density(f)); }, Solution::Part::densities);
                curves.table(node, 2 + k) = box.volume() * xt::mean(m)();
            }
        }
        return {"agents_inside",
                "The share of the agents who have not left",
                {{"agents_inside", "agents inside", std::move(curves)}}};
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
    std::string suffix_;
    std::optional<Reference> reference_;
    std::optional<FormulaSolution> exact_;
    std::vector<Real> times_;
    std::optional<Whereabouts> population_;  // in R^d
    bool has_line_;
    Real low_ = 0, high_ = 1;  // the ends of lines
};

/// The densities of all populations, one a column, at the start, in the middle and at the end, one a row, with the
/// paths of some agents until then; of two populations also the difference, where each has a colour.
class SideBySide {
public:
    explicit SideBySide(const std::vector<OnePopulation>& populations)
        : populations_(populations), problem_(populations.front().solution->problem())
    {
    }

    Figure figure() const
    {
        Figure figure{
            "populations",
            "The densities of the populations" +
                std::string(problem_.dimension() > 2 ? ", over the first two coordinates, the others 0" : "") +
                (problem_.stationary() ? "" : "; lines: paths of some agents"),
            {}};
        if (problem_.stationary()) {
            add(figure, 0, "", "");
        } else {
            for (int k = 0; k <= 2; ++k) {
                const Real t = k * problem_.horizon() / 2;
                add(figure, t, "_time" + std::to_string(k), ", " + time_text(t));
            }
        }
        return figure;
    }

private:
    void add(Figure& figure, Real t, const std::string& name, const std::string& at) const
    {
        std::vector<Heatmap> maps;
        for (const auto& [suffix, own] : populations_) {
            maps.push_back({density(*own, t), problem_.window(), "density" + at});
            if (t > 0) maps.back().lines = paths(*own, t);
            figure.panels.push_back(
                {"populations" + suffix + name, "population " + suffix.substr(1) + at, maps.back()});
        }
        if (maps.size() != 2) return;
        Heatmap both = maps[0];
        both.values -= maps[1].values;
        both.scale = "difference" + at;
        both.is_signed = true;
        both.backward_lines = maps[1].lines;
        figure.panels.push_back({"populations_difference" + name, "population 1 - population 2" + at, both});
    }

    Matrix density(const Solution& own, Real t) const
    {
        const Matrix cells = cell_centres(problem_.window(), map_cells, problem_.dimension());
        const Matrix m = own.map(
            with_time(problem_, cells, t), 0, 1, [&](const Fields& f) { return exp(own.log_density(f)); },
            Solution::Part::densities);
        return as_map(m.data(), map_cells, map_cells);
    }

    /// The first two coordinates of agents from the start to a time, `[agents x times x 2]`.
    static Cube paths(const Solution& own, Real t)
    {
        constexpr int agents = 12, intervals = 32;
        SimulationSettings settings{intervals, 2};
        settings.duration = t;
        const RandomStream stream(0, "shown paths");
        const Matrix starts = population_starts(own, stream.part("starts"), agents);
        const Cube all = simulate(own, starts, settings, stream.part("noise")).positions;
        return xt::transpose(xt::view(all, xt::all(), xt::all(), xt::range(0, 2)), {1, 0, 2});
    }

    const std::vector<OnePopulation>& populations_;
    const Problem& problem_;
};

}  // namespace

std::vector<Figure> standard_figures(const Solution& solution, const Earlier& earlier)
{
    std::vector<Figure> figures;
    const std::vector<OnePopulation> populations = populations_of(solution);
    for (std::size_t k = 0; k < populations.size(); ++k) {
        const auto& [suffix, own] = populations[k];
        Earlier own_earlier;
        for (const auto& [iteration, all] : earlier)
            own_earlier.emplace_back(iteration, populations_of(*all)[k].solution);
        for (Figure& figure : StandardFigures(*own, own_earlier, suffix).all()) figures.push_back(std::move(figure));
    }
    if (populations.size() > 1 && solution.problem().dimension() >= 2)
        figures.push_back(SideBySide(populations).figure());
    return figures;
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
