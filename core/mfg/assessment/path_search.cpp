#include <mfg/assessment/distances.hpp>
#include <mfg/assessment/path_search.hpp>
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/simulation.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mfg {
namespace {

/// Ends and what is paid there.
struct Ends {
    Matrix x;
    Vector paid;
};

class EndSearch {
public:
    EndSearch(const Solution& solution, const AgentCosts& costs, const Matrix& starts, const RandomStream& stream)
        : solution_(solution),
          game_(*solution.problem().mean_field_game()),
          costs_(costs),
          starts_(starts),
          stream_(stream)
    {
    }

    void try_ends(const Matrix& x)
    {
        const Matrix paid = map_points(with_time(game_, x, game_.horizon()), 1,
                                       [&](Tape& tape, const Variable& in) { return costs_.terminal(tape, in); });
        for (Index i = 0; i < rows(x); ++i) {
            points_.insert(points_.end(), &x(i, 0), &x(i, 0) + columns(x));
            paid_.push_back(paid(i, 0));
        }
    }

    /// Of the population, of the target, between them and around them.
    Matrix first_ends() const
    {
        constexpr Index each = 512, in_box = 4096;
        const Index d = columns(starts_);
        const Matrix agents = simulate(solution_, population_starts(solution_, stream_.part("others"), each),
                                       SimulationSettings::accurate(8), stream_)
                                  .at(8);
        const Density* target = game_.target_density();
        const Matrix aims = target ? target->sample(stream_.part("aims"), each) : agents;
        const Index box = d <= 3 ? in_box : 0, count = 4 * each + box;
        Matrix x = make_matrix(count, d);
        Vector low = xt::amin(agents, {0}), high = xt::amax(agents, {0}), u = make_vector(d);
        const RandomStream points = stream_.part("box").with(Sampling::sobol, static_cast<int>(d));
        for (Index i = 0; i < each; ++i)
            for (Index k = 0; k < d; ++k) {
                const Index other = (i * 7 + 1) % each;
                x(i, k) = agents(i, k);
                x(each + i, k) = aims(i, k);
                x(2 * each + i, k) = (agents(i, k) + agents(other, k)) / 2;
                x(3 * each + i, k) = (aims(i, k) + aims(other, k)) / 2;
            }
        for (Index i = 0; i < box; ++i) {
            points.uniform(i, d, u.data());
            for (Index k = 0; k < d; ++k) x(4 * each + i, k) = low(k) + (high(k) - low(k)) * u(k);
        }
        return x;
    }

    /// The best end of each start that is further than `apart` from those in `taken`; its cost in `paid`.
    Matrix best_ends(const std::vector<Matrix>& taken, Real apart) const
    {
        const Index n = rows(starts_), d = columns(starts_);
        Matrix best = make_matrix(n, d);
        const Real factor = game_.weights().transport / (2 * game_.horizon());
        for (Index i = 0; i < n; ++i) {
            Real least = std::numeric_limits<Real>::infinity();
            std::copy_n(&starts_(i, 0), d, &best(i, 0));
            for (std::size_t e = 0; e < paid_.size(); ++e) {
                const Real* end = &points_[e * d];
                const auto distance = [&](const Real* from) {
                    Real sum = 0;
                    for (Index k = 0; k < d; ++k) {
                        const Real way = offset(end[k] - from[k]);
                        sum += way * way;
                    }
                    return sum;
                };
                const Real cost = paid_[e] + factor * distance(&starts_(i, 0));
                if (!(cost < least)) continue;
                if (std::any_of(taken.begin(), taken.end(),
                                [&](const Matrix& ends) { return distance(&ends(i, 0)) < apart * apart; }))
                    continue;
                least = cost;
                for (Index k = 0; k < d; ++k) best(i, k) = starts_(i, k) + offset(end[k] - starts_(i, k));
            }
        }
        return best;
    }

private:
    /// The shortest way on the torus.
    Real offset(Real way) const { return game_.periodic() ? way - std::round(way) : way; }

    const Solution& solution_;
    const MeanFieldGame& game_;
    const AgentCosts& costs_;
    const Matrix& starts_;
    RandomStream stream_;
    std::vector<Real> points_, paid_;
};

}  // namespace

std::vector<Matrix> promising_ends(const Solution& solution, const AgentCosts& costs, const Matrix& starts, int tries,
                                   const RandomStream& stream)
{
    EndSearch search(solution, costs, starts, stream);
    const Matrix first = search.first_ends();
    search.try_ends(first);
    constexpr Real apart_in_deviations = 0.3;
    const Real spread = mfg::spread(first);
    const auto found = [&] {
        std::vector<Matrix> ends;
        for (int k = 0; k < tries; ++k) ends.push_back(search.best_ends(ends, apart_in_deviations * spread));
        return ends;
    };
    constexpr int rounds = 4, around = 8;
    Real width = spread / 16;
    for (int round = 0; round < rounds; ++round, width /= 2) {
        const RandomStream noise = stream.part("near").part(static_cast<std::uint64_t>(round));
        const std::vector<Matrix> best = found();
        const Index n = rows(starts), d = columns(starts);
        for (std::size_t k = 0; k < best.size(); ++k) {
            Matrix near = make_matrix(n * around, d);
            for (Index i = 0; i < n * around; ++i) {
                noise.part(k).normal(i, d, &near(i, 0));
                for (Index j = 0; j < d; ++j) near(i, j) = best[k](i / around, j) + width * near(i, j);
            }
            search.try_ends(near);
        }
    }
    return found();
}

}  // namespace mfg
