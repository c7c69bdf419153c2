#pragma once
#include <mfg/training/training.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

/// Runs a training and keeps all that it is told; sets `interrupted` after an iteration.
class Recorder final : public mfg::TrainingObserver {
public:
    void iteration(const mfg::TrainingRecord& record) override
    {
        records.push_back(record);
        if (record.iteration == interrupt_after) interrupted = true;
    }
    void checkpoint(const mfg::Archive& state) override
    {
        checkpoints.push_back(mfg::Archive(state.items()));
        checkpoint_iterations.push_back(records.empty() ? 0 : records.back().iteration);
    }

    /// Runs a training with this observer.
    mfg::TrainingResult run(mfg::Training& training)
    {
        columns = training.columns();
        return training.run(*this, interrupted);
    }

    /// A number of record number `row`, by the name of its column.
    mfg::Real column(std::size_t row, const std::string& name) const
    {
        const auto found = std::find(columns.begin(), columns.end(), name);
        return records.at(row).columns.at(static_cast<std::size_t>(found - columns.begin()));
    }
    /// The first number of a column that was measured.
    mfg::Real first(const std::string& name) const
    {
        std::size_t row = 0;
        while (std::isnan(column(row, name))) ++row;
        return column(row, name);
    }
    /// The row with the smallest number in a column that every row has.
    std::size_t row_of_least(const std::string& name) const
    {
        std::size_t best = 0;
        for (std::size_t row = 1; row < records.size(); ++row)
            if (column(row, name) < column(best, name)) best = row;
        return best;
    }
    /// Whether a row has the numbers of another recorder's row, apart from the time.
    bool same_row(std::size_t row, const Recorder& other, std::size_t other_row) const
    {
        const auto same = [&](const std::string& name) {
            const mfg::Real a = column(row, name), b = other.column(other_row, name);
            return name == "seconds" || a == b || (std::isnan(a) && std::isnan(b));
        };
        return columns == other.columns && std::all_of(columns.begin(), columns.end(), same);
    }

    std::vector<std::string> columns;  // of the records
    std::vector<mfg::TrainingRecord> records;
    std::vector<mfg::Archive> checkpoints;
    std::vector<std::uint64_t> checkpoint_iterations;
    std::uint64_t interrupt_after = 0;
    std::atomic<bool> interrupted{false};
};

/// A registry's optimizer that notes on which sample each step was made.
class NotingOptimizer final : public mfg::Optimizer {
public:
    explicit NotingOptimizer(mfg::Optimizer& inner) : inner_(inner) {}
    mfg::StepReport step(mfg::Objective& objective, mfg::Vector& theta) override
    {
        samples.push_back(objective.revision());
        return inner_.step(objective, theta);
    }
    void plan(std::uint64_t steps) override
    {
        plans.push_back(steps);
        inner_.plan(steps);
    }
    void reset() override
    {
        ++resets;
        inner_.reset();
    }
    void state(mfg::Archive& archive) override { inner_.state(archive); }

    std::vector<std::uint64_t> samples, plans;
    int resets = 0;

private:
    mfg::Optimizer& inner_;
};

inline mfg::TrainingSettings schedule(std::vector<int> samples, std::vector<int> iterations)
{
    mfg::TrainingSettings s;
    s.samples = std::move(samples);
    s.iterations = std::move(iterations);
    s.validation_samples = 256;
    s.tolerance = 0;
    s.checkpoint_every = "0";
    return s;
}

inline bool same(const mfg::Vector& a, const mfg::Vector& b)
{
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}
