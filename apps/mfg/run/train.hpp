#pragma once
#include "run/composition.hpp"

/// Trains, from the start or from a checkpoint, and writes everything that a run leaves behind.
void train(const Composition& composition, const mfg::RunDirectory& run, std::optional<mfg::Checkpoint> checkpoint);
