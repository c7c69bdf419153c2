#include <mfg/base/error.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/testing/method_checks.hpp>

#include "contract.hpp"

#include <atomic>
#include <cmath>

using namespace mfg;

namespace {

/// Agents of a plane who are drawn to its origin.
class Basin final : public MeanFieldGame {
public:
    int dimension() const override { return 2; }
    const Density& initial_density() const override { return initial_; }
    Jet terminal_cost(const State& s) const override { return norm_squared(s.x); }

private:
    Gaussian initial_ = Gaussian::isotropic(2, {1}, 0.5);
};

const Basin basin;

enum class Fault {
    none,
    name,
    gradient,
    part,
    detached,
    no_velocity,
    velocity_throws,
    short_velocity,
    alias,
    measure,
    measure_name,
    tracked,
    figure,
    sample,
    group,
    validation,
    refresh,
    two_movers,
    solver_layout,
    solver_state
};

/// phi(x,t) = a |x|^2 (1 + b t), with one thing wrong.
class Bowl final : public Solution {
public:
    Bowl(Fault fault, const ParameterLayout& layout, const Vector& parameters)
        : fault_(fault), layout_(layout), own_(parameters), given_(&parameters)
    {
    }

    const Problem& problem() const override { return basin; }
    std::vector<Unknown> unknowns() const override { return {{fault_ == Fault::name ? "value of x" : "phi"}}; }
    const ParameterLayout& layout() const override { return layout_; }
    const Vector& parameters() const override { return fault_ == Fault::alias ? *given_ : own_; }
    Fields evaluate(Tape& tape, const VariableList& p, const Variable& points, int order, Part part) const override
    {
        const JetShape shape = JetShape::of(order, 2, true);
        const Variable at = fault_ == Fault::detached ? tape.constant_view(points.data(), 3, points.columns()) : points;
        const Jet s = Jet::coordinates(at, shape), growth = affine(p[1], s[2]) + 1;
        Fields f;
        f.x = Jet(points.rows(0, 2));
        f.t = Jet(points.rows(2, 1));
        f.unknowns[0] = {unknowns()[0].name == "phi" ? "phi" : "value of x",
                         FieldValues::of(affine(p[0], norm_squared(s.features(0, 2)) * growth), shape)};
        FieldValues& phi = f.unknowns[0].values;
        if (fault_ == Fault::gradient && order > 0) phi.gradient = 1.01 * phi.gradient;
        if (fault_ == Fault::part && part == Part::values) phi.value = 2 * phi.value;
        return f;
    }
    Jet velocity(const Fields& f) const override
    {
        if (fault_ == Fault::no_velocity) return {};
        if (fault_ == Fault::velocity_throws) throw Error("velocities are not known");
        const Jet v = Hamiltonian(basin, f, {}).velocity(f.unknowns[0].values.gradient);
        return fault_ == Fault::short_velocity ? v[0] : v;
    }
    Measures measures(const RandomStream&, int) const override
    {
        static std::atomic<int> calls{0};
        return {{"group",
                 {{fault_ == Fault::measure_name ? "two words" : "number",
                   fault_ == Fault::measure ? static_cast<Real>(++calls) : 1}}}};
    }
    std::vector<std::string> tracked() const override
    {
        return {fault_ == Fault::tracked ? "group.other" : "group.number"};
    }
    std::vector<Figure> figures(const RandomStream&) const override
    {
        const Real value = fault_ == Fault::figure ? std::nan("") : 0;
        return {{"own", "", {{"own", "", Curves{make_matrix(2, 2, value), {"one"}, "", ""}}}}};
    }

private:
    Fault fault_;
    const ParameterLayout& layout_;
    Vector own_;
    const Vector* given_;
};

/// The mean of (phi - g)^2 at the end.
class EndLoss final : public SampledLoss {
public:
    EndLoss(Fault fault, const ParameterLayout& layout) : fault_(fault), layout_(layout) {}

    std::vector<std::string> terms() const override { return {"fit"}; }
    int group() const override { return fault_ == Fault::group ? 4 : 1; }
    Matrix sample(const RandomStream& stream, int count) const override
    {
        // Groups that are not whole.
        const int drawn = fault_ == Fault::group && count > 8 && count % 8 != 0 ? count - 1 : count;
        Matrix x = basin.initial_density().sample(stream, drawn);
        if (fault_ == Fault::sample) x(0, 0) += 1e-9 * static_cast<Real>(++draws_);
        return with_time(basin, x, 1);
    }
    Variable integrands(Tape& tape, const VariableList& p, const Variable& samples, const Variable&) const override
    {
        const Bowl solution(Fault::none, layout_, make_vector(layout_.size()));
        const Jet phi = solution.evaluate(tape, p, samples, 0, Solution::Part::all)["phi"].value;
        return square(phi - norm_squared(Jet(samples.rows(0, 2)))).value();
    }

private:
    Fault fault_;
    const ParameterLayout& layout_;
    mutable std::atomic<int> draws_{0};
};

/// Halves its numbers.
class Halving final : public Solver {
public:
    explicit Halving(Fault fault) : fault_(fault) {}

    std::vector<std::string> terms() const override { return {"square"}; }
    std::uint64_t max_steps() const override { return 60; }
    SolverReport step() override
    {
        ++steps_;
        numbers_ *= Real(0.5);
        return {numbers_(0), numbers_, numbers_(0), 0};
    }
    bool finished() const override { return steps_ >= 60; }
    bool converged() const override { return finished(); }
    void state(Archive& archive) override
    {
        archive("steps", steps_);
        if (fault_ != Fault::solver_state) archive("numbers", numbers_, 1);
    }
    Vector parameters() const override { return make_vector(fault_ == Fault::solver_layout ? 3 : 2, numbers_(0)); }

private:
    Fault fault_;
    std::uint64_t steps_ = 0;
    Vector numbers_ = make_vector(1, 1);
};

class Toy final : public Formulation {
public:
    explicit Toy(Fault fault) : fault_(fault), loss_(fault, layout_), plain_(Fault::none, layout_)
    {
        layout_.add({"phi.a", 1, 1}, 0.8);
        layout_.add({"phi.b", 1, 1}, 0.3);
        players_.push_back(Player("fit", loss_));
        if (fault == Fault::two_movers) players_.push_back(Player("again", plain_).moves({"phi.b"}));
        if (fault == Fault::validation) players_.front().validated_by(other_);
    }

    const ParameterLayout& layout() const override { return layout_; }
    const std::vector<Player>& players() const override { return players_; }
    void refresh(Vector& parameters, const RandomStream&, std::uint64_t) const override
    {
        if (fault_ == Fault::refresh) parameters(1) = 0.3 + 1e-9 * static_cast<Real>(++refreshed_);
    }
    std::unique_ptr<Solver> solver() const override { return std::make_unique<Halving>(fault_); }
    std::unique_ptr<Solution> solution(const Vector& parameters) const override
    {
        return std::make_unique<Bowl>(fault_, layout_, parameters);
    }

private:
    /// Other terms than the loss.
    class Other final : public SampledLoss {
    public:
        std::vector<std::string> terms() const override { return {"other"}; }
        Matrix sample(const RandomStream& stream, int count) const override
        {
            return basin.initial_density().sample(stream, count);
        }
        Variable integrands(Tape&, const VariableList&, const Variable& x, const Variable&) const override
        {
            return dot_rows(x, x);
        }
    };

    Fault fault_;
    ParameterLayout layout_;
    EndLoss loss_, plain_;
    Other other_;
    std::vector<Player> players_;
    mutable std::atomic<int> refreshed_{0};
};

CheckResults check_solution_with(Fault fault)
{
    const Toy toy(fault);
    const Vector parameters = toy.layout().initialise(0);
    return check_solution(toy, parameters);
}

CheckResults check_player_with(Fault fault)
{
    const Toy toy(fault), twin(fault);
    return check_player(toy, twin, 0, toy.layout().initialise(0));
}

}  // namespace

TEST_CASE("every method keeps the contract", "[contract][method]")
{
    require_all_plugins("method", 5);
}

TEST_CASE("the method contract rejects wrong solutions", "[contract][method]")
{
    const auto check = check_solution_with;
    require_all(check(Fault::none));
    CHECK(fails(check(Fault::name), "names and orders"));
    CHECK(fails(check(Fault::gradient), "derivatives of fields at points"));
    CHECK(fails(check(Fault::part), "derivatives of fields at points"));
    CHECK(fails(check(Fault::detached), "flow to parameters and positions"));
    CHECK(fails(check(Fault::no_velocity), "velocities are known"));
    CHECK(fails(check(Fault::velocity_throws), "velocities"));
    CHECK(fails(check(Fault::short_velocity), "velocities"));
    CHECK(fails(check(Fault::alias), "keeps its parameters"));
    CHECK(fails(check(Fault::measure), "measures follow"));
    CHECK(fails(check(Fault::measure_name), "measures follow"));
    CHECK(fails(check(Fault::tracked), "a number for each name"));
    CHECK(fails(check(Fault::figure), "figures"));
}

TEST_CASE("the method contract rejects wrong players and solvers", "[contract][method]")
{
    const auto check = check_player_with;
    require_all(check(Fault::none));
    CHECK(fails(check(Fault::sample), "samples follow"));
    CHECK(fails(check(Fault::group), "rounded up to whole groups"));
    CHECK(fails(check(Fault::validation), "losses to validate with"));
    require_all(check_solver(Toy(Fault::none)));
    CHECK(fails(check_solver(Toy(Fault::solver_layout)), "those of the layout"));
    CHECK(fails(check_solver(Toy(Fault::solver_state)), "loads the state"));
}

TEST_CASE("the method contract rejects figures that cannot be drawn", "[contract][method]")
{
    const Window window{0, 1, 0, 1};
    const Matrix map = make_matrix(3, 4);
    const Cube maps = Cube::from_shape({2, 3, 4});
    Cube points = Cube::from_shape({5, 2, 2});
    points.fill(0);
    const auto check = [](std::vector<Figure> figures) { return CheckResults{check_figures(figures, "figures")}; };
    const auto panel = [&](Heatmap content) { return std::vector<Figure>{{"figure", "", {{"panel", "", content}}}}; };
    const auto moving = [&](Animation content) {
        return std::vector<Figure>{{"figure", "", {{"panel", "", content}}}};
    };
    const Animation animation{Cube(maps * 0), window, make_vector(2), points};

    require_all(check({}));
    require_all(check(panel({map, window})));
    require_all(check(moving(animation)));
    const auto rejects = [&](std::vector<Figure> figures) { return fails(check(std::move(figures)), "figures"); };
    CHECK(rejects(panel({make_matrix(3, 4, std::nan("")), window})));
    CHECK(rejects(panel({make_matrix(0, 0), window})));
    CHECK(rejects(panel({map, {0, 0, 0, 1}})));
    CHECK(rejects(panel({map, window, "", false, std::pair<Real, Real>{1, 0}})));
    CHECK(rejects(panel({map, window, "", false, {}, Cube(maps * 0)})));
    CHECK(rejects(panel({map, window, "", false, {}, {}, Cube(points + std::nan(""))})));
    Animation other = animation;
    other.times = make_vector(3);
    CHECK(rejects(moving(other)));
    other = animation;
    other.points = Cube(maps * 0);
    CHECK(rejects(moving(other)));
    // Names become those of files.
    const Panel good{"panel", "", Heatmap{map, window}}, lines{"panel_lines", "", Heatmap{map, window}};
    Panel with_lines = good;
    std::get<Heatmap>(with_lines.content).lines = points;
    require_all(check({{"figure", "", {good, lines}}}));
    CHECK(rejects({{"figure", "", {with_lines, lines}}}));
    CHECK(rejects({{"figure", "", {good}}, {"other", "", {good}}}));
    CHECK(rejects({{"figure", "", {good}}, {"figure", "", {lines}}}));
    CHECK(rejects({{"figure", "", {{"a/b", "", Heatmap{map, window}}}}}));
    CHECK(rejects({{"figure", "", {}}}));
    CHECK(rejects({{"figure", "", {{"moving", "", animation}, good}}}));
}
