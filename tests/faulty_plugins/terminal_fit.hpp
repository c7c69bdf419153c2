#pragma once
#include <mfg/base/error.hpp>
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
        if (!problem.mean_field_game() || problem.stationary())
            throw mfg::UnsupportedProblem("the problem is no mean field game with an end");
        return {{"phi", "phi"}};
    }

    void build(const Parts& parts) override
    {
        loss_ = make_loss(*parts.problem->mean_field_game(), *parts.networks.at(0));
        layout_.add("phi", *parts.networks.at(0), {parts.problem->dimension(), true});
        players_ = {{"fit", loss_.get()}};
    }

    const mfg::ParameterLayout& layout() const override { return layout_; }
    const std::vector<mfg::Player>& players() const override { return players_; }

protected:
    class FitLoss : public mfg::Loss {
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
            const mfg::Variable miss = cost.is_zero() ? phi.value() : (phi - cost).value();
            return multiply(miss, miss);
        }

    protected:
        const mfg::MeanFieldGame& game_;
        const mfg::Network& network_;
    };

    virtual std::unique_ptr<mfg::Loss> make_loss(const mfg::MeanFieldGame& game, const mfg::Network& network) const = 0;

private:
    std::unique_ptr<mfg::Loss> loss_;
    mfg::ParameterLayout layout_;
    std::vector<mfg::Player> players_;
};
