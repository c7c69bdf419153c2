#include "galerkin_training.hpp"

namespace mfg {

std::vector<std::pair<std::string, std::string>> standard_galerkin_training()
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
