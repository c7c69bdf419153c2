#include <mfg/base/error.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/network_contract.hpp>
#include <mfg/testing/network_probe.hpp>
#include <mfg/testing/worst_error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace mfg {
namespace {

using Form = NetworkProbe::Form;

constexpr std::size_t points_tested = 5;
constexpr std::size_t entries_tested = 24;  // of each block, besides a random direction of all of it

Matrix normal_matrix(const RandomStream& stream, std::size_t rows, std::size_t columns, Real scale)
{
    Matrix result = make_matrix(rows, columns);
    for (std::size_t i = 0; i < rows; ++i) stream.normal(i, static_cast<int>(columns), &result(i, 0));
    result *= scale;
    return result;
}

Matrix columns_of(const Matrix& a, Index first, Index count)
{
    Matrix result = make_matrix(rows(a), count);
    for (Index i = 0; i < rows(a); ++i)
        for (Index k = 0; k < count; ++k) result(i, k) = a(i, first + k);
    return result;
}

Matrix row_of(const Matrix& a, std::size_t row)
{
    Matrix result = make_matrix(1, a.shape(1));
    for (std::size_t k = 0; k < a.shape(1); ++k) result(0, k) = a(row, k);
    return result;
}

Matrix as_matrix(const Vector& v)
{
    Matrix result = make_matrix(1, v.size());
    std::copy(v.begin(), v.end(), result.begin());
    return result;
}

Real inner_product(const Matrix& a, const Matrix& b)
{
    Real sum = 0;
    for (std::size_t i = 0; i < a.shape(0); ++i)
        for (std::size_t k = 0; k < a.shape(1); ++k) sum += a(i, k) * b(i, k);
    return sum;
}

Real norm(const Real* values, Index count)
{
    Real sum = 0;
    for (Index i = 0; i < count; ++i) sum += values[i] * values[i];
    return std::sqrt(sum);
}

/// A fixed sum of the outputs of a network that is a map: a scalar function with the same parameters.
class OutputSum final : public Network {
public:
    explicit OutputSum(const Network& network) : network_(network), factors_(make_matrix(1, 3))
    {
        for (std::size_t k = 0; k < 3; ++k) factors_(0, k) = Real(1) - Real(0.6) * static_cast<Real>(k);
    }

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
            throw Error("network: it has " + std::to_string(outputs.features()) + " values where input.outputs is 3");
        return affine(factors_, outputs);
    }

private:
    static NetworkInput map(NetworkInput input)
    {
        input.outputs = 3;
        return input;
    }
    const Network& network_;
    Matrix factors_;
};

class NetworkChecks {
public:
    explicit NetworkChecks(const Network& network) : scalar_(network), map_(network) {}

    CheckResults run()
    {
        CheckResults results;
        for (const int dimension : {1, 2, 10})
            for (const bool time : {true, false}) {
                const std::string where = "d = " + std::to_string(dimension) + (time ? " with time" : " without time");
                append_checks(results, "evaluation: " + where, [&] {
                    check_input(scalar_, {dimension, time}, where);
                    return CheckResults{};
                });
            }
        append_checks(results, "evaluation: three outputs", [&] {
            check_input(map_, {2, true}, "three outputs");
            return CheckResults{};
        });
        const auto count = [](CheckResult result, int number, const char* of) {
            if (result.passed) result.measured = std::to_string(number) + of;
            return result;
        };
        const CheckResults all{
            count(names_, blocks_seen_, " blocks of 7 inputs"),
            first_derivatives_.below("first derivatives are those of the value (finite differences)", 1e-6),
            laplacian_.below("the Laplacian is that of the value (finite differences)", 1e-5),
            parameters_.below("derivatives in the parameters (finite differences)", 1e-6),
            points_.below("derivatives in the input (finite differences)", 1e-6),
            forms_.below("coordinates and general jets give the same", 1e-9),
            without_value_.below("derivatives are the same where the value is not asked for", 1e-11),
            orders_.below("the value does not depend on which derivatives are asked for", 1e-11),
            batches_.below("a batch of n is n batches of one", 1e-11),
            count(starts_, blocks_seen_, " blocks of 7 inputs"),
            count(influence_, parameters_seen_, " parameters of 7 inputs")};
        results.insert(results.end(), all.begin(), all.end());
        return results;
    }

private:
    void check_input(const Network& network, const NetworkInput& input, const std::string& where)
    {
        check_names(network, input, where);
        check_start(network, input, where);

        const NetworkProbe probe(network, input);
        const std::size_t size = probe.layout().size();
        const Vector start = probe.layout().initialise(7);
        Vector larger = make_vector(size);
        RandomStream(7, "larger parameters").normal(0, static_cast<int>(size), larger.data());
        // Smaller ones where a unit has many inputs: what differences cannot resolve says nothing about the network.
        for (const auto& [block, offset] : probe.layout().entries()) {
            const Real scale = Real(0.4) * std::min(Real(1), 2 / std::sqrt(Real(block.columns)));
            for (std::size_t i = offset; i < offset + block.size(); ++i) larger(i) = start(i) + scale * larger(i);
        }
        Vector influence = make_vector(size);
        check_at(probe, start, where + ", starting values", influence);
        check_at(probe, larger, where + ", larger parameters", influence);
        check_influence(probe, influence, where);
    }

    void check_at(const NetworkProbe& probe, const Vector& theta, const std::string& where, Vector& influence)
    {
        const Index features = probe.input().features();
        const Index dimension = probe.input().dimension;
        const Matrix x = normal_matrix(RandomStream(7, "points"), points_tested, features, 0.8);
        const PointFunction value = [&](const Matrix& points) { return probe.evaluate(theta, points, 0); };
        const Matrix phi = value(x), all = probe.evaluate(theta, x, 2);
        // Rounding errors of differences are relative to the value.
        const Real floor = 1e-3 * largest(phi) + 1e-9;

        for (Index k = 0; k < features; ++k)
            first_derivatives_.compare(columns_of(all, 1 + k, 1), first_difference(value, x, k), floor,
                                       where + ", coordinate " + std::to_string(k + 1));
        laplacian_.compare(columns_of(all, 1 + features, 1), difference_laplacian(value, x, dimension, 1e-2), floor,
                           where);

        const Matrix first = probe.evaluate(theta, x, 1);
        orders_.compare(columns_of(first, 0, 1), phi, 0, where + ", order 1");
        orders_.compare(columns_of(all, 0, 1), phi, 0, where + ", order 2");
        orders_.compare(columns_of(all, 0, 1 + features), first, 0, where + ", order 1 and 2");
        for (std::size_t i = 0; i < points_tested; ++i)
            batches_.compare(probe.evaluate(theta, row_of(x, i), 2), row_of(all, i), largest(all), where);

        check_adjoints(probe, theta, x, where, influence);
    }

    void check_adjoints(const NetworkProbe& probe, const Vector& theta, const Matrix& x, const std::string& where,
                        Vector& influence)
    {
        for (const int order : {0, 1, 2}) {
            const std::string place = where + ", order " + std::to_string(order);
            const Matrix all = probe.evaluate(theta, x, order);
            const Matrix seeds = normal_matrix(RandomStream(7, "seeds"), x.shape(0), all.shape(1), 1);
            const auto bar = probe.reverse(theta, x, order, Form::coordinates, seeds);
            const auto general = probe.reverse(theta, x, order, Form::general, seeds);
            forms_.compare(all, probe.evaluate(theta, x, order, Form::general), 0, place + ", results");
            forms_.compare(as_matrix(bar.parameters), as_matrix(general.parameters), 0, place + ", parameters");
            forms_.compare(bar.points, general.points, 1e-6, place + ", input");
            if (order > 0) check_without_value(probe, theta, x, order, all, seeds, place);
            if (order != 2) continue;

            for (std::size_t i = 0; i < theta.size(); ++i) influence(i) += std::abs(bar.parameters(i));
            check_parameters(probe, theta, x, seeds, bar.parameters, place);
            const PointFunction sums = [&](const Matrix& points) {
                const Matrix values = probe.evaluate(theta, points, order);
                Matrix result = make_matrix(points.shape(0), 1);
                for (std::size_t i = 0; i < points.shape(0); ++i)
                    result(i, 0) = inner_product(row_of(values, i), row_of(seeds, i));
                return result;
            };
            const Real floor = largest(bar.points) + 1e-3 * largest(all);
            for (std::size_t k = 0; k < x.shape(1); ++k)
                points_.compare(columns_of(bar.points, k, 1), first_difference(sums, x, k), floor,
                                place + ", coordinate " + std::to_string(k + 1));
        }
    }

    /// Derivatives do not change where the value is not asked for.
    void check_without_value(const NetworkProbe& probe, const Vector& theta, const Matrix& x, int order, Matrix all,
                             Matrix seeds, const std::string& where)
    {
        for (std::size_t i = 0; i < x.shape(0); ++i) all(i, 0) = seeds(i, 0) = 0;
        const auto bar = probe.reverse(theta, x, order, Form::coordinates, seeds);
        const auto alone = probe.reverse(theta, x, order, Form::derivatives, seeds);
        without_value_.compare(probe.evaluate(theta, x, order, Form::derivatives), all, 0, where + ", results");
        without_value_.compare(as_matrix(alone.parameters), as_matrix(bar.parameters), 0, where + ", parameters");
        without_value_.compare(alone.points, bar.points, 1e-6, where + ", input");
    }

    void check_parameters(const NetworkProbe& probe, const Vector& theta, const Matrix& x, const Matrix& seeds,
                          const Vector& bar, const std::string& where)
    {
        const Real total = norm(bar.data(), bar.size());
        Vector moved = theta;
        const auto slope = [&](const auto& move) {
            return first_difference([&](Real step) {
                moved = theta;
                move(step);
                return inner_product(probe.evaluate(moved, x, 2), seeds);
            });
        };
        for (const auto& [block, offset] : probe.layout().entries()) {
            const std::size_t size = block.size();
            const Real* block_bar = bar.data() + offset;
            const Real scale = norm(block_bar, size) + 1e-3 * total;
            const std::string place = where + ", " + block.name;
            const std::size_t stride = (size + entries_tested - 1) / entries_tested;
            for (std::size_t i = 0; i < size; i += stride)
                parameters_.add(slope([&, at = offset + i](Real step) { moved(at) += step; }) - block_bar[i], scale,
                                place + " [" + std::to_string(i) + "]");
            Vector direction = make_vector(size);
            RandomStream(7, block.name).normal(0, static_cast<int>(size), direction.data());
            direction /= norm(direction.data(), size);
            Real expected = 0;
            for (std::size_t i = 0; i < size; ++i) expected += direction(i) * block_bar[i];
            parameters_.add(slope([&, start = offset](Real step) {
                                for (std::size_t i = 0; i < size; ++i) moved(start + i) += step * direction(i);
                            }) - expected,
                            scale, place + " in a random direction");
        }
    }

    void check_influence(const NetworkProbe& probe, const Vector& influence, const std::string& where)
    {
        for (const auto& [block, offset] : probe.layout().entries()) {
            const auto first = influence.begin() + offset;
            const auto dead = std::count(first, first + block.size(), Real(0));
            if (dead == 0 || !influence_.passed) continue;
            influence_.passed = false;
            influence_.measured = where + ": " + std::to_string(dead) + " of " + std::to_string(block.size()) +
                                  " parameters of " + block.name + " change nothing";
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
            if ((formed && fresh && block.rows > 0 && block.columns > 0) || !names_.passed) continue;
            names_.passed = false;
            names_.measured = where + ": block '" + name + "'" + (fresh ? "" : ", twice");
        }
        if (seen.empty()) names_ = {names_.what, false, where + ": no blocks"};
    }

    /// All of a block is written, nothing else, the same for the same stream, something else for another one.
    void check_start(const Network& network, const NetworkInput& input, const std::string& where)
    {
        const std::vector<ParameterBlock> blocks = network.blocks(input);
        bool streams_differ = false;
        for (std::size_t b = 0; b < blocks.size() && starts_.passed; ++b) {
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
            if (!broken.empty()) starts_ = {starts_.what, false, where + ", " + blocks[b].name + ": " + broken};
        }
        if (starts_.passed && !streams_differ)
            starts_ = {starts_.what, false, where + ": another stream gives the same values"};
    }

    const Network& scalar_;
    const OutputSum map_;
    WorstError first_derivatives_, laplacian_, parameters_, points_, forms_, without_value_, orders_, batches_;
    CheckResult names_{"block names are unique and of the form LAYER.KIND", true, ""};
    CheckResult starts_{"starting values follow from the stream", true, ""};
    CheckResult influence_{"every parameter has an influence", true, ""};
    int blocks_seen_ = 0, parameters_seen_ = 0;
};

}  // namespace

CheckResults check_network(const Network& network)
{
    return NetworkChecks(network).run();
}

}  // namespace mfg
