#pragma once
#include <mfg/training/training.hpp>

#include <string>
#include <vector>

/// Shows how a training goes: one line that is rewritten on a terminal, a line every few seconds elsewhere.
class Progress {
public:
    /// Shows the objective, its terms and, as far as there is room, what is followed at validations.
    Progress(const mfg::Training& training, bool quiet);
    ~Progress();
    void show(const mfg::TrainingRecord& record);
    /// Leaves the last line standing.
    void finish();

private:
    std::vector<std::string> terms_, columns_;
    std::vector<mfg::Real> last_followed_;  ///< the last measured value of each column
    std::uint64_t iterations_;
    bool quiet_, terminal_, open_ = false;
    mfg::Real last_shown_ = -1e30;
};
