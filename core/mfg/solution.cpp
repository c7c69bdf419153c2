#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/solution.hpp>

#include <algorithm>

namespace mfg {

Real Solution::constant(std::string_view name) const
{
    throw Error("the solution has no constant '" + std::string(name) + "'");
}

const ParameterLayout& Solution::layout() const
{
    static const ParameterLayout none;
    return none;
}

const Vector& Solution::parameters() const
{
    static const Vector none = make_vector(0);
    return none;
}

Jet Solution::log_density(const Fields& fields) const
{
    return log_density_values(fields).value;
}

FieldValues Solution::log_density_values(const Fields& fields) const
{
    for (const Unknown& unknown : unknowns()) {
        if (unknown.role == Unknown::Role::value) continue;
        const FieldValues& u = fields[unknown.name];
        return unknown.role == Unknown::Role::log_density ? u : logarithm(u);
    }
    return {};
}

Solution::Part Solution::control_part() const
{
    const MeanFieldGame* game = problem().mean_field_game();
    return game && game->hamiltonian_traits().depends_on_density ? Part::all : Part::values;
}

Coupling Solution::coupling() const
{
    const MeanFieldGame* game = problem().mean_field_game();
    return game ? game->coupling() : Coupling::potential;
}

Fields Solution::fields(Tape& tape, const Variable& points, int order, Part part) const
{
    return evaluate(tape, layout().variables(tape, parameters().data(), nullptr), points, order, part);
}

Matrix Solution::map(const Matrix& points, int order, int outputs, const std::function<Jet(const Fields&)>& formula,
                     Part part) const
{
    if (columns(points) != coordinates())
        throw Error("points need " + std::to_string(coordinates()) + " numbers each; these have " +
                    std::to_string(points.shape(1)));
    // Small batches where jets are large, since every task has its own memory.
    const std::size_t columns = order == 0 ? 1 : (problem().dimension()) + 2;
    const auto function = [&](Tape& tape, const Variable& in) {
        const Jet out = formula(fields(tape, in, order, part));
        return out.is_zero() ? Variable{} : out.value();
    };
    return map_points(points, outputs, function, std::clamp<std::size_t>(512 / columns, 8, 256));
}

Matrix Solution::value(std::string_view unknown, const Matrix& points) const
{
    Part part = Part::all;
    for (const Unknown& u : unknowns())
        if (u.name == unknown) part = u.role == Unknown::Role::value ? Part::values : Part::densities;
    return map(
        points, 0, 1, [unknown](const Fields& f) { return f[unknown].value; }, part);
}

Matrix Solution::velocity_at(const Matrix& points) const
{
    return map(
        points, 1, problem().dimension(), [this](const Fields& f) { return velocity(f); }, control_part());
}

Matrix Solution::velocity_at(const Matrix& x, Real t) const
{
    return velocity_at(with_time(problem(), x, t));
}

Matrix with_time(const Problem& problem, const Matrix& x, Real t)
{
    if (problem.stationary()) return x;
    const std::size_t d = x.shape(1);
    Matrix points = make_matrix(x.shape(0), d + 1, t);
    for (std::size_t i = 0; i < x.shape(0); ++i) std::copy_n(&x(i, 0), d, &points(i, 0));
    return points;
}

}  // namespace mfg
