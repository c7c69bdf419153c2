#pragma once
/// Adjoints of the tape against central differences.

#include <mfg/autodiff/tape.hpp>
#include <mfg/testing/differences.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <vector>

/// Numbers of one leaf `[rows x columns]`.
struct LeafValues {
    int rows, columns;
    std::vector<mfg::Real> numbers;
};

/// Numbers in (low, high), the same ones in every run.
inline LeafValues random_leaf(int rows, int columns, unsigned seed, mfg::Real low = -1, mfg::Real high = 1)
{
    std::mt19937_64 engine(seed);
    std::uniform_real_distribution<mfg::Real> uniform(low, high);
    LeafValues leaf{rows, columns, std::vector<mfg::Real>(static_cast<std::size_t>(rows) * columns)};
    for (mfg::Real& x : leaf.numbers) x = uniform(engine);
    return leaf;
}

using Variables = std::vector<mfg::Variable>;
/// An array made from leaves; its entries, weighted with fixed numbers and added, are the scalar that is
/// differentiated.
using Formula = std::function<mfg::Variable(mfg::Tape&, const Variables&)>;

/// The weight of entry i of a result: any numbers without structure do.
inline mfg::Real result_weight(std::size_t i)
{
    return std::sin(mfg::Real(1.7) * static_cast<mfg::Real>(i) + 1);
}

inline mfg::Real weighted_sum(const mfg::Variable& v)
{
    mfg::Real sum = 0;
    std::size_t i = 0;
    for (int r = 0; r < v.rows(); ++r)
        for (int c = 0; c < v.columns(); ++c) sum += result_weight(i++) * v(r, c);
    return sum;
}

inline Variables tape_leaves(mfg::Tape& tape, const std::vector<LeafValues>& leaves,
                             std::vector<std::vector<mfg::Real>>* gradients = nullptr)
{
    Variables variables;
    for (std::size_t l = 0; l < leaves.size(); ++l)
        variables.push_back(tape.leaf(leaves[l].numbers.data(), gradients ? (*gradients)[l].data() : nullptr,
                                      leaves[l].rows, leaves[l].columns));
    return variables;
}

/// Adds the gradient of the weighted sum to `gradients`; returns that sum.
inline mfg::Real add_gradient(mfg::Tape& tape, const Formula& formula, const std::vector<LeafValues>& leaves,
                              std::vector<std::vector<mfg::Real>>& gradients)
{
    tape.begin(true);
    const mfg::Variable out = formula(tape, tape_leaves(tape, leaves, &gradients));
    const mfg::Real value = weighted_sum(out);
    if (!out.active()) return value;
    mfg::Real* bar = tape.adjoint(out);
    std::size_t i = 0;
    for (int r = 0; r < out.rows(); ++r)
        for (int c = 0; c < out.columns(); ++c)
            bar[static_cast<std::ptrdiff_t>(r) * out.stride() + c] += result_weight(i++);
    tape.reverse();
    return value;
}

inline std::vector<std::vector<mfg::Real>> zero_gradients(const std::vector<LeafValues>& leaves)
{
    std::vector<std::vector<mfg::Real>> gradients;
    for (const LeafValues& leaf : leaves) gradients.emplace_back(leaf.numbers.size(), 0);
    return gradients;
}

/// The largest error of the gradient in all leaves, relative to the largest entry of a leaf's gradient; leaves whose
/// gradient is a thousand times smaller than that of others are measured by these, as rounding is.
inline mfg::Real gradient_error(const Formula& formula, std::vector<LeafValues> leaves)
{
    using mfg::Real;
    mfg::Tape tape;
    auto gradients = zero_gradients(leaves);
    add_gradient(tape, formula, leaves, gradients);

    const auto value = [&] {
        tape.begin(false);
        return weighted_sum(formula(tape, tape_leaves(tape, leaves)));
    };
    std::vector<Real> errors, sizes;
    for (std::size_t l = 0; l < leaves.size(); ++l) {
        Real error = 0, size = 0;
        for (std::size_t i = 0; i < leaves[l].numbers.size(); ++i) {
            Real& x = leaves[l].numbers[i];
            const Real kept = x, h = std::cbrt(std::numeric_limits<Real>::epsilon()) * std::max(Real(1), std::abs(x));
            const Real difference = mfg::first_difference(
                [&](Real step) {
                    x = kept + step;
                    return value();
                },
                h);
            x = kept;
            // Written so that a NaN counts as the largest of errors.
            const Real deviation = std::abs(gradients[l][i] - difference);
            error = deviation <= error      ? error
                    : std::isnan(deviation) ? std::numeric_limits<Real>::infinity()
                                            : deviation;
            size = std::max(size, std::abs(difference));
        }
        errors.push_back(error);
        sizes.push_back(size);
    }
    const Real largest = *std::max_element(sizes.begin(), sizes.end());
    Real worst = 0;
    for (std::size_t l = 0; l < leaves.size(); ++l)
        worst = std::max(worst, errors[l] / std::max({sizes[l], Real(1e-3) * largest, Real(1e-300)}));
    return worst;
}
