#pragma once
#include <mfg/base/error.hpp>

#include <optional>

namespace mfg {

/// An exact solution that has to be computed for its settings; none where that fails (NumericalError): the problem is
/// there all the same, and only its reference is missing.
template <class Exact, class Settings>
std::optional<Exact> if_computable(const Settings& settings)
{
    try {
        return Exact(settings);
    } catch (const NumericalError&) {
        return {};
    }
}

}  // namespace mfg
