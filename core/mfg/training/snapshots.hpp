#pragma once
#include <mfg/base/archive.hpp>
#include <mfg/solution.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace mfg {

/// The parameters at some iterations of a training: `count` of them, from 0 to the last one planned. Their numbers,
/// plus one, grow geometrically; there are fewer where several would fall on the same iteration.
class Snapshots {
public:
    Snapshots(int count, std::uint64_t last)
    {
        const Real end = std::log(static_cast<Real>(last) + 1);
        for (int i = 0; i < count; ++i) {
            const bool ends = i + 1 == count && i > 0;
            const Real exact = i == 0 ? 0 : std::exp(end * i / (count - 1)) - 1;
            const std::uint64_t iteration =
                ends ? last : std::min(last, static_cast<std::uint64_t>(std::llround(exact)));
            if (iterations_.empty() || iteration > iterations_.back()) iterations_.push_back(iteration);
        }
    }

    /// When snapshots are due.
    const std::vector<std::uint64_t>& iterations() const { return iterations_; }
    /// Whether the next one is due at this iteration.
    bool due(std::uint64_t iteration) const
    {
        return snapshots_.size() < iterations_.size() && iterations_[snapshots_.size()] == iteration;
    }
    /// Takes the next one.
    void keep(std::uint64_t iteration, const Vector& parameters) { snapshots_.push_back({iteration, parameters}); }
    /// All so far.
    const std::vector<Snapshot>& all() const { return snapshots_; }
    /// Saves or loads them, of so many parameters each.
    void state(Archive& archive, Index parameters)
    {
        std::size_t count = snapshots_.size();
        archive("snapshots", count);
        // As many as are due at most: a damaged number must not ask for all memory.
        snapshots_.resize(std::min(count, iterations_.size()));
        for (std::size_t i = 0; i < snapshots_.size(); ++i) {
            const std::string prefix = "snapshot" + std::to_string(i) + ".";
            archive(prefix + "iteration", snapshots_[i].iteration);
            archive(prefix + "parameters", snapshots_[i].parameters, parameters);
        }
    }

private:
    std::vector<std::uint64_t> iterations_;
    std::vector<Snapshot> snapshots_;
};

}  // namespace mfg
