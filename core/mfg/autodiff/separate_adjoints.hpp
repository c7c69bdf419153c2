#pragma once
/// Pullbacks to leaves whose adjoints are kept apart for groups of samples; for implementations of operations.

#include <mfg/autodiff/operation_support.hpp>

namespace mfg {

/// Features `[rows x blocks * samples]`; or, where each has a direction, value, first and second derivative of jets
/// that depend on one coordinate each, `[rows x (2 or 3) * samples]`.
struct SampleFeatures {
    Kernels::In from;
    Index rows = 0;
    const int* direction = nullptr;
    bool laplacian = false;  ///< whether jets have second derivatives
    int spatial = 0;         ///< directions below this number have them
};

/// For each group the product of its columns of bar, `[rows x columns]`, and those of x, a matrix of rows by x.rows, is
/// added to its adjoint of `w`.
void pull_products(Tape& tape, const Variable& w, Index rows, Index columns, Kernels::In bar, const SampleFeatures& x);

/// Factor times the sum over columns of bar o other is added to the adjoint of `column` `[rows x 1]` or, if that is one
/// number, `[1 x 1]`: over all columns or, where adjoints are kept apart, over those of each group. A null `other`
/// means ones.
void pull_sums(Tape& tape, const Variable& column, Index rows, Index columns, Real factor, Kernels::In bar,
               Kernels::In other);

}  // namespace mfg
