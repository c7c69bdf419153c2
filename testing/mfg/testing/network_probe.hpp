#pragma once
#include <mfg/network.hpp>
#include <mfg/parameters.hpp>

namespace mfg {

/// A network with plain numbers in and out: what tests compare. The network outlives the probe.
class MFG_API NetworkProbe {
public:
    /// How the input is offered: as coordinates, for which a network may have closed forms; as coordinates whose value
    /// is of no interest (it counts as zero here); or as general jets.
    enum class Form { coordinates, derivatives, general };
    struct Adjoints {
        Vector parameters;
        Matrix points;
    };

    NetworkProbe(const Network& network, const NetworkInput& input);

    const NetworkInput& input() const { return input_; }
    const ParameterLayout& layout() const { return layout_; }

    /// One row a point: value, first derivatives (time last), Laplacian, as far as `order` asks for them.
    Matrix evaluate(const Vector& parameters, const Matrix& points, int order, Form form = Form::coordinates) const;
    /// Derivatives of the sum of `seeds` o evaluate(...).
    Adjoints reverse(const Vector& parameters, const Matrix& points, int order, Form form, const Matrix& seeds) const;

private:
    Variable output(Tape& tape, const Vector& parameters, Real* gradient, const Variable& points, int order,
                    Form form) const;

    const Network& network_;
    NetworkInput input_;
    ParameterLayout layout_;
};

/// Parameters away from the start, where networks may be zero; closer to it where a unit has many inputs: what
/// differences cannot resolve says nothing about the network.
Vector moved_parameters(const ParameterLayout& layout, std::uint64_t seed);

}  // namespace mfg
