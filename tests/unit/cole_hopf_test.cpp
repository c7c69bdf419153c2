#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/views.hpp>
#include <mfg/random/monte_carlo.hpp>
#include "problems/cole_hopf/exact_solution.hpp"

#include "catch.hpp"

#include <cmath>

using namespace mfg;

namespace {

/// phi at one point x, t.
Real value(const ColeHopfSolution& exact, const Vector& point)
{
    const Index d = length(point) - 1;
    const Matrix row = xt::view(point, xt::newaxis(), xt::all());
    return map_points(row, 1, [&](Tape&, const Variable& in) {
        return exact.value(Jet(in.rows(0, d)), Jet(in.rows(d, 1))).value();
    })(0, 0);
}

}  // namespace

TEST_CASE("Cole and Hopf's solution: numbers at the origin", "[exact]")
{
    // By adaptive quadrature with 30 digits; published for d = 100: 4.5901 from samples.
    const std::pair<int, Real> known[] = {{10, 2.15702246482472706531988271151},
                                          {100, 4.5901617246048828391899},
                                          {1000, 6.90625515787315939144915066332}};
    for (const auto& [d, expected] : known)
        CHECK_THAT(value(ColeHopfSolution({d, 1, 0.01}), make_vector(d + 1)), WithinRel(expected, 1e-13));
}

TEST_CASE("Cole and Hopf's solution is the mean over the noise to come", "[exact]")
{
    const RandomStream stream(5, "noise");
    for (const int d : {1, 2, 10}) {
        const Real horizon = 1.5, t = 0.3;
        Vector point = make_vector(d + 1, 0.8);
        point(d) = t;
        MonteCarloMean mean;
        Vector noise = make_vector(d);
        for (int i = 0; i < 100000; ++i) {
            stream.normal(i, d, noise.data());
            Real square = 0;
            for (int k = 0; k < d; ++k) square += std::pow(point(k) + std::sqrt(2 * (horizon - t)) * noise(k), 2);
            mean.add(2 / (1 + square));
        }
        INFO("dimension " << d);
        CHECK(std::abs(std::exp(-value(ColeHopfSolution({d, horizon, 0.01}), point)) - mean.mean()) <
              4 * mean.standard_error());
    }
}
