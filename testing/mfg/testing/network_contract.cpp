#include <mfg/base/error.hpp>
#include <mfg/base/views.hpp>
#include <mfg/testing/contracts.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/network_probe.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace mfg {
namespace {

using Form = NetworkProbe::Form;

constexpr Index points_tested = 5;
constexpr Index entries_tested = 24;  // of each block, besides a random direction of all of it

Matrix normal_matrix(const char* stream, Index rows, Index columns)
{
    Matrix result = make_matrix(rows, columns);
    for (Index i = 0; i < rows; ++i) RandomStream(7, stream).normal(i, columns, &result(i, 0));
    return result;
}

Matrix as_matrix(const Vector& v)
{
    return xt::view(v, xt::newaxis(), xt::all());
}

/// A fixed sum of the outputs of a network that is a map: a scalar function with the same parameters.
class OutputSum final : public Network {
public:
    explicit OutputSum(const Network& network) : network_(network) {}

    std::vector<ParameterBlock> blocks(const NetworkInput& input) const override { return network_.blocks(map(input)); }
    void initialise(const NetworkInput& input, const RandomStream& stream, int block, Real* values) const override
    {
        network_.initialise(map(input), stream, block, values);
    }
    VariableList prepare(Tape& tape, const VariableList& parameters, const NetworkInput& input) const override
    {
        return network_.prepare(tape, parameters, map(input));
    }
    Jet evaluate(Tape& tape, const VariableList& prepared, const Jet& input) const override
    {
        const Jet outputs = network_.evaluate(tape, prepared, input);
        if (outputs.features() != 3)
            throw Error(fmt::format("network: it has {} values where input.outputs is 3", outputs.features()));
        return affine(factors_, outputs);
    }

private:
    static NetworkInput map(NetworkInput input)
    {
        input.outputs = 3;
        return input;
    }
    const Network& network_;
    Matrix factors_{{1, 0.4, -0.2}};
};

class NetworkChecks {
public:
    explicit NetworkChecks(const Network& network) : scalar_(network), map_(network) {}

    CheckResults run()
    {
        CheckResults results;
        const auto check = [&](const Network& network, const NetworkInput& input, const std::string& where) {
            append_checks(results, "evaluation: " + where, [&] {
                check_input(network, input, where);
                return CheckResults{};
            });
        };
        for (const int dimension : {1, 2, 10})
            for (const bool time : {true, false})
                check(scalar_, {dimension, time}, fmt::format("d = {} {} time", dimension, time ? "with" : "without"));
        check(map_, {2, true}, "three outputs");
        const std::string blocks = std::to_string(blocks_seen_) + " blocks of 7 inputs";
        const CheckResults all{
            kept_unless(names_, "block names are unique and of the form LAYER.KIND", blocks),
            first_derivatives_.below("first derivatives are those of the value (finite differences)", 1e-6),
            laplacian_.below("the Laplacian is that of the value (finite differences)", 1e-5),
            parameters_.below("derivatives in the parameters (finite differences)", 1e-6),
            points_.below("derivatives in the input (finite differences)", 1e-6),
            forms_.below("coordinates and general jets give the same", 1e-9),
            without_value_.below("derivatives are the same where the value is not asked for", 1e-11),
            orders_.below("the value does not depend on which derivatives are asked for", 1e-11),
            batches_.below("a batch of n is n batches of one", 1e-11),
            kept_unless(starts_, "starting values follow from the stream", blocks),
            kept_unless(influence_, "every parameter has an influence",
                        std::to_string(parameters_seen_) + " parameters of 7 inputs")};
        results.insert(results.end(), all.begin(), all.end());
        return results;
    }

private:
    void check_input(const Network& network, const NetworkInput& input, const std::string& where)
    {
        check_names(network, input, where);
        check_start(network, input, where);

        const NetworkProbe probe(network, input);
        Vector influence = make_vector(probe.layout().size());
        check_at(probe, probe.layout().initialise(7), where + ", starting values", influence);
        check_at(probe, moved_parameters(probe.layout(), 7), where + ", larger parameters", influence);
        check_influence(probe, influence, where);
    }

    void check_at(const NetworkProbe& probe, const Vector& theta, const std::string& where, Vector& influence)
    {
        const Index features = probe.input().features();
        const Matrix x = 0.8 * normal_matrix("points", points_tested, features);
        const PointFunction value = [&](const Matrix& points) { return probe.evaluate(theta, points, 0); };
        const Matrix phi = value(x), all = probe.evaluate(theta, x, 2);
        // Rounding errors of differences are relative to the value.
        const Real floor = 1e-3 * largest(phi) + 1e-9;

        for (Index k = 0; k < features; ++k)
            first_derivatives_.compare(columns_of(all, 1 + k, 1), first_difference(value, x, k), floor,
                                       where + ", coordinate " + std::to_string(k + 1));
        laplacian_.compare(columns_of(all, 1 + features, 1),
                           difference_laplacian(value, x, probe.input().dimension, 1e-2), floor, where);

        const Matrix first = probe.evaluate(theta, x, 1);
        orders_.compare(columns_of(first, 0, 1), phi, 0, where + ", order 1");
        orders_.compare(columns_of(all, 0, 1), phi, 0, where + ", order 2");
        orders_.compare(columns_of(all, 0, 1 + features), first, 0, where + ", order 1 and 2");
        for (Index i = 0; i < points_tested; ++i)
            batches_.compare(probe.evaluate(theta, row_of(x, i), 2), row_of(all, i), largest(all), where);

        check_adjoints(probe, theta, x, where, influence);
    }

    void check_adjoints(const NetworkProbe& probe, const Vector& theta, const Matrix& x, const std::string& where,
                        Vector& influence)
    {
        for (const int order : {0, 1, 2}) {
            const std::string place = where + ", order " + std::to_string(order);
            const Matrix all = probe.evaluate(theta, x, order);
            const Matrix seeds = normal_matrix("seeds", points_tested, columns(all));
            const auto bar = probe.reverse(theta, x, order, Form::coordinates, seeds);
            const auto general = probe.reverse(theta, x, order, Form::general, seeds);
            forms_.compare(all, probe.evaluate(theta, x, order, Form::general), 0, place + ", results");
            forms_.compare(as_matrix(bar.parameters), as_matrix(general.parameters), 0, place + ", parameters");
            forms_.compare(bar.points, general.points, 1e-6, place + ", input");
            if (order > 0) check_without_value(probe, theta, x, order, all, seeds, place);
            if (order != 2) continue;

            influence += xt::abs(bar.parameters);
            check_parameters(probe, theta, x, seeds, bar.parameters, place);
            const PointFunction sums = [&](const Matrix& points) -> Matrix {
                return xt::sum(probe.evaluate(theta, points, order) * seeds, {1}, xt::keep_dims);
            };
            const Real floor = largest(bar.points) + 1e-3 * largest(all);
            for (Index k = 0; k < columns(x); ++k)
                points_.compare(columns_of(bar.points, k, 1), first_difference(sums, x, k), floor,
                                fmt::format("{}, coordinate {}", place, k + 1));
        }
    }

    void check_without_value(const NetworkProbe& probe, const Vector& theta, const Matrix& x, int order, Matrix all,
                             Matrix seeds, const std::string& where)
    {
        xt::col(all, 0) = 0;
        xt::col(seeds, 0) = 0;
        const auto bar = probe.reverse(theta, x, order, Form::coordinates, seeds);
        const auto alone = probe.reverse(theta, x, order, Form::derivatives, seeds);
        without_value_.compare(probe.evaluate(theta, x, order, Form::derivatives), all, 0, where + ", results");
        without_value_.compare(as_matrix(alone.parameters), as_matrix(bar.parameters), 0, where + ", parameters");
        without_value_.compare(alone.points, bar.points, 1e-6, where + ", input");
    }

    void check_parameters(const NetworkProbe& probe, const Vector& theta, const Matrix& x, const Matrix& seeds,
                          const Vector& bar, const std::string& where)
    {
        const auto value = [&](const Vector& moved) { return xt::sum(probe.evaluate(moved, x, 2) * seeds)(); };
        const Real total = norm(bar);
        for (const auto& [block, offset] : probe.layout().entries()) {
            const Index size = block.size(), stride = (size + entries_tested - 1) / entries_tested;
            const Vector block_bar = entries(bar, offset, size);
            const Real scale = norm(block_bar) + 1e-3 * total;
            const std::string place = where + ", " + block.name;
            for (Index i = 0; i < size; i += stride)
                parameters_.add(first_difference(value, theta, offset + i, make_vector(1, 1)) - block_bar(i), scale,
                                fmt::format("{} [{}]", place, i));
            const Vector direction = random_direction(RandomStream(7, block.name), size);
            parameters_.add(first_difference(value, theta, offset, direction) - xt::sum(direction * block_bar)(), scale,
                            place + " in a random direction");
        }
    }

    void check_influence(const NetworkProbe& probe, const Vector& influence, const std::string& where)
    {
        for (const auto& [block, offset] : probe.layout().entries()) {
            const Vector of_block = entries(influence, offset, block.size());
            const auto dead = std::count(of_block.begin(), of_block.end(), Real(0));
            if (dead > 0 && influence_.empty())
                influence_ =
                    fmt::format("{}: {} of {} parameters of {} change nothing", where, dead, block.size(), block.name);
        }
    }

    void check_names(const Network& network, const NetworkInput& input, const std::string& where)
    {
        std::set<std::string> seen;
        for (const ParameterBlock& block : network.blocks(input)) {
            ++blocks_seen_;
            parameters_seen_ += static_cast<int>(block.size());
            const std::string& name = block.name;
            const std::size_t dot = name.find('.');
            const bool formed = !name.empty() && dot != 0 && dot != name.size() - 1 &&
                                name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string::npos;
            const bool fresh = seen.insert(name).second;
            if ((!formed || !fresh || block.rows <= 0 || block.columns <= 0) && names_.empty())
                names_ = fmt::format("{}: block '{}'{}", where, name, fresh ? "" : ", twice");
        }
        if (seen.empty()) names_ = where + ": no blocks";
    }

    /// All of a block is written, nothing else, the same for the same stream, something else for another one.
    void check_start(const Network& network, const NetworkInput& input, const std::string& where)
    {
        const std::vector<ParameterBlock> blocks = network.blocks(input);
        bool streams_differ = false;
        for (std::size_t b = 0; b < blocks.size() && starts_.empty(); ++b) {
            const std::size_t size = blocks[b].size();
            const auto start = [&](std::uint64_t seed) {
                Vector values = make_vector(size + 1, std::numeric_limits<Real>::quiet_NaN());
                network.initialise(input, RandomStream(seed, "start"), static_cast<int>(b), values.data());
                return values;
            };
            const Vector first = start(1), again = start(1), other = start(2);
            std::string broken;
            for (std::size_t i = 0; i < size; ++i) {
                if (!std::isfinite(first(i))) broken = "a value is not set or not finite";
                if (first(i) != again(i)) broken = "the same stream gives other values";
                if (first(i) != other(i)) streams_differ = true;
            }
            if (!std::isnan(first(size))) broken = "it writes beyond the block";
            if (!broken.empty()) starts_ = fmt::format("{}, {}: {}", where, blocks[b].name, broken);
        }
        if (starts_.empty() && !streams_differ) starts_ = where + ": another stream gives the same values";
    }

    const Network& scalar_;
    const OutputSum map_;
    WorstError first_derivatives_, laplacian_, parameters_, points_, forms_, without_value_, orders_, batches_;
    std::string names_, starts_, influence_;  // how the promise was broken, if it was
    int blocks_seen_ = 0, parameters_seen_ = 0;
};

}  // namespace

CheckResults check_network(const Network& network)
{
    return NetworkChecks(network).run();
}

}  // namespace mfg
