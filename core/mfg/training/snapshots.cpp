#include <mfg/training/snapshots.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace mfg {

Snapshots::Snapshots(int count, std::uint64_t last)
{
    const Real end = std::log(static_cast<Real>(last) + 1);
    for (int i = 0; i < count; ++i) {
        const bool ends = i + 1 == count && i > 0;
        const Real exact = i == 0 ? 0 : std::exp(end * i / (count - 1)) - 1;
        const std::uint64_t iteration = ends ? last : std::min(last, static_cast<std::uint64_t>(std::llround(exact)));
        if (iterations_.empty() || iteration > iterations_.back()) iterations_.push_back(iteration);
    }
}

void Snapshots::state(Archive& archive)
{
    std::size_t count = snapshots_.size();
    archive("snapshots", count);
    // As many as are due at most: a damaged number must not ask for all memory.
    snapshots_.resize(std::min(count, iterations_.size()));
    for (std::size_t i = 0; i < snapshots_.size(); ++i) {
        const std::string prefix = "snapshot" + std::to_string(i) + ".";
        archive(prefix + "iteration", snapshots_[i].iteration);
        archive(prefix + "parameters", snapshots_[i].parameters);
    }
}

}  // namespace mfg
