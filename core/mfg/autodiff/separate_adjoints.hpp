#pragma once
/// Pullbacks to leaves whose adjoints are kept apart for groups of samples; for implementations of operations.

#include <mfg/autodiff/operation_support.hpp>

namespace mfg {

/// Columns that belong to a sample, as a product sees them.
struct SampleColumns {
    Kernels::In from;  ///< `[rows x blocks * samples]`, or where there are directions `[rows x (2 or 3) * samples]`
    Index rows = 0;
    const int* direction = nullptr;  ///< of each row: value, first and second derivative stand in its own blocks
    bool laplacian = false;          ///< whether rows with directions have second derivatives
    int spatial = 0;                 ///< directions below this number have them
};

/// For each group the product of its columns of `left` and `right`, a matrix of left.rows by right.rows, is added to
/// its adjoint of `w`.
void pull_products(Tape& tape, const Variable& w, const SampleColumns& left, const SampleColumns& right, Index columns);

/// For each group factor times the sum over its columns of bar o other is added to its adjoint of `column` `[rows x 1]`
/// or, if that is one number, `[1 x 1]`; a null `other` means ones.
void pull_sums(Tape& tape, const Variable& column, Index rows, Index columns, Real factor, Kernels::In bar,
               Kernels::In other);

}  // namespace mfg
