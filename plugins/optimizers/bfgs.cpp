/// bfgs: quasi-Newton with a dense inverse Hessian H, for sample averages that stay fixed for some iterations.
///
/// $$ p = -Hg, \qquad \theta^+ = \theta + \alpha p, \qquad
///    H^+ = H - \frac{s u^\top + u s^\top}{s^\top y} + \Big(1 + \frac{y^\top u}{s^\top y}\Big)
///    \frac{s s^\top}{s^\top y}, \qquad u = Hy $$
///
/// with $s = \theta^+ - \theta$ and $y = g^+ - g$. H starts from the identity, unscaled, and returns to it if
/// $s^\top y \le 0$. By default the step is halved until the objective has decreased enough (`line_search armijo`). The
/// first trial is twice the last step, but at most 1; without scaling of H, 5 times the last step if that was accepted
/// at once and twice otherwise. With `line_search wolfe` steps satisfy the strong Wolfe conditions: about 1.7 gradients
/// per iteration instead of 2.1 values and a gradient, with more progress in each. H survives a change of the sample,
/// and no pair mixes two samples. One triangle of H is stored: 4 n^2 bytes for n parameters (206 MB for 7173).
///
/// `scaling` corrects the size of H (`none`: never): with `first` it is multiplied by $s^\top y / y^\top y$ before the
/// first update; with `al_baali` it is divided by $\min(1, 1/b)$, $b = s^\top H^{-1} s / s^\top y$, before each;
/// `broyden` is the self-scaled update of Broyden's family,
///
/// $$ H^+ = \frac1\tau \Big( H - \frac{u u^\top}{y^\top u} + \varphi\, (y^\top u)\, v v^\top \Big)
///    + \frac{s s^\top}{s^\top y}, \qquad v = \frac{s}{s^\top y} - \frac{u}{y^\top u} $$
///
/// with $\tau$ and $\varphi$ as in Urban, Stefanou and Pons.
///
///     mfg solve optimal_transport_2d --optimizer bfgs
///
/// J. Nocedal, S. J. Wright, Numerical optimization, 2nd ed., 2006, section 6.1; L. Ruthotto, S. Osher, W. Li, L.
/// Nurbekyan, S. Wu Fung, A machine learning framework for solving high-dimensional mean field game and mean field
/// control problems, PNAS 117, 2020. J. F. Urban, P. Stefanou, J. A. Pons, Unveiling the optimization process of
/// physics informed neural networks, J. Comput. Phys. 523, 2025.
#include <mfg/base/parallel.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/line_search.hpp>

#include <algorithm>
#include <cmath>

namespace {

struct BfgsSettings : mfg::LineSearchSettings {
    std::string scaling = "none";
};

/// Numbers of a curvature pair.
struct Pair {
    mfg::Real rho;  ///< 1 / s'y
    mfg::Real yu;   ///< y'Hy
    mfg::Real b;    ///< s'Bs / s'y, where B is the inverse of H
    std::size_t parameters;
};

/// H <- share H + ss s s' + su (s u' + u s') + uu u u'.
struct Update {
    mfg::Real share, ss, su, uu;
};

/// The members of Broyden's family; phi = 1 is BFGS, with H divided by tau before it.
Update broyden_family(const Pair& pair, mfg::Real phi, mfg::Real tau)
{
    const mfg::Real rho = pair.rho;
    return {1 / tau, phi * pair.yu * rho * rho / tau + rho, -phi * rho / tau, (phi - 1) / (pair.yu * tau)};
}

/// The update of Urban, Stefanou and Pons, in the form of their paper.
Update self_scaled(const Pair& pair, bool first)
{
    using mfg::Real;
    const Real h = pair.rho * pair.yu, b = pair.b;
    const Real a = b * h - 1;  // a >= 0 by the inequality of Cauchy and Schwarz
    // Then H already has the new curvature along s, and all members of the family agree.
    if (!(a > 1e-12) || pair.parameters < 2) return broyden_family(pair, 1, 1);
    const Real r = std::min<Real>(1, h * (1 - std::sqrt(a / (1 + a))));
    const Real theta = std::clamp((1 - b) / b, (r - 1) / a, 1 / r);
    const Real sigma = 1 + theta * a, root = std::pow(std::abs(sigma), 1 / (1 - static_cast<Real>(pair.parameters)));
    const Real limit = std::min<Real>(1, 1 / b);
    const Real tau = first ? h / sigma : theta <= 0 ? std::min(limit * root, sigma) : limit * std::min(root, 1 / theta);
    return broyden_family(pair, (1 - theta) / sigma, tau);
}

class Bfgs final : public mfg::LineSearchOptimizer {
public:
    using Settings = BfgsSettings;

    static void options(mfg::Options& o, Settings& s)
    {
        mfg::line_search_options(o, s);
        o("scaling", s.scaling, "correction of the size of H: none, before the first update, or in each",
          {"none", "first", "al_baali", "broyden"});
    }

    explicit Bfgs(const Settings& s)
        // Steps in multiples of an unscaled direction may have any length.
        : LineSearchOptimizer(
              s, s.line_search == "armijo" && s.scaling == "none" ? FirstTrial::growing : FirstTrial::doubling),
          scaling_(s.scaling)
    {
    }

protected:
    void forget(std::size_t n) override
    {
        if (mfg::length(triangle_) != entries(n)) triangle_ = mfg::make_vector(entries(n));
        if (s_.size() != n) s_ = w_ = u_ = mfg::make_vector(n);
        triangle_.fill(0);
        for (std::size_t i = 0; i < n; ++i) row(i)[i] = 1;
        corrected();
        learned_ = 0;
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
        const mfg::Real sg = mfg::dot(s, gradient), step = mfg::dot(s, s) / mfg::dot(s, direction);
        mfg::Real *q = product_.data(), *p = direction.data(), *w = w_.data(), *u = u_.data();
        for (std::size_t i = 0; i < n; ++i) u[i] = q[i] + p[i];
        const Update update = update_for({1 / sy, mfg::dot(y, u_), -step * (sg - sy) / sy, n}, mfg::dot(y, y));
        ++learned_;
        for (std::size_t i = 0; i < n; ++i) w[i] = 0.5 * update.ss * s.data()[i] + update.su * u[i];
        std::copy(s.begin(), s.end(), s_.begin());
        share_ = update.share;
        uu_ = update.uu;
        const mfg::Real wg = mfg::dot(w_, gradient), ug = uu_ * mfg::dot(u_, gradient);
        for (std::size_t i = 0; i < n; ++i) p[i] = -(share_ * q[i] + s_.data()[i] * wg + w[i] * sg + u[i] * ug);
        return true;
    }

    void save_state(mfg::Archive& archive) override
    {
        archive.per_parameter("correction_s", s_);
        archive.per_parameter("correction_w", w_);
        archive("inverse_hessian", triangle_, entries(mfg::length(s_)));
        if (u_.size() != s_.size()) u_ = mfg::make_vector(s_.size());
        if (scaling_ == "none") return;
        archive.per_parameter("correction_u", u_);
        archive("correction_share", share_);
        archive("correction_uu", uu_);
        archive("learned", learned_);
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

    Update update_for(const Pair& pair, mfg::Real yy) const
    {
        if (scaling_ == "broyden") return self_scaled(pair, learned_ == 0);
        if (scaling_ == "al_baali") return broyden_family(pair, 1, std::min<mfg::Real>(1, 1 / pair.b));
        return broyden_family(pair, 1, scaling_ == "first" && learned_ == 0 ? pair.rho * yy : 1);
    }

    /// No correction is left to be made.
    void corrected()
    {
        s_.fill(0);
        w_.fill(0);
        u_.fill(0);
        share_ = 1;
        uu_ = 0;
    }

    /// H <- share H + s w' + w s' + uu u u' with the correction that the last step left, and the product Hg, in one
    /// pass over H: its cost is that of reading and writing one triangle. A slot adds to its own vector, so that no
    /// order depends on threads.
    void correct_and_multiply(const mfg::Vector& gradient)
    {
        const std::size_t n = gradient.size();
        if (product_.size() != n) {
            product_ = mfg::make_vector(n);
            partial_ = mfg::make_matrix(slots, n);
        }
        const bool scaled = share_ != 1 || uu_ != 0;
        mfg::parallel_rows(slots, 4 * n * n / slots, [&](std::size_t begin, std::size_t end) {
            for (std::size_t slot = begin; slot < end; ++slot) {
                mfg::Real* q = &partial_(slot, 0);
                std::fill(q, q + first_row(slot + 1, n), 0.0);
                for (std::size_t i = first_row(slot, n); i < first_row(slot + 1, n); ++i) {
                    if (scaled) scale_row(row(i), i, u_.data());
                    q[i] += correct_row(row(i), i, s_.data(), w_.data(), gradient.data(), q);
                }
            }
        });
        product_.fill(0);
        for (std::size_t slot = 0; slot < slots; ++slot)
            for (std::size_t j = 0; j < first_row(slot + 1, n); ++j) product_.data()[j] += partial_(slot, j);
        corrected();
    }

    /// Row i of share H + uu u u'.
    void scale_row(mfg::Real* __restrict h, std::size_t i, const mfg::Real* __restrict u) const
    {
        const mfg::Real ui = uu_ * u[i], share = share_;
        for (std::size_t j = 0; j <= i; ++j) h[j] = share * h[j] + ui * u[j];
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

    std::string scaling_;
    mfg::Vector triangle_;  // rows of the lower triangle of H, without the last correction
    mfg::Vector s_, w_, u_;
    mfg::Real share_ = 1, uu_ = 0;
    std::uint64_t learned_ = 0;  // pairs
    mfg::Vector product_;
    mfg::Matrix partial_;
};

}  // namespace

MFG_PLUGIN(Bfgs, "bfgs", "quasi-Newton with a dense inverse Hessian");
