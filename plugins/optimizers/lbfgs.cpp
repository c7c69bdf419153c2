/// lbfgs: quasi-Newton with the inverse Hessian of the last `memory` curvature pairs; for many parameters.
///
/// The direction is $-H_k g$, where $H_k$ follows from $\gamma I$, $\gamma = s^\top y / y^\top y$ of the newest pair,
/// by the BFGS corrections of the stored pairs (two-loop recursion). Work and memory are $4 m n$ and $2 m n$ for $n$
/// parameters and $m$ pairs; `bfgs` needs multiples of $n^2$. By default steps satisfy the strong Wolfe conditions. The
/// first trial is 1 (after a start: of length 1 at most). Pairs without $s^\top y > 0$ are skipped. Pairs survive a
/// change of the sample, and no pair mixes two samples.
///
///     mfg solve optimal_transport_2d --optimizer lbfgs
///
/// J. Nocedal, Updating quasi-Newton matrices with limited storage, Math. Comp. 35, 1980; D. C. Liu, J. Nocedal, On the
/// limited memory BFGS method for large scale optimization, Math. Programming 45, 1989.
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/line_search.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace {

class Lbfgs final : public mfg::LineSearchOptimizer {
public:
    struct Settings {
        int memory = 20;
        mfg::LineSearchSettings search{"wolfe"};
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("memory", s.memory, "number of stored curvature pairs", mfg::at_least(1));
        mfg::line_search_options(o, s.search);
    }

    explicit Lbfgs(const Settings& s) : LineSearchOptimizer(s.search, FirstTrial::unit), pairs_(s.memory) {}

protected:
    void forget(std::size_t n) override
    {
        for (Pair& pair : pairs_)
            if (pair.s.size() != n) pair.s = pair.y = mfg::make_vector(n);
        count_ = 0;
    }

    void turn(const mfg::Vector& gradient, mfg::Vector& direction) override
    {
        direction = gradient;
        const std::size_t kept = std::min<std::size_t>(count_, pairs_.size());
        for (std::size_t k = 0; k < kept; ++k) {
            Pair& pair = recent(k);
            pair.share = mfg::dot(pair.s, direction) / pair.sy;
            add(-pair.share, pair.y, direction);
        }
        const mfg::Real scale = kept > 0 ? recent(0).sy / recent(0).yy : 1;
        direction *= -scale;
        for (std::size_t k = kept; k-- > 0;) {
            const Pair& pair = recent(k);
            add(-pair.share - mfg::dot(pair.y, direction) / pair.sy, pair.s, direction);
        }
    }

    bool learn(const mfg::Vector& s, const mfg::Vector& y, const mfg::Vector& gradient, mfg::Vector& direction) override
    {
        const mfg::Real sy = mfg::dot(s, y), yy = mfg::dot(y, y);
        // Below round-off of y the curvature is noise, and dividing by it would ruin the direction.
        if (sy > std::numeric_limits<mfg::Real>::epsilon() * yy) {
            ++count_;
            Pair& pair = recent(0);
            pair.s = s;
            pair.y = y;
            pair.sy = sy;
            pair.yy = yy;
        }
        turn(gradient, direction);
        return true;
    }

    void save_state(mfg::Archive& archive) override
    {
        archive("count", count_);
        for (std::size_t k = 0; k < pairs_.size(); ++k) {
            const std::string name = "pair" + std::to_string(k);
            archive.per_parameter(name + ".s", pairs_[k].s);
            archive.per_parameter(name + ".y", pairs_[k].y);
            archive(name + ".sy", pairs_[k].sy);
            archive(name + ".yy", pairs_[k].yy);
        }
    }

private:
    struct Pair {
        mfg::Vector s, y;
        mfg::Real sy = 0, yy = 0;  // s'y, y'y
        mfg::Real share = 0;       // of s in the direction, between the two loops
    };

    /// The k-th newest pair of the ring.
    Pair& recent(std::size_t k) { return pairs_[(count_ - 1 - k) % pairs_.size()]; }

    static void add(mfg::Real factor, const mfg::Vector& v, mfg::Vector& sum)
    {
        const mfg::Real* x = v.data();
        mfg::Real* y = sum.data();
        for (std::size_t i = 0; i < sum.size(); ++i) y[i] += factor * x[i];
    }

    std::uint64_t count_ = 0;  // pairs ever taken in
    std::vector<Pair> pairs_;
};

}  // namespace

MFG_PLUGIN(Lbfgs, "lbfgs", "quasi-Newton with the last curvature pairs");
