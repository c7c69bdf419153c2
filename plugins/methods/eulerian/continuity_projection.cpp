#include "continuity_projection.hpp"
#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/parallel.hpp>

#include <fftw3.h>

#include <cmath>

namespace mfg {

SpaceTimePoisson::SpaceTimePoisson(const SpaceTimeGrid& grid, Real time_factor)
    : nx_(grid.nx),
      ny_(grid.ny),
      nt_(grid.nt),
      time_factor_(time_factor),
      forward_(nullptr, fftw_destroy_plan),
      backward_(nullptr, fftw_destroy_plan),
      inverse_pivots_(make_matrix(grid.nt, grid.cells()))
{
    const auto plan = [&](fftw_r2r_kind kind) {
        // Planning by measurement could choose another algorithm, and other last bits, in each run. It is what
        // FFTW_ESTIMATE avoids; the array is not touched then.
        Matrix array = make_matrix(ny_, nx_);
        const fftw_plan made = fftw_plan_r2r_2d(static_cast<int>(ny_), static_cast<int>(nx_), array.data(),
                                                array.data(), kind, kind, FFTW_ESTIMATE | FFTW_UNALIGNED);
        if (!made) throw Error("grid: FFTW has no plan for this number of cells");
        return made;
    };
    forward_.reset(plan(FFTW_REDFT10));
    backward_.reset(plan(FFTW_REDFT01));
    const auto eigenvalue = [](std::size_t frequency, std::size_t n, Real h) {
        const Real angle = pi * static_cast<Real>(frequency) / static_cast<Real>(2 * n);
        return 4 * std::sin(angle) * std::sin(angle) / (h * h);
    };
    const Real b = time_factor_;
    for (std::size_t j = 0; j < ny_; ++j) {
        for (std::size_t i = 0; i < nx_; ++i) {
            const Real laplacian = eigenvalue(i, nx_, grid.hx()) + eigenvalue(j, ny_, grid.hy());
            Real pivot = b + laplacian;
            for (std::size_t k = 0; k < nt_; ++k) {
                inverse_pivots_(k, j * nx_ + i) = 1 / pivot;
                pivot = 2 * b + laplacian - b * b / pivot;
            }
        }
    }
}

void SpaceTimePoisson::solve(Matrix& f)
{
    const std::size_t cells = nx_ * ny_;
    const auto transform = [&](fftw_plan plan) {
        parallel_rows(nt_, 32 * cells, [&](std::size_t begin, std::size_t end) {
            for (std::size_t k = begin; k < end; ++k) fftw_execute_r2r(plan, &f(k, 0), &f(k, 0));
        });
    };
    transform(forward_.get());
    const Real b = time_factor_, scale = 1 / (4 * static_cast<Real>(cells));
    parallel_rows(ny_, 8 * nt_ * nx_, [&](std::size_t begin, std::size_t end) {
        const std::size_t first = begin * nx_, last = end * nx_;
        for (std::size_t k = 0; k < nt_; ++k) {
            const Real *inverse = &inverse_pivots_(k, 0), *before = k > 0 ? &f(k - 1, 0) : nullptr;
            Real* row = &f(k, 0);
            for (std::size_t c = first; c < last; ++c)
                row[c] = (scale * row[c] + (before ? b * before[c] : 0)) * inverse[c];
        }
        for (std::size_t k = nt_ - 1; k-- > 0;) {
            const Real *inverse = &inverse_pivots_(k, 0), *after = &f(k + 1, 0);
            Real* row = &f(k, 0);
            for (std::size_t c = first; c < last; ++c) row[c] += b * inverse[c] * after[c];
        }
    });
    transform(backward_.get());
}

void ContinuityProjection::project(Flow& flow)
{
    continuity_residual(grid_, flow, multiplier_);
    poisson_.solve(multiplier_);

    const std::size_t nx = grid_.nx, ny = grid_.ny, nt = grid_.nt;
    const Real by_x = 1 / grid_.hx(), by_y = 1 / grid_.hy(), by_t = 1 / (speed_ * speed_ * grid_.dt());
    parallel_rows(nt * ny, 8 * nx, [&](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row) {
            const std::size_t k = row / ny, j = row % ny;
            const Real* u = &multiplier_(k, j * nx);
            Real* mx = &flow.momentum_x(k, j * (nx + 1));
            for (std::size_t i = 1; i < nx; ++i) mx[i] += by_x * (u[i] - u[i - 1]);
            if (j > 0) {
                Real* my = &flow.momentum_y(k, j * nx);
                for (std::size_t i = 0; i < nx; ++i) my[i] += by_y * (u[i] - u[i - nx]);
            }
            const Real* next = k + 1 < nt ? &multiplier_(k + 1, j * nx) : nullptr;
            Real* density = &flow.density(k + 1, j * nx);
            for (std::size_t i = 0; i < nx; ++i) density[i] += by_t * ((next ? next[i] : 0) - u[i]);
        }
    });
}

}  // namespace mfg
