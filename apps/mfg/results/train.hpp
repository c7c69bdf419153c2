#pragma once
#include <mfg/run/assemble.hpp>

/// Trains, from the start or from a checkpoint, and writes everything that a run leaves behind.
void train(const mfg::Run& run, const mfg::RunDirectory& directory, std::optional<mfg::Checkpoint> checkpoint);
