#include <mfg/base/error.hpp>
#include <mfg/fields.hpp>

#include <fmt/format.h>

namespace mfg {

FieldValues FieldValues::of(const Jet& function, const JetShape& shape)
{
    FieldValues values;
    if (function.is_zero()) return values;
    if (shape.value) values.value = Jet(function.value());
    if (shape.order == 0) return values;
    // The same everywhere.
    const bool constant = function.shape().order == 0;
    const auto zero = [&](int rows) { return function.tape().constant(rows, function.samples(), 0); };
    values.gradient = Jet(constant ? zero(shape.spatial) : function.gradient());
    if (shape.directions > shape.spatial) values.time_derivative = Jet(constant ? zero(1) : function.time_derivative());
    if (shape.order > 1) values.laplacian = Jet(constant ? zero(1) : function.laplacian());
    return values;
}

FieldValues logarithm(const FieldValues& density)
{
    constexpr Real smallest = 1e-6;
    FieldValues w;
    if (density.value.is_zero()) return w;
    const Jet squared = square(density.value) + smallest * smallest;
    w.value = Real(0.5) * log(squared);
    if (!density.gradient.is_zero()) w.gradient = density.value / squared * density.gradient;
    return w;
}

void FieldConstants::add(const Jet& constant)
{
    if (count_ == most) throw Error(fmt::format("problem: a system has at most {} unknown constants", most));
    constants_[count_++] = constant;
}

const Jet& FieldConstants::operator[](Index number) const
{
    if (number < 0 || number >= count_)
        throw Error(fmt::format("formula: there is no constant [{}] among {}; the first one is [0]", number, count_));
    return constants_[number];
}

const FieldValues& Fields::operator[](std::string_view name) const
{
    for (const Named& unknown : unknowns)
        if (unknown.name == name) return unknown.values;
    throw Error("formula: there is no unknown '" + std::string(name) + "'");
}

Jet Fields::population_mean(const Jet& values) const
{
    if (!population_weights.exists())
        throw Error(
            "formula: a mean over the population needs agents_per_time above 1, and an equation in the interior");
    const int groups = values.samples() / agents_per_time;
    const Variable weighted = multiply(population_weights, values.value()).reshape(groups, agents_per_time);
    const Variable ones = x.tape().constant(1, agents_per_time, 1);
    return Jet(matmul(sum_columns(weighted), ones).reshape(1, values.samples()));
}

}  // namespace mfg
