#pragma once
#include <mfg/base/error.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/method.hpp>
#include <mfg/plugin/plugin.hpp>

#include <algorithm>
#include <memory>

/// The smallest method: a network is fitted to the terminal cost at the final time, where agents are at the start.
class TerminalFit : public mfg::Method {
public:
    struct Settings {};
    static void options(mfg::Options&, Settings&) {}

    std::vector<Field> fields(const mfg::Problem& problem) const override
    {
        const mfg::MeanFieldGame* game = problem.mean_field_game();
        if (!game || game->stationary() || game->initial_density().singular())
            throw mfg::UnsupportedProblem("the problem is not a mean field game with an end and a density");
        return {{"phi", "phi"}};
    }

    std::unique_ptr<mfg::Formulation> build(const Parts& parts) const override
    {
        fields(*parts.problem);
        const mfg::MeanFieldGame& game = *parts.problem->mean_field_game();
        return std::make_unique<Formulation>(game, *parts.networks.at(0), make_loss(game, *parts.networks.at(0)));
    }

protected:
    class FitLoss : public mfg::SampledLoss {
    public:
        FitLoss(const mfg::MeanFieldGame& game, const mfg::Network& network) : game_(game), network_(network) {}

        std::vector<std::string> terms() const override { return {"fit"}; }
        mfg::Matrix sample(const mfg::RandomStream& stream, int count) const override
        {
            return game_.initial_density().sample(stream, count);
        }
        mfg::Variable integrands(mfg::Tape& tape, const mfg::VariableList& parameters, const mfg::Variable& samples,
                                 const mfg::Variable&) const override
        {
            const mfg::Variable t = tape.constant(1, samples.columns(), game_.horizon());
            const mfg::NetworkInput input{game_.dimension(), true};
            const mfg::Jet phi = network_.evaluate(tape, network_.prepare(tape, parameters, input),
                                                   mfg::Jet(mfg::vconcat({samples, t})));
            const mfg::Jet x(samples), w = game_.initial_density().log_density(x);
            const mfg::Jet cost = game_.terminal_cost({x, mfg::Jet(t), w});
            const mfg::Variable difference = cost.is_zero() ? phi.value() : (phi - cost).value();
            return multiply(difference, difference);
        }

    private:
        const mfg::MeanFieldGame& game_;
        const mfg::Network& network_;
    };

    virtual std::unique_ptr<mfg::SampledLoss> make_loss(const mfg::MeanFieldGame& game,
                                                        const mfg::Network& network) const = 0;

private:
    class Solution final : public mfg::Solution {
    public:
        Solution(const mfg::MeanFieldGame& game, const mfg::Network& network, const mfg::ParameterLayout& layout,
                 mfg::Vector parameters)
            : game_(game), network_(network), layout_(layout), parameters_(std::move(parameters))
        {
        }

        const mfg::Problem& problem() const override { return game_; }
        std::vector<mfg::Unknown> unknowns() const override { return {{"phi"}}; }
        const mfg::ParameterLayout& layout() const override { return layout_; }
        const mfg::Vector& parameters() const override { return parameters_; }
        mfg::Fields evaluate(mfg::Tape& tape, const mfg::VariableList& parameters, const mfg::Variable& points,
                             int order, Part) const override
        {
            const int d = game_.dimension();
            const mfg::JetShape shape = mfg::JetShape::of(order, d, true);
            mfg::Fields f;
            f.x = mfg::Jet(points.rows(0, d));
            f.t = mfg::Jet(points.rows(d, 1));
            f.unknowns[0] = {"phi",
                             mfg::FieldValues::of(network_.evaluate(tape, network_.prepare(tape, parameters, {d, true}),
                                                                    mfg::Jet::coordinates(points, shape)),
                                                  shape)};
            return f;
        }
        mfg::Jet velocity(const mfg::Fields& f) const override
        {
            return mfg::Hamiltonian(game_, f, {}).velocity(f["phi"].gradient);
        }

    private:
        const mfg::MeanFieldGame& game_;
        const mfg::Network& network_;
        const mfg::ParameterLayout& layout_;
        mfg::Vector parameters_;
    };

    class Formulation final : public mfg::Formulation {
    public:
        Formulation(const mfg::MeanFieldGame& game, const mfg::Network& network, std::unique_ptr<mfg::SampledLoss> loss)
            : game_(game), network_(network), loss_(std::move(loss)), players_{{"fit", *loss_}}
        {
            layout_.add("phi", network, {game.dimension(), true});
        }

        const mfg::ParameterLayout& layout() const override { return layout_; }
        const std::vector<mfg::Player>& players() const override { return players_; }
        std::unique_ptr<mfg::Solution> solution(const mfg::Vector& parameters) const override
        {
            return std::make_unique<Solution>(game_, network_, layout_, parameters);
        }

    private:
        const mfg::MeanFieldGame& game_;
        const mfg::Network& network_;
        std::unique_ptr<mfg::SampledLoss> loss_;
        mfg::ParameterLayout layout_;
        std::vector<mfg::Player> players_;
    };
};
