/// bfgs: quasi-Newton with a dense inverse Hessian H, for sample averages that stay fixed for some iterations.
///
/// $$ p = -Hg, \qquad \theta^+ = \theta + \alpha p, \qquad
///    H^+ = H - \frac{s u^\top + u s^\top}{s^\top y} + \Big(1 + \frac{y^\top u}{s^\top y}\Big)
///    \frac{s s^\top}{s^\top y}, \qquad u = Hy $$
///
/// with $s = \theta^+ - \theta$ and $y = g^+ - g$. H starts from the identity, unscaled, and returns to it if
/// $s^\top y \le 0$. By default the step is halved until the objective has decreased enough (`line_search armijo`). The
/// first trial is 1, and later ones are 5 times the last step if that was accepted at once and twice otherwise. With
/// `line_search wolfe` steps satisfy the strong Wolfe conditions, and the first trial is twice the last step, but at
/// most 1: about 1.7 gradients per iteration instead of 2.1 values and a gradient, with more progress in each. H
/// survives a change of the sample, and no pair mixes two samples. One triangle of H is stored: 4 n^2 bytes for n
/// parameters (206 MB for 7173).
///
///     mfg solve optimal_transport_2d --optimizer bfgs
///
/// J. Nocedal, S. J. Wright, Numerical optimization, 2nd ed., 2006, section 6.1; L. Ruthotto, S. Osher, W. Li, L.
/// Nurbekyan, S. Wu Fung, A machine learning framework for solving high-dimensional mean field game and mean field
/// control problems, PNAS 117, 2020.
#include <mfg/base/parallel.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/line_search.hpp>

#include <algorithm>
#include <cmath>

namespace {

class Bfgs final : public mfg::LineSearchOptimizer {
public:
    using Settings = mfg::LineSearchSettings;

    static void options(mfg::Options& o, Settings& s) { mfg::line_search_options(o, s); }

    explicit Bfgs(const Settings& s)
        : LineSearchOptimizer(s, s.line_search == "armijo" ? FirstTrial::growing : FirstTrial::doubling)
    {
    }

protected:
    void forget(std::size_t n) override
    {
        if (mfg::length(triangle_) != entries(n)) triangle_ = mfg::make_vector(entries(n));
        if (s_.size() != n) s_ = w_ = mfg::make_vector(n);
        triangle_.fill(0);
        for (std::size_t i = 0; i < n; ++i) row(i)[i] = 1;
        s_.fill(0);
        w_.fill(0);
    }

    void turn(const mfg::Vector& gradient, mfg::Vector& direction) override
    {
        correct_and_multiply(gradient);
        for (std::size_t i = 0; i < direction.size(); ++i) direction.data()[i] = -product_.data()[i];
    }

    bool learn(const mfg::Vector& s, const mfg::Vector& y, const mfg::Vector& gradient, mfg::Vector& direction) override
    {
        const mfg::Real sy = mfg::dot(s, y);
        if (!(sy > 0)) return false;
        correct_and_multiply(gradient);

        // The last direction is -Hg, so that u = Hg^+ - Hg needs no product of its own, nor does the next direction.
        const std::size_t n = s.size();
        mfg::Real *q = product_.data(), *p = direction.data(), *w = w_.data();
        for (std::size_t i = 0; i < n; ++i) w[i] = q[i] + p[i];
        const mfg::Real half = 0.5 * (1 + mfg::dot(y, w_) / sy) / sy;
        for (std::size_t i = 0; i < n; ++i) w[i] = half * s.data()[i] - w[i] / sy;
        std::copy(s.begin(), s.end(), s_.begin());
        const mfg::Real sg = mfg::dot(s, gradient), wg = mfg::dot(w_, gradient);
        for (std::size_t i = 0; i < n; ++i) p[i] = -(q[i] + s_.data()[i] * wg + w[i] * sg);
        return true;
    }

    void save_state(mfg::Archive& archive) override
    {
        archive.per_parameter("correction_s", s_);
        archive.per_parameter("correction_w", w_);
        archive("inverse_hessian", triangle_, entries(mfg::length(s_)));
    }

private:
    static constexpr std::size_t slots = 32;

    static mfg::Index entries(mfg::Index n) { return n * (n + 1) / 2; }
    mfg::Real* row(std::size_t i) { return triangle_.data() + i * (i + 1) / 2; }

    /// The first row of a slot; slots hold about equally many entries.
    static std::size_t first_row(std::size_t slot, std::size_t n)
    {
        return static_cast<std::size_t>(static_cast<double>(n) * std::sqrt(static_cast<double>(slot) / slots));
    }

    /// H <- H + s w' + w s' with the correction that the last step left, and the product Hg, in one pass over H: its
    /// cost is that of reading and writing one triangle. A slot adds to its own vector, so that no order depends on
    /// threads.
    void correct_and_multiply(const mfg::Vector& gradient)
    {
        const std::size_t n = gradient.size();
        if (product_.size() != n) {
            product_ = mfg::make_vector(n);
            partial_ = mfg::make_matrix(slots, n);
        }
        mfg::parallel_rows(slots, 4 * n * n / slots, [&](std::size_t begin, std::size_t end) {
            for (std::size_t slot = begin; slot < end; ++slot) {
                mfg::Real* q = &partial_(slot, 0);
                std::fill(q, q + first_row(slot + 1, n), 0.0);
                for (std::size_t i = first_row(slot, n); i < first_row(slot + 1, n); ++i)
                    q[i] += correct_row(row(i), i, s_.data(), w_.data(), gradient.data(), q);
            }
        });
        product_.fill(0);
        for (std::size_t slot = 0; slot < slots; ++slot)
            for (std::size_t j = 0; j < first_row(slot + 1, n); ++j) product_.data()[j] += partial_(slot, j);
        s_.fill(0);
        w_.fill(0);
    }

    /// Corrects row i of the triangle, adds its part of the mirrored column's product to `q` and returns the row's.
    static mfg::Real correct_row(mfg::Real* __restrict h, std::size_t i, const mfg::Real* __restrict s,
                                 const mfg::Real* __restrict w, const mfg::Real* __restrict g, mfg::Real* __restrict q)
    {
        const mfg::Real si = s[i], wi = w[i], gi = g[i];
        const std::size_t whole = i - i % 4;
        mfg::Real sum[4] = {0, 0, 0, 0};
        const auto entry = [&](std::size_t j, std::size_t lane) {
            const mfg::Real corrected = h[j] + (si * w[j] + wi * s[j]);
            h[j] = corrected;
            q[j] += gi * corrected;
            sum[lane] += corrected * g[j];
        };
        // Four lanes, so that the compiler may use vectors without changing the order of a sum.
        for (std::size_t j = 0; j < whole; j += 4)
            for (std::size_t lane = 0; lane < 4; ++lane) entry(j + lane, lane);
        for (std::size_t j = whole; j < i; ++j) entry(j, j - whole);
        h[i] += 2 * si * wi;
        return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + h[i] * gi;
    }

    mfg::Vector triangle_;  // rows of the lower triangle of H, without the correction s w' + w s'
    mfg::Vector s_, w_;
    mfg::Vector product_;
    mfg::Matrix partial_;
};

}  // namespace

MFG_PLUGIN(Bfgs, "bfgs", "quasi-Newton with a dense inverse Hessian");
