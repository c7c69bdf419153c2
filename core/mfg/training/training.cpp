#include <mfg/training/training.hpp>

namespace mfg {

TrainingObserver::~TrainingObserver() = default;
Tracker::~Tracker() = default;
Training::~Training() = default;

std::vector<std::string> player_terms(const std::vector<Player>& players)
{
    std::vector<std::string> names;
    for (const Player& player : players)
        for (const std::string& term : player.loss().terms())
            names.push_back(players.size() == 1 ? term : player.name() + "." + term);
    return names;
}

}  // namespace mfg
