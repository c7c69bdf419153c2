#include <mfg/plugin/registry.hpp>
#include <mfg/testing/check.hpp>
#include <mfg/testing/contracts.hpp>
#include <mfg/testing/network_probe.hpp>

#include "contract.hpp"

using namespace mfg;

namespace {

/// Phi(s) = sum_k a_k sin(b_k . s) + c, with one fault of choice.
class Waves final : public Network {
public:
    enum class Fault { none, laplacian, adjoint, dead_parameter, name, batch, start };

    explicit Waves(Fault fault = Fault::none) : fault_(fault) {}

    std::vector<ParameterBlock> blocks(const NetworkInput& input) const override
    {
        return {{"waves.weight", 3, input.features()},
                {fault_ == Fault::name ? "waves.weight" : "output.weight", input.outputs, 3},
                {"output.bias", input.outputs + (fault_ == Fault::dead_parameter ? 1 : 0), 1}};
    }

    void initialise(const NetworkInput& input, const RandomStream& stream, int block, Real* values) const override
    {
        const int count = static_cast<int>(blocks(input)[static_cast<std::size_t>(block)].size());
        stream.normal(static_cast<std::uint64_t>(block), fault_ == Fault::start ? count - 1 : count, values);
    }

    Jet evaluate(Tape& tape, const VariableList& p, const Jet& input) const override
    {
        const Variable bias = p[2].rows(0, p[1].rows());
        const Jet phase = affine(p[0], input), phi = affine(p[1], sin(phase), bias);
        if (!input.is_coordinates() || phi.shape().order == 0 || phi.features() > 1) return phi;
        Variable value = phi.value(), laplacian;
        if (fault_ == Fault::batch) value = multiply(value, tape.constant(1, 1, 1 + 1e-6 * value.columns()));
        Variable gradient = phi.derivative(0);
        for (int k = 1; k < phi.shape().directions; ++k) gradient = vconcat({gradient, phi.derivative(k)});
        if (phi.shape().order == 2) laplacian = combine({{fault_ == Fault::laplacian ? 1.001 : 1.0, phi.laplacian()}});
        if (fault_ == Fault::adjoint)
            gradient = combine(
                {{2, gradient}, {-1, tape.constant_view(gradient.data(), gradient.rows(), gradient.columns())}});
        return Jet::scalar(value, gradient, laplacian, phi.shape());
    }

private:
    Fault fault_;
};

CheckResults check_fault(Waves::Fault fault)
{
    return check_network(Waves(fault));
}

}  // namespace

TEST_CASE("every network keeps the contract", "[contract][network]")
{
    require_all_plugins("network", 3);
}

TEST_CASE("resnet keeps the contract with all its options", "[contract][network]")
{
    Registry registry;
    for (const char* laplacian : {"gram", "direct", "jet"})
        for (const char* layers : {"1", "2", "3"})
            for (const char* rank : {"0", "3"}) {
                INFO("laplacian " << laplacian << ", layers " << layers << ", rank " << rank);
                const auto network = registry.create<Network>(
                    "resnet", {{"laplacian", laplacian}, {"layers", layers}, {"rank", rank}, {"width", "5"}});
                require_all(check_network(*network));
            }
}

TEST_CASE("dgm and mlp keep the contract with all their options", "[contract][network]")
{
    Registry registry;
    for (const char* activation : {"tanh", "sin", "log_cosh", "softplus", "swish"})
        for (const char* layers : {"1", "2"}) {
            INFO("activation " << activation << ", layers " << layers);
            const Options::Given options{{"activation", activation}, {"layers", layers}, {"width", "5"}};
            require_all(check_network(*registry.create<Network>("mlp", options)));
            for (const char* gate : {"opening", "current"}) {
                INFO("gate " << gate);
                auto with_gate = options;
                with_gate["gate"] = gate;
                require_all(check_network(*registry.create<Network>("dgm", with_gate)));
            }
        }
}

TEST_CASE("mlp has a width for each layer, or one for all", "[contract][network]")
{
    Registry registry;
    const auto network = registry.create<Network>("mlp", {{"width", "6,3,5"}, {"output_scale", "1"}}),
               one = registry.create<Network>("mlp", {{"width", "4"}}),
               list = registry.create<Network>("mlp", {{"width", "4,4,4"}});
    require_all(check_network(*network));
    const auto layout_of = [](const Network& of) { return NetworkProbe(of, NetworkInput{2, false}).layout(); };
    // 2 -> 6 -> 3 -> 5 -> 1
    CHECK(layout_of(*network).size() == 18 + 21 + 20 + 6);
    CHECK((layout_of(*one).initialise(3) == layout_of(*list).initialise(3)));
    for (const char* wrong : {"4,4", "4,4,4,4"})
        CHECK_THAT(message_of<Error>([&] {
                       registry.create<Network>("mlp", {{"width", wrong}});
                   }),
                   ContainsSubstring("give one number, or one a layer"));
}

TEST_CASE("mlp sees the distance and the time by themselves", "[contract][network]")
{
    Registry registry;
    const auto network = registry.create<Network>(
        "mlp", {{"width", "5"}, {"norm", "yes"}, {"input_scale", "1e-12"}, {"output_scale", "1"}});
    require_all(check_network(*network));
    // Coordinates that are hardly seen count by their distance from 0 alone.
    const NetworkProbe probe(*network, NetworkInput{2, true});
    Matrix points{{3, 4, 0.5}, {-5, 0, 0.5}, {3, 4, 0.7}, {1, 2, 0.5}};
    const Matrix values = probe.evaluate(probe.layout().initialise(3), points, 0);
    CHECK_THAT(values(1, 0), WithinRel(values(0, 0), 1e-9));
    CHECK(std::abs(values(2, 0) - values(0, 0)) > 1e-3);
    CHECK(std::abs(values(3, 0) - values(0, 0)) > 1e-3);
}

TEST_CASE("resnet gives the same however the Laplacian is found", "[contract][network]")
{
    Registry registry;
    for (const char* layers : {"1", "2", "3"}) {
        for (const char* rank : {"0", "3"}) {
            for (const int dimension : {2, 10, 40}) {
                INFO("layers " << layers << ", rank " << rank << ", d = " << dimension);
                const auto make = [&](const char* laplacian) {
                    return registry.create<Network>(
                        "resnet", {{"laplacian", laplacian}, {"layers", layers}, {"rank", rank}, {"width", "7"}});
                };
                const NetworkInput input{dimension, true};
                const auto reference = make("jet");
                const NetworkProbe expected(*reference, input);
                const auto f = static_cast<std::size_t>(input.features()), size = expected.layout().size();
                Vector theta = make_vector(size);
                RandomStream(3, "theta").normal(0, static_cast<int>(size), theta.data());
                theta = expected.layout().initialise(3) + Real(0.3) * theta;
                Matrix x = make_matrix(11, f), seeds = make_matrix(11, f + 2);
                RandomStream(3, "x").normal(0, static_cast<int>(x.size()), x.data());
                RandomStream(3, "seeds").normal(0, static_cast<int>(seeds.size()), seeds.data());
                const auto form = NetworkProbe::Form::coordinates;
                const Matrix results = expected.evaluate(theta, x, 2);
                const auto adjoints = expected.reverse(theta, x, 2, form, seeds);
                for (const char* laplacian : {"gram", "direct", "auto"}) {
                    INFO("laplacian " << laplacian);
                    const auto network = make(laplacian);
                    const NetworkProbe probe(*network, input);
                    WorstError values, parameters, points;
                    const auto other = probe.reverse(theta, x, 2, form, seeds);
                    values.compare(probe.evaluate(theta, x, 2), results, 0, "results");
                    points.compare(other.points, adjoints.points, 0, "input");
                    for (const auto& [block, offset] : probe.layout().entries()) {
                        Matrix measured = make_matrix(1, block.size()), wanted = measured;
                        std::copy_n(other.parameters.data() + offset, block.size(), measured.data());
                        std::copy_n(adjoints.parameters.data() + offset, block.size(), wanted.data());
                        parameters.compare(measured, wanted, 0, block.name);
                    }
                    require_all({values.below("results", 1e-12), points.below("adjoint of the input", 1e-11),
                                 parameters.below("adjoints of the parameters", 1e-11)});
                }
            }
        }
    }
}

TEST_CASE("the network contract rejects wrong networks", "[contract][network]")
{
    using Fault = Waves::Fault;
    require_all(check_fault(Fault::none));
    CHECK(fails(check_fault(Fault::laplacian), "Laplacian"));
    CHECK(fails(check_fault(Fault::laplacian), "general jets"));
    CHECK(fails(check_fault(Fault::adjoint), "derivatives in the parameters"));
    CHECK(fails(check_fault(Fault::adjoint), "derivatives in the input"));
    CHECK(fails(check_fault(Fault::dead_parameter), "influence"));
    CHECK(fails(check_fault(Fault::name), "names"));
    CHECK(fails(check_fault(Fault::batch), "batch"));
    CHECK(fails(check_fault(Fault::start), "starting values"));
}
