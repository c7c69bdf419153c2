#pragma once
#include <mfg/base/archive.hpp>
#include <mfg/solution.hpp>

#include <cstdint>
#include <vector>

namespace mfg {

/// The parameters at some iterations of a training: `count` of them, from 0 to the last one planned. Their numbers,
/// plus one, grow geometrically; there are fewer where several would fall on the same iteration.
class MFG_API Snapshots {
public:
    Snapshots(int count, std::uint64_t last);

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
    /// Saves or loads them.
    void state(Archive& archive);

private:
    std::vector<std::uint64_t> iterations_;
    std::vector<Snapshot> snapshots_;
};

}  // namespace mfg
