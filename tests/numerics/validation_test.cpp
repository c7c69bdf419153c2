#include <mfg/assessment/validation.hpp>

#include "catch.hpp"

#include <cmath>

using namespace mfg;

namespace {

/// Terms x and theta x^2 of uniform numbers x, whose mean 1/2 is known.
struct Moments final : SampledLoss {
    explicit Moments(bool with_variates_, bool with_shared_ = false, int together_ = 1)
        : with_variates(with_variates_), with_shared(with_shared_), together(together_)
    {
    }
    std::vector<std::string> terms() const override { return {"first", "second"}; }
    Matrix sample(const RandomStream& stream, int count) const override
    {
        Matrix x = make_matrix(static_cast<std::size_t>(count), 1);
        for (std::size_t i = 0; i < x.size(); ++i) stream.uniform(i, 1, &x(i, 0));
        return x;
    }
    Matrix control_variates(const Matrix& samples, int) const override
    {
        if (!with_variates) return make_matrix(samples.shape(0), 0);
        Matrix centred = samples;
        for (Real& x : centred) x -= 0.5;
        return centred;
    }
    Matrix shared_batch(const RandomStream& stream) const override
    {
        return with_shared ? sample(stream, 4) : make_matrix(0, 0);
    }
    int group() const override { return together; }
    Variable integrands(Tape&, const VariableList& parameters, const Variable& x, const Variable&) const override
    {
        return vconcat({x, multiply(multiply(x, x, 1), parameters[0], 1)});
    }

    bool with_variates, with_shared;
    int together;
};

struct Toy final : Formulation {
    explicit Toy(std::vector<Player> players_) : made(std::move(players_)) { parameters.add({"theta", 1, 1}); }
    const ParameterLayout& layout() const override { return parameters; }
    const std::vector<Player>& players() const override { return made; }
    std::unique_ptr<Solution> solution(const Vector&) const override { return nullptr; }

    ParameterLayout parameters;
    std::vector<Player> made;
};

Validation validated(const Formulation& formulation, bool fine = false)
{
    return validate(formulation, make_vector(1, 3), {0, "test", 1, 2, fine});
}

/// Standard errors of means of x and 3 x^2.
const Real n = 16384, error_of_x = std::sqrt(1 / Real(12) / n), error_of_square = 3 * std::sqrt(4 / Real(45) / n);

}  // namespace

TEST_CASE("terms of all players are validated, with errors and control variates", "[numerics][validation]")
{
    const Moments loss(true), fine(false);
    const Toy formulation({Player("one", loss).with_fine_steps(fine, "more"), Player("other", loss)});
    CHECK_FALSE(has_fine_steps(formulation));
    const Validation found = validated(formulation);
    REQUIRE(found.means.terms.size() == 4);
    REQUIRE(found.controlled);
    for (const std::size_t player : {0, 2}) {
        CHECK_THAT(found.means.terms[player], WithinAbs(0.5, 5 * error_of_x));
        CHECK_THAT(found.standard_errors->terms[player], WithinRel(error_of_x, 0.05));
        CHECK_THAT(found.standard_errors->terms[player + 1], WithinRel(error_of_square, 0.05));
        // The variate is the first term itself; of the second the part that is not linear stays: 3 (x^2 - x).
        CHECK_THAT(found.controlled->terms[player], WithinAbs(0.5, 1e-9));
        CHECK_THAT(found.controlled->terms[player + 1], WithinAbs(1, 5 * error_of_square / 4));
        CHECK_THAT(found.controlled_standard_errors->terms[player + 1], WithinRel(error_of_square / 4, 0.05));
    }
    CHECK(found.means.terms[0] != found.means.terms[2]);
    CHECK_THAT(found.means.objective, WithinAbs(3, 50 * error_of_square));
    // The terms of one player are correlated, the players are independent: sd(x + 3 x^2) = sqrt(1/12 + 1/2 + 4/5).
    CHECK_THAT(found.standard_errors->objective, WithinRel(std::sqrt(2 * (1 / 12.0 + 0.5 + 0.8) / n), 0.05));
}

TEST_CASE("there are no standard errors where samples share a batch, no variates where one player has none",
          "[numerics][validation]")
{
    const Moments with(true), without(false), tied(true, true);
    const Validation one = validated(Toy({Player("one", with), Player("other", without)}));
    CHECK(one.standard_errors);
    CHECK_FALSE(one.controlled);
    const Validation shared = validated(Toy({Player("one", tied)}));
    CHECK(shared.means.terms.size() == 2);
    CHECK_FALSE(shared.standard_errors);
    CHECK_FALSE(shared.controlled);

    const Toy formulation({Player("one", with).with_fine_steps(without, "more")});
    CHECK(has_fine_steps(formulation));
    CHECK(validated(formulation).controlled);
    CHECK_FALSE(validated(formulation, true).controlled);
}

TEST_CASE("any number of samples is validated, in whole groups", "[numerics][validation]")
{
    const Moments of_seven(true, false, 7);
    const Toy formulation({Player("one", of_seven)});
    const Vector parameters = make_vector(1, 3);
    const auto means = [&](int samples) {
        return validate(formulation, parameters, {samples, "test", 1, 2}).means.terms;
    };
    REQUIRE(of_seven.in_groups(20001) == 20006);
    CHECK(means(20001) == means(20006));
    CHECK(means(20001) != means(19999));
    CHECK_FALSE(validated(formulation).standard_errors);
}
