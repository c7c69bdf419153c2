#pragma once
#include <mfg/training/training.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

/// Shows how a training goes: one line that is rewritten on a terminal, a line every few seconds elsewhere.
class Progress {
public:
    /// Shows the objective, its terms and, as far as there is room, what is followed at validations.
    Progress(const mfg::Training& training, bool quiet);
    ~Progress();
    void show(const mfg::TrainingRecord& record);
    /// Says what is done after the training, e.g. "measuring on fresh samples"; the time that it takes follows.
    void begin(const char* stage);
    /// Leaves the last line standing.
    void finish();
    /// Shows a text, unless nothing is to be shown, or nobody reads it any more.
    void print(const std::string& text);

private:
    /// Says so when a training loses the population, and once more when that has become twice as bad.
    void warn(const mfg::TrainingRecord& record);

    mfg::Real warned_ = 0;
    std::vector<std::string> terms_, columns_;
    std::vector<mfg::Real> last_followed_;  ///< the last measured value of each column
    std::uint64_t iterations_;
    bool quiet_, terminal_, open_ = false;
    mfg::Real last_shown_ = -1e30;
    std::optional<std::chrono::steady_clock::time_point> stage_began_;
};
