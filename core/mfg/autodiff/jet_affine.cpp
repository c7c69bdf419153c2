#include <mfg/autodiff/jet_support.hpp>
#include <mfg/autodiff/separate_adjoints.hpp>

#include <algorithm>

namespace mfg {
namespace {

constexpr int max_terms = 4;

/// Where the features of a jet are in memory, for one product of an affine map.
struct Factor {
    Variable weight, x;
    const int* direction;  // null unless each feature has its own direction
    bool dense() const { return !direction; }
};

/// W' bar for features with one direction each: the adjoint of a product with their weights.
void pull_diagonal(Tape& tape, const Factor& p, const Kernels::Jets& jets, Kernels::In bar)
{
    const Index features = p.x.rows(), n = jets.n;
    const Kernels::Out to = added_adjoint(tape, p.x);
    gemm(true, false, features, n, jets.rows, p.weight, bar, to);
    const auto add = [&](Index f, Index from, Index at) {
        for (Index r = 0; r < jets.rows; ++r)
            kernels().multiply(1, n, 1, {bar.row(r) + from * n, 0}, {p.weight.row(r) + f, 0}, 0,
                               {to.row(f) + at * n, 0, true});
    };
    for (Index f = 0; f < features; ++f) {
        add(f, 1 + p.direction[f], 1);
        if (jets.laplacian && p.direction[f] < jets.spatial) add(f, 1 + jets.directions, 2);
    }
    tape.count(2.0 * jets.rows * n * features * (2 + jets.laplacian));
}

}  // namespace

Jet affine(const Matrix& weight, const Jet& a)
{
    require_present(a);
    return affine(a.tape().constant_view(weight.data(), rows(weight), columns(weight)), a);
}

Jet affine(const Variable& weight, const Jet& a, const Variable& bias)
{
    return affine({{weight, a}}, bias);
}

Jet affine(std::initializer_list<AffineTerm> terms, const Variable& bias)
{
    using Structure = Jet::Structure;
    if (terms.size() < 1 || terms.size() > max_terms)
        throw Error("affine: between 1 and 4 products can be added at once");
    struct Factors {
        Index count = 0;
        Factor of[max_terms];
    } factors;
    const Jet* shaped = nullptr;
    bool active = bias.active();
    const auto take = [&](const AffineTerm& term, bool directed) {
        require_present(term.jet);
        require_same_size(term.weight.columns(), term.jet.features());
        const Jet in = directed ? term.jet.diagonal() : term.jet.dense();
        factors.of[factors.count++] = {term.weight, in.array_, directed ? in.direction_ : nullptr};
        if (term.jet.structure_ != Structure::constant) shaped = &term.jet;
        active = active || term.weight.active() || in.array_.active();
    };
    // A product of features with one direction comes first: its kernel assigns the whole result. Those of jets without
    // derivatives come last: they add to values alone.
    const AffineTerm *const begin = terms.begin(), *const end = terms.end();
    const AffineTerm* const first = std::find_if(begin, end, [](const AffineTerm& t) { return t.jet.directed(); });
    if (first != end) take(*first, true);
    for (const bool constant : {false, true})
        for (const AffineTerm* term = begin; term != end; ++term)
            if (term != first && (term->jet.structure_ == Structure::constant) == constant) take(*term, false);

    const JetShape shape = shaped ? shaped->shape_ : JetShape{};
    const Index n = begin->jet.samples_, m = begin->weight.rows();
    for (const AffineTerm& term : terms) {
        require_shapes(term.jet.samples_ == n && term.weight.rows() == m, "affine", begin->weight, begin->jet.array_,
                       term.weight, term.jet.array_);
        if (term.jet.structure_ != Structure::constant) require_same_derivatives(term.jet, *shaped);
    }
    require_shapes(!bias.exists() || (bias.rows() == m && bias.columns() == 1), "affine: bias", begin->weight, bias);
    Tape& tape = begin->jet.tape();
    const Variable out = tape.result(m, shape.components() * n, active);
    const Kernels::Jets jets = arrays_of(shape, m, n);
    bool biased = !bias.exists();
    for (Index i = 0; i < factors.count; ++i) {
        const auto& [weight, x, direction] = factors.of[i];
        if (direction) {
            kernels().jet_diagonal_affine(jets, x.rows(), direction, weight, x, bias, assigned(out));
            biased = true;
        } else {
            gemm(false, false, m, x.columns(), x.rows(), weight, x, i == 0 ? assigned(out) : added(out));
        }
        tape.count(2.0 * m * x.columns() * x.rows());
    }
    if (!biased) kernels().spread_column(m, n, 1, bias, added(out));
    if (bias.exists()) tape.count(1.0 * m * n);

    tape.record(out, [=](Tape& t, const Real* bar) {
        const Kernels::In in(bar, out.stride());
        for (Index i = 0; i < factors.count; ++i) {
            const Factor& p = factors.of[i];
            const Index k = p.x.rows(), columns = p.x.columns();
            if (p.weight.active() && t.separation(p.weight)) {
                // A jet without derivatives has values alone.
                pull_products(t, p.weight, m, p.dense() ? columns : out.columns(), in,
                              {p.x, k, p.direction, jets.laplacian, jets.spatial});
            } else if (p.weight.active()) {
                if (p.dense())
                    gemm(false, true, m, k, columns, in, p.x, adjoint(t, p.weight));
                else
                    kernels().jet_diagonal_affine_weight(jets, k, p.direction, p.x, in, added_adjoint(t, p.weight));
                t.count(2.0 * m * k * columns);
            }
            if (!p.x.active()) continue;
            if (p.dense()) {
                gemm(true, false, k, columns, m, p.weight, in, adjoint(t, p.x));
                t.count(2.0 * m * k * columns);
            } else {
                pull_diagonal(t, p, jets, in);
            }
        }
        if (bias.active()) {
            pull_sums(t, bias, m, n, 1, in, {});
            t.count(1.0 * m * n);
        }
    });
    Jet jet = begin->jet;
    jet.shape_ = shape;
    return jet.with(out, shaped ? Structure::dense : Structure::constant);
}

}  // namespace mfg
