#include <mfg/base/error.hpp>
#include <mfg/method.hpp>

namespace mfg {

FieldExport::~FieldExport() = default;
Method::~Method() = default;

FieldTable field_table(const std::string& name, const Matrix& all, const FieldColumns& columns)
{
    const std::size_t n = all.shape(0);
    const auto column = [&](int number) {
        Vector values = make_vector(number < 0 ? 0 : n);
        for (std::size_t i = 0; i < values.size(); ++i) values(i) = all(i, static_cast<std::size_t>(number));
        return values;
    };
    FieldTable table{name, column(columns.value), column(columns.time_derivative), make_matrix(0, 0),
                     column(columns.laplacian)};
    if (columns.gradient < 0) return table;
    const auto d = static_cast<std::size_t>(columns.dimension);
    table.gradient = make_matrix(n, d);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < d; ++k)
            table.gradient(i, k) = all(i, static_cast<std::size_t>(columns.gradient) + k);
    return table;
}

const ParameterLayout& Method::layout() const
{
    static const ParameterLayout nothing;
    return nothing;
}

std::map<std::string, std::map<std::string, Real>> Method::measures(const Vector&, const RandomStream&, int) const
{
    return {};
}

Matrix Method::velocity(const Vector&, const Matrix&, Real) const
{
    throw Error("this method gives no velocity of agents");
}

std::vector<FieldTable> Method::evaluate(const Vector&, const Matrix&) const
{
    throw Error("this method's answer is no function that can be evaluated anywhere");
}

std::unique_ptr<LearnedGame> Method::learned_game(const Vector&) const
{
    return nullptr;
}

Vector Method::track(const Vector&, const RandomStream&) const
{
    return {};
}

void Method::export_fields(const Vector&, const std::vector<Snapshot>&, const RandomStream&, FieldExport&) const {}

}  // namespace mfg
