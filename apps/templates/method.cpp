/// my_method: networks trained on the equations of a game at random points, with a loss that outliers do not dominate.
///
/// The unknowns phi and w = log m are networks. Each equation of the game (Hamilton-Jacobi, Kolmogorov, and the
/// conditions at the start and the end) leaves a residual r at random points. Minimised is the sum over the equations
/// of the mean of the pseudo-Huber function
///
/// $$ \rho(r) = \frac{r^2}{1 + \sqrt{1 + (r / \delta)^2}} $$
///
/// It is like r^2/2 where |r| is small against the threshold delta, which suits quasi-Newton methods, and like
/// delta |r| where it is large, so that few bad points do not dominate. The method `galerkin` has squares everywhere.
/// If the training stops with large residuals, raise the threshold.
///
///     mfg solve optimal_transport_2d --method my_method
///
/// P. J. Huber, Robust estimation of a location parameter, Ann. Math. Statist. 35 (1964) 73.
#include <mfg/base/error.hpp>
#include <mfg/method.hpp>
#include <mfg/pde/computed_parameters.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/plugin/plugin.hpp>

#include <memory>

namespace {

using mfg::Real;
using mfg::Variable;

/// What is minimised, for one batch of samples at a time; core averages it over all samples and differentiates. A
/// sample is a row of numbers that stands for one point of each kind: inside, at the start, at the end.
class RobustLoss final : public mfg::SampledLoss {
public:
    RobustLoss(const mfg::FieldNetworks& fields, const mfg::Collocation& points, Real threshold)
        : fields_(fields), points_(points), equations_(fields.system().equations()), threshold_(threshold)
    {
    }

    std::vector<std::string> terms() const override
    {
        std::vector<std::string> names;
        for (const mfg::Equation& equation : equations_) names.push_back(equation.name);
        return names;
    }
    mfg::Matrix sample(const mfg::RandomStream& random, int n) const override { return points_.draw(random, n); }

    /// The terms of each sample, `[terms x samples]`. `samples` has one in each column.
    Variable integrands(mfg::Tape& tape, const mfg::VariableList& parameters, const Variable& samples,
                        const Variable&) const override
    {
        const auto networks = fields_.prepare(tape, parameters);
        const auto at = [&](mfg::Where where, int order) {
            return fields_.evaluate(tape, networks, points_.points(tape, networks, samples, where), order);
        };
        const mfg::Fields inside = at(mfg::Where::interior, 2);
        mfg::VariableList all(tape, static_cast<int>(equations_.size()));
        for (int i = 0; i < all.size(); ++i) {
            const mfg::Equation& equation = equations_[static_cast<std::size_t>(i)];
            const bool interior = equation.where == mfg::Where::interior;
            const mfg::Jet r = equation.residual(interior ? inside : at(equation.where, equation.order));
            // On jets, formulas read as on paper.
            all[i] = (square(r) / (1 + sqrt(1 + square(r / threshold_)))).value();
        }
        return mfg::vconcat(&all[0], all.size());
    }

private:
    const mfg::FieldNetworks& fields_;
    const mfg::Collocation& points_;
    std::vector<mfg::Equation> equations_;
    Real threshold_;
};

/// What the method makes of a problem: parameters, who trains them, and the solution that they stand for. Errors,
/// exploitability, figures and evaluation at points follow from the solution, without a line here.
class MyFormulation final : public mfg::Formulation {
public:
    MyFormulation(const mfg::MeanFieldGame& game, const std::vector<const mfg::Network*>& networks, Real threshold)
        : system_(game, mfg::Unknown::Role::log_density, game.coupling()),
          fields_(system_, networks, {}),
          points_(fields_, {}),
          loss_(fields_, points_, threshold),
          computed_(fields_, points_, {}),
          players_{mfg::Player("solution", loss_)}
    {
    }

    const mfg::ParameterLayout& layout() const override { return fields_.layout(); }
    const std::vector<mfg::Player>& players() const override { return players_; }
    std::unique_ptr<mfg::Solution> solution(const mfg::Vector& parameters) const override
    {
        return std::make_unique<mfg::NetworkSolution>(fields_, parameters);
    }

    // Constants that the equations leave open, and moments of the population, are computed instead of trained.
    void refresh(mfg::Vector& parameters, const mfg::RandomStream& stream, std::uint64_t sample) const override
    {
        computed_.refresh(parameters, stream, sample);
    }
    void finish(mfg::Vector& parameters, const mfg::RandomStream& stream) const override
    {
        computed_.finish(parameters, stream);
    }

private:
    mfg::GameSystem system_;
    mfg::FieldNetworks fields_;
    mfg::Collocation points_;
    RobustLoss loss_;
    mfg::ComputedParameters computed_;
    std::vector<mfg::Player> players_;
};

class MyMethod final : public mfg::Method {
public:
    /// The options with their defaults.
    struct Settings {
        Real threshold = 1;
    };

    /// Declares each option: name, variable, description and range. Users write --method.threshold 5.
    static void options(mfg::Options& o, Settings& s)
    {
        o("threshold", s.threshold, "delta: larger residuals count like their absolute values", mfg::positive);
    }

    explicit MyMethod(const Settings& s) : s_(s) {}

    /// The unknown functions; each is given a network: --network for both, --density_network for log m alone.
    std::vector<Field> fields(const mfg::Problem& problem) const override
    {
        const mfg::MeanFieldGame* game = problem.mean_field_game();
        if (!game || (game->interaction() && game->interaction()->pairwise()))
            throw mfg::UnsupportedProblem("method 'my_method': it solves games without interaction in pairs");
        return {{"phi", "phi"}, {"log_density", "density"}};
    }
    std::unique_ptr<mfg::Formulation> build(const Parts& parts) const override
    {
        return std::make_unique<MyFormulation>(*parts.problem->mean_field_game(), parts.networks, s_.threshold);
    }

private:
    Settings s_;
};

}  // namespace

MFG_PLUGIN(MyMethod, "my_method", "equations of a game at random points, with a robust loss");
