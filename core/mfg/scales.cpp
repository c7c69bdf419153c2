#include <mfg/scales.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// Mean and mean square deviation of a coordinate.
struct Spread {
    Real mean = 0, variance = 0;
};

std::vector<Spread> spreads(const Density& law)
{
    constexpr Index most_points = 4096, least_points = 64, numbers = Index{1} << 18;
    const Index d = law.dimension(), count = std::clamp(numbers / d, least_points, most_points);
    // Mirrored pairs: the mean of a symmetric law is exact.
    const RandomStream stream = RandomStream(0, "scales").with(Sampling::antithetic, static_cast<int>(d));
    const Matrix points = law.sample(stream, count);
    std::vector<Spread> result(d);
    for (Index k = 0; k < d; ++k) {
        Spread& s = result[k];
        for (Index i = 0; i < count; ++i) s.mean += points(i, k) / static_cast<Real>(count);
        for (Index i = 0; i < count; ++i) {
            const Real off = points(i, k) - s.mean;
            s.variance += off * off / static_cast<Real>(count);
        }
    }
    return result;
}

/// Where agents go: the law that the game aims at or, without one, evenly over the window, which shows two coordinates;
/// in the others agents stay where they are.
std::vector<Spread> aims(const MeanFieldGame& game, const std::vector<Spread>& start)
{
    if (const Density* target = game.target_density()) return spreads(*target);
    std::vector<Spread> result = start;
    const Window w = game.window();
    const Real sides[][2] = {{w.x_low, w.x_high}, {w.y_low, w.y_high}};
    for (std::size_t k = 0; k < std::min(std::size(sides), result.size()); ++k) {
        const Real side = sides[k][1] - sides[k][0];
        result[k] = {(sides[k][0] + sides[k][1]) / 2, side * side / 12};
    }
    return result;
}

}  // namespace

Scales scales_of(const MeanFieldGame& game)
{
    const std::vector<Spread> start = spreads(game.initial_density()), aim = aims(game, start);
    const Index d = length(start);
    Scales scales{make_vector(d), 1, game.horizon(), 1};
    Real largest = 0;  // mean square of a coordinate's distance from its centre
    for (Index k = 0; k < d; ++k) {
        const Real half = (start[k].mean - aim[k].mean) / 2;
        scales.centre(k) = (start[k].mean + aim[k].mean) / 2;
        largest = std::max(largest, (start[k].variance + aim[k].variance) / 2 + half * half);
    }
    // Half of the deviation: networks and optimizers have defaults for games of this size.
    if (largest > 0 && std::isfinite(largest)) scales.length = std::sqrt(largest) / 2;
    // What rounding leaves of a centre at the origin.
    for (Real& c : scales.centre)
        if (std::abs(c) < 1e-9 * scales.length) c = 0;
    scales.value = game.weights().transport * scales.length * scales.length / scales.time;
    return scales;
}

Scales scales_of(const MeanFieldGame& game, const std::string& choice)
{
    return choice == "auto" ? scales_of(game) : Scales{make_vector(game.dimension())};
}

void scales_option(Options& options, std::string& choice)
{
    options("scales", choice,
            "units in which networks and optimizers see the game: typical sizes in it, or those of its numbers",
            {"auto", "none"});
}

ScaledNetwork::ScaledNetwork(const Network& network, const Scales& scales, Real unit)
    : network_(network),
      shift_(make_vector(length(scales.centre) + 1)),
      inverse_(make_vector(length(scales.centre) + 1, 1 / scales.length)),
      length_(scales.length),
      time_(scales.time),
      unit_(unit),
      plain_(xt::all(xt::equal(scales.centre, 0)) && length_ == 1 && time_ == 1 && unit == 1)
{
    std::transform(scales.centre.begin(), scales.centre.end(), shift_.begin(), [](Real c) { return -c; });
    inverse_(length(scales.centre)) = 1 / scales.time;
}

Jet ScaledNetwork::evaluate(Tape& tape, const VariableList& prepared, const Jet& input) const
{
    if (plain_) return network_.evaluate(tape, prepared, input);
    if (!input.is_coordinates()) return unit_ * network_.evaluate(tape, prepared, inverse_ * (input + shift_));
    // Scaled coordinates are still coordinates, so that networks use their closed forms.
    const Variable points = (inverse_ * (Jet(input.value()) + shift_)).value();
    const Jet value = network_.evaluate(tape, prepared, Jet::coordinates(points, input.shape()));
    return of_scaled_coordinates(value, unit_, length_, time_);
}

}  // namespace mfg
