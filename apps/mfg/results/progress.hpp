#pragma once
#include <mfg/training/trainer.hpp>

#include <limits>
#include <string>
#include <vector>

/// Shows how a training goes: one line that is rewritten on a terminal, a line every few seconds elsewhere.
class Progress {
public:
    /// `tracked` are shown as far as there is room.
    Progress(std::vector<std::string> terms, std::vector<std::string> tracked, std::uint64_t iterations, bool quiet);
    ~Progress();
    void show(const mfg::TrainingRecord& record);
    /// Leaves the last line standing.
    void finish();

private:
    std::vector<std::string> terms_, tracked_;
    mfg::Vector last_tracked_;
    std::uint64_t iterations_;
    bool quiet_, terminal_, open_ = false;
    mfg::Real last_shown_ = -1e30, validation_ = std::numeric_limits<mfg::Real>::quiet_NaN();
};
