#pragma once
#include <mfg/method.hpp>
#include <mfg/testing/check.hpp>

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mfg {

/// The pieces of the contract of methods; `twin` is a second object of the same settings.

/// What the trainer relies on of one player: names, samples, terms and their gradient. `parameters` are given those
/// that the player was checked with, away from the start.
CheckResults check_player(const Method& method, const Method& twin, std::size_t player, Vector& parameters);
/// Measures, what is followed of them, velocities, fields at points, the learned game, and pictures.
CheckResults check_answer(const Method& method, const Problem& problem, const Vector& parameters);
/// Terms, steps and state of a solver; `make` gives a new one each time.
CheckResults check_solver(const std::function<std::shared_ptr<Solver>()>& make);

template <class Array>
bool same_bits(const Array& a, const Array& b)
{
    return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Real)) == 0;
}
bool same_bits(const Archive::Items& a, const Archive::Items& b);

bool is_word(const std::string& name);
/// Why a list of names cannot head columns; empty where it can.
std::string broken_names(const std::vector<std::string>& names);
std::string listed(const std::vector<std::string>& names);

}  // namespace mfg
