#pragma once
#include <mfg/run/assemble.hpp>
#include <mfg/run/run_files.hpp>

/// Trains, from the start or from a checkpoint, and writes everything that a run leaves behind. As soon as there is a
/// checkpoint, the run that was replaced is discarded.
void train(const mfg::Run& run, const mfg::RunDirectory& directory, const mfg::FileLock& lock,
           std::optional<mfg::Checkpoint> checkpoint, mfg::ReplacedRun replaced);
