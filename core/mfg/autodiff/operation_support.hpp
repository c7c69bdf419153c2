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

}  // namespace mfg
