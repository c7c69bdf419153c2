/// Product laws on the torus, fitted to densities.
#include <mfg/base/constants.hpp>
#include <mfg/pde/product_law.hpp>
#include <mfg/random/random.hpp>

#include "catch.hpp"

#include <cmath>
#include <limits>

using namespace mfg;

namespace {

Matrix sobol(int count, int d, const char* name)
{
    Matrix points = make_matrix(count, d);
    const RandomStream stream = RandomStream(1, name).with(Sampling::sobol, d);
    for (int i = 0; i < count; ++i) stream.uniform(i, d, &points(i, 0));
    return points;
}

template <class Function>
Vector at(const Matrix& points, Function function)
{
    Vector values = make_vector(points.shape(0));
    for (Index i = 0; i < rows(points); ++i) values(i) = function(&points(i, 0));
    return values;
}

}  // namespace

TEST_CASE("a product law finds the mass of a density that is a product", "[product_law]")
{
    // The density exp(3 + sum_k sin 2 pi x_k + cos 4 pi x_k / 2): its mean is e^3 times a known integral to the power
    // d.
    constexpr int d = 10;
    const auto log_density = [](const Real* x) {
        Real sum = 3;
        for (int k = 0; k < d; ++k) sum += std::sin(two_pi * x[k]) + std::cos(2 * two_pi * x[k]) / 2;
        return sum;
    };
    Real integral = 0;
    constexpr int cells = 256;
    for (int j = 0; j < cells; ++j) {
        const Real x = (j + Real(0.5)) / cells;
        integral += std::exp(std::sin(two_pi * x) + std::cos(2 * two_pi * x) / 2) / cells;
    }
    const Real exact = 3 + d * std::log(integral);

    const Matrix pilot = sobol(1024, d, "pilot");
    const ProductLaw law(Box::unit(d, Face::periodic), pilot, at(pilot, log_density));
    CHECK(std::abs(law.mean() - 3) < 1e-10);
    const DrawnPoints drawn = law.draw(sobol(2048, d, "points"));
    Vector weights = at(drawn.points, log_density) - drawn.log_law;
    const Real mass = std::log(xt::mean(xt::exp(weights))());
    CHECK(std::abs(mass - exact) < 2e-4);
    // Uniform points miss it by far more.
    const Vector plain = at(sobol(2048, d, "points"), log_density);
    CHECK(std::abs(std::log(xt::mean(xt::exp(plain))()) - exact) > 5e-3);
    for (const Real x : drawn.points) CHECK((x >= 0 && x <= 1));
}

TEST_CASE("a product law stays uniform where nothing can be fitted", "[product_law]")
{
    const auto constant = [](const Real*) { return Real(2); };
    const Matrix few = sobol(64, 30, "few"), enough = sobol(64, 2, "enough");
    Vector broken = at(enough, constant);
    broken(7) = std::numeric_limits<Real>::infinity();
    const DrawnPoints in_many_dimensions =
        ProductLaw(Box::unit(columns(few), Face::periodic), few, at(few, constant)).draw(few);
    CHECK((in_many_dimensions.points == few));
    for (const Real log_law : in_many_dimensions.log_law) CHECK(log_law == 0);
    CHECK((ProductLaw(Box::unit(columns(enough), Face::periodic), enough, broken).draw(enough).points == enough));
    // A constant density is uniform, too.
    const DrawnPoints flat =
        ProductLaw(Box::unit(columns(enough), Face::periodic), enough, at(enough, constant)).draw(enough);
    for (Index i = 0; i < rows(enough); ++i) {
        CHECK(std::abs(flat.points(i, 0) - enough(i, 0)) < 1e-12);
        CHECK(std::abs(flat.log_law(i)) < 1e-12);
    }
}

TEST_CASE("between reflecting walls a product law is fitted by cosines of half the frequency", "[product_law]")
{
    const Box box{{-1, 0}, {3, 0.5}, {Face::reflecting, Face::periodic}, {Face::reflecting, Face::periodic}};
    const auto log_density = [](const Real* x) {
        return 2 + std::cos(pi * (x[0] + 1) / 4) + std::sin(two_pi * x[1] / 0.5) / 2;
    };
    Matrix pilot = sobol(512, 2, "pilot"), points = sobol(2048, 2, "points");
    box.from_unit(pilot);
    box.from_unit(points);
    const ProductLaw law(box, pilot, at(pilot, log_density));
    CHECK(std::abs(law.mean() - 2) < 1e-10);
    const DrawnPoints drawn = law.draw(points);
    const Vector weights = at(drawn.points, log_density) - drawn.log_law;
    const Real exact = 2 + std::log(std::cyl_bessel_i(0, 1) * std::cyl_bessel_i(0, 0.5));
    CHECK(std::abs(std::log(xt::mean(xt::exp(weights))()) - exact) < 1e-4);
    for (Index i = 0; i < rows(drawn.points); ++i) {
        CHECK((drawn.points(i, 0) >= -1 && drawn.points(i, 0) <= 3));
        CHECK((drawn.points(i, 1) >= 0 && drawn.points(i, 1) <= 0.5));
    }
}
