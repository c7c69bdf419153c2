#pragma once
/// What implementations of operations share; not for users.

#include <mfg/autodiff/kernels.hpp>
#include <mfg/autodiff/tape.hpp>

#include <initializer_list>

namespace mfg {

/// Throws an Error with the name of the operation and the shapes of its arguments.
[[noreturn]] void fail_shapes(const char* operation, std::initializer_list<Variable> arguments);

/// Operations are called by plugins: arguments that do not fit together are an Error, not memory out of bounds.
template <class... Variables>
void require_shapes(bool fit, const char* operation, const Variables&... arguments)
{
    if (!fit) fail_shapes(operation, {arguments...});
}

inline bool same_shape(const Variable& a, const Variable& b)
{
    return a.rows() == b.rows() && a.columns() == b.columns();
}

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
