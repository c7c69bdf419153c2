#pragma once
#include <mfg/problem.hpp>

namespace mfg {

/// Defaults of problems that are solved by the Deep Galerkin Method: `dgm` networks, and Adam on new points in every
/// step with a rate that falls to a hundredth.
inline Defaults standard_galerkin_training()
{
    return {{"method", "galerkin"},
            {"network", "dgm"},
            {"optimizer", "adam"},
            {"optimizer.learning_rate", "1e-2"},
            {"optimizer.schedule", "exponential"},
            {"optimizer.decay", "0.01"},
            {"training.samples", "256"},
            {"training.iterations", "2500"},
            {"training.resample_every", "1"},
            {"training.validate_every", "50"}};
}

}  // namespace mfg
