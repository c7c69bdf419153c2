#include <mfg/method.hpp>

namespace mfg {

Method::~Method() = default;
Formulation::~Formulation() = default;

void Formulation::refresh(Vector&, const RandomStream&, std::uint64_t) const {}

void Formulation::finish(Vector&, const RandomStream&) const {}

std::unique_ptr<Solution> Formulation::provisional(const Vector& parameters, const RandomStream&) const
{
    return solution(parameters);
}

}  // namespace mfg
