#pragma once
#include <mfg/parameters.hpp>
#include <mfg/problem.hpp>

namespace mfg {

/// A game as a method has learned to play it: the population of its answer, which stays as it is whatever one agent
/// does, and the feedback that agents follow. Points are x_1..x_d, and t where there is time.
class MFG_API LearnedGame {
public:
    virtual ~LearnedGame();

    virtual const MeanFieldGame& game() const = 0;
    /// How the costs of one agent follow from those of the game.
    virtual Coupling coupling() const = 0;
    /// The parameters of the answer.
    virtual const ParameterLayout& layout() const = 0;
    virtual const Vector& parameters() const = 0;

    /// log m at `points`, `[1 x n]`; derivatives flow to the points only.
    virtual Variable log_density(Tape& tape, const Variable& points) const = 0;
    /// The value function, `[1 x n]`, and the velocity of agents that follow it, `[d x n]`, for any parameters of the
    /// layout.
    virtual Variable value(Tape& tape, const VariableList& parameters, const Variable& points) const = 0;
    virtual Variable velocity(Tape& tape, const VariableList& parameters, const Variable& points) const = 0;

    /// Points with time, or without where the game has none: coordinates of a point.
    int coordinates() const { return game().dimension() + (game().stationary() ? 0 : 1); }
    /// Agents of the population where it begins, or anywhere in time where the game has none, `[n x d]`.
    Matrix starts(const RandomStream& stream, int count) const;
    /// How long an agent plays: the horizon or, in a game without an end, five times as long as it takes to forget
    /// where one was, 5 / (4 pi^2 nu), but at most 1.
    Real duration() const;
    /// The paths of agents that follow the feedback from `starts` `[n x d]`, with the noise of `stream` where the game
    /// has some, at `intervals` + 1 equally spaced times, `[n x times x d]`.
    Cube paths(const Matrix& starts, int intervals, const RandomStream& stream) const;
    /// The lowest log density that agents of the population meet. Below it a learned density is extrapolated.
    Real lowest_log_density(const RandomStream& stream) const;
};

}  // namespace mfg
