#include <mfg/assessment/population_sample.hpp>

namespace mfg {

Company::Company(const LearnedGame& learned, int intervals, const RandomStream& stream)
{
    const Interaction kernel = learned.game().interaction();
    if (kernel.weight == 0) return;
    constexpr int agents = 512, parts = 32;
    const std::size_t times = static_cast<std::size_t>(intervals) + 1;
    const std::size_t d = static_cast<std::size_t>(learned.game().dimension());
    if (kernel.pairwise()) {
        const Cube others = learned.paths(learned.starts(stream.part(1), agents), intervals, stream);
        positions_ = Cube::from_shape({times, d, others.shape(0)});
        for (std::size_t i = 0; i < others.shape(0); ++i)
            for (std::size_t k = 0; k < times; ++k)
                for (std::size_t j = 0; j < d; ++j) positions_(k, j, i) = others(i, k, j);
        return;
    }
    // Some at a time: paths with noise need much memory in high dimension.
    positions_ = Cube::from_shape({times, d, 1});
    positions_.fill(0);
    const Matrix starts = learned.starts(stream.part(1), agents);
    for (std::size_t part = 0; part < parts; ++part) {
        constexpr std::size_t each = agents / parts;
        Matrix some = make_matrix(each, d);
        for (std::size_t i = 0; i < each; ++i)
            for (std::size_t j = 0; j < d; ++j) some(i, j) = starts(part * each + i, j);
        const Cube paths = learned.paths(some, intervals, stream.part(2 + part));
        for (std::size_t i = 0; i < each; ++i)
            for (std::size_t k = 0; k < times; ++k)
                for (std::size_t j = 0; j < d; ++j) positions_(k, j, 0) += paths(i, k, j) / agents;
    }
}

Variable Company::at(Tape& tape, int time) const
{
    if (positions_.size() == 0) return {};
    return tape.constant_view(&positions_(static_cast<std::size_t>(time), 0, 0), static_cast<int>(positions_.shape(1)),
                              static_cast<int>(positions_.shape(2)));
}

}  // namespace mfg
