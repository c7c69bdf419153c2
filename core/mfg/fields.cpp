#include <mfg/base/error.hpp>
#include <mfg/fields.hpp>

namespace mfg {

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
