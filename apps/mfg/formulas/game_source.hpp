#pragma once
#include "formulas/expression.hpp"

#include <mfg/base/array.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

/// A number in formulas that is an option of the problem.
struct GameConstant {
    std::string name;
    mfg::Real value;
    std::string text;  ///< one line for the manual
};

/// The constant in C++. The underscore keeps it apart from the words of C++.
std::string member_of(const GameConstant& constant);

/// A game whose formulas are C++ already; those that are empty are not there.
struct GameSource {
    std::string name, summary;
    std::vector<std::string> lines;  ///< the formulas as they were given, for the manual
    int dimension = 2;
    bool torus = false, stationary = false;
    mfg::Real horizon = 1, viscosity = 0;
    bool plain_game = false;  ///< the coupling is the cost itself
    std::vector<GameConstant> constants;
    std::optional<Expression> initial, target;
    std::optional<std::array<mfg::Real, 4>> window;
    std::string drift, hamiltonian, running_cost, interaction, terminal_cost;
};

/// The source of its plugin.
std::string to_cpp(const GameSource& game);
