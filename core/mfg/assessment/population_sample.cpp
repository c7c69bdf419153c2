#include <mfg/assessment/population_sample.hpp>
#include <mfg/game/simulation.hpp>

namespace mfg {

PopulationSample::PopulationSample(const Solution& solution, int intervals, const RandomStream& stream)
    : interaction_(solution.problem().mean_field_game()->interaction())
{
    if (!interaction_) return;
    constexpr int agents = 512;
    const Cube paths = simulate(solution, population_starts(solution, stream.part("starts"), agents),
                                SimulationSettings::accurate(intervals), stream)
                           .positions;
    const std::size_t times = paths.shape(0), n = paths.shape(1), d = paths.shape(2);
    const bool pairs = interaction_->pairwise();
    positions_ = Cube::from_shape({times, d, pairs ? n : 1});
    positions_.fill(0);
    for (std::size_t k = 0; k < times; ++k)
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < d; ++j)
                positions_(k, j, pairs ? i : 0) += paths(k, i, j) / static_cast<Real>(pairs ? 1 : n);
}

Variable PopulationSample::at(Tape& tape, int time) const
{
    if (positions_.size() == 0) return {};
    return tape.constant_view(&positions_(time, 0, 0), columns(positions_), static_cast<int>(positions_.shape(2)));
}

}  // namespace mfg
