#include <mfg/autodiff/operations.hpp>
#include <mfg/training/objective.hpp>

#include "catch.hpp"

#include <limits>
#include <utility>

using namespace mfg;

namespace {

constexpr int size = 4;

/// One row of parameters.
class Row final : public Network {
public:
    std::vector<ParameterBlock> blocks(const NetworkInput&) const override { return {{"weight", 1, size}}; }
    void initialise(const NetworkInput&, const RandomStream&, int, Real* values) const override
    {
        for (int i = 0; i < size; ++i) values[i] = 1;
    }
    Jet evaluate(Tape&, const VariableList&, const Jet&) const override { return {}; }
};

/// Terms that are linear in the parameters: term i has the gradient `slopes[i]` everywhere.
class Linear final : public SampledLoss {
public:
    explicit Linear(std::vector<std::vector<Real>> s) : slopes(std::move(s)) {}
    std::vector<std::string> terms() const override { return std::vector<std::string>(slopes.size(), "term"); }
    Matrix sample(const RandomStream&, int count) const override
    {
        return make_matrix(static_cast<std::size_t>(count), 1);
    }
    Variable integrands(Tape& tape, const VariableList& parameters, const Variable& x, const Variable&) const override
    {
        std::vector<Variable> all;
        for (const std::vector<Real>& slope : slopes) {
            const Variable spread = tape.constant(size, x.columns());
            for (int i = 0; i < size; ++i)
                for (int j = 0; j < x.columns(); ++j) spread.write_row(i)[j] = slope[static_cast<std::size_t>(i)];
            all.push_back(matmul(parameters[0], spread));
        }
        return vconcat(all.data(), static_cast<int>(all.size()));
    }

    std::vector<std::vector<Real>> slopes;
};

/// The factors after balancing once, from 1.
Vector balanced(const Linear& loss, Vector factors)
{
    const Row row;
    ParameterLayout layout;
    layout.add("u", row, {size, false});
    SampledObjective objective(loss, layout, 1);
    objective.draw_sample(RandomStream(1, "sample"), 10, 1);
    // The ones that hold already play no part in the gradients.
    objective.set_weights(factors, 2);
    Vector gradient = make_vector(size);
    balance(objective, layout.initialise(1), factors, gradient);
    return factors;
}

}  // namespace

TEST_CASE("factors of terms move towards those with gradients of one size", "[balance]")
{
    const Linear loss({{3, -8, 1, 0}, {1, 1, -1, 1}, {0, 0, 0, -4}, {0, 0, 0, 0}});
    Vector factors = make_vector(4, 1);
    // The largest entry of the first is 8; the means of the others are 1, 1 and 0.
    factors = balanced(loss, factors);
    CHECK(factors(0) == 1);
    CHECK_THAT(factors(1), WithinRel(0.9 + 0.8, 1e-13));
    CHECK_THAT(factors(2), WithinRel(0.9 + 0.8, 1e-13));
    CHECK(factors(3) == 1);
    for (int k = 0; k < 200; ++k) factors = balanced(loss, factors);
    CHECK(factors(0) == 1);
    CHECK_THAT(factors(1), WithinRel(8, 1e-6));
}

TEST_CASE("gradients that say nothing leave the factors", "[balance]")
{
    const Real infinite = std::numeric_limits<Real>::infinity(), none = std::numeric_limits<Real>::quiet_NaN();
    for (const Real bad : {Real(0), infinite, none}) {
        INFO(bad);
        const Vector first = balanced(Linear({{bad, 0, 0, 0}, {1, 2, 3, 4}}), make_vector(2, 1));
        CHECK(first(0) == 1);
        CHECK(first(1) == 1);
        const Vector second = balanced(Linear({{2, 0, 0, 0}, {bad, 0, 0, 0}, {1, 1, 1, 1}}), make_vector(3, 1));
        CHECK(second(1) == 1);
        if (bad == 0) CHECK_THAT(second(2), WithinRel(0.9 + 0.2, 1e-13));
    }
}
