#pragma once
/// What implementations of operations share; not for users.

#include <mfg/autodiff/kernels.hpp>
#include <mfg/autodiff/tape.hpp>

#include <cassert>

namespace mfg {

/// The adjoint of `v` for a kernel that assigns or adds to every entry.
struct Target {
    Target(Tape& tape, const Variable& v) : memory(tape.adjoint(v, fresh)), stride(v.stride()) {}
    bool add() const { return !fresh; }

    bool fresh = false;
    Real* memory;
    int stride;
};

/// One operation an entry.
inline double operations_of(const Variable& v)
{
    return static_cast<double>(v.size());
}

/// Operations of sum_i factor_i a_i for each entry: factors of 1 cost nothing, and neither does a first addition.
inline int operations_of_sum(int terms, const Real* factors, bool add)
{
    int products = 0;
    for (int i = 0; i < terms; ++i) products += factors[i] != 1;
    return products + terms - (add ? 0 : 1);
}

}  // namespace mfg
