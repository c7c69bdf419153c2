#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>
#include <mfg/optimizer.hpp>
#include <mfg/pde/residual_loss.hpp>
#include <mfg/random/random.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mfg {

namespace {

constexpr int max_quantities = static_cast<int>(Evaluation::max_terms);

/// Numbers `[1 x n]`, `period` times as large, each followed by zeros: of as many samples, with the same mean.
Variable at_every(Tape& tape, Index period, const Variable& numbers)
{
    if (period == 1) return numbers;
    const Variable first = tape.constant(1, period, 0);
    *first.write() = static_cast<Real>(period);
    return matmul(numbers.reshape(numbers.columns(), 1), first).reshape(1, numbers.columns() * period);
}

}  // namespace

ResidualLoss::ResidualLoss(const FieldNetworks& fields, const Collocation& collocation,
                           const ResidualSettings& settings)
    : fields_(fields),
      collocation_(collocation),
      settings_(settings),
      agents_(std::max(1, fields.system().agents_per_time()))
{
    if (const auto box = bounded_space(fields.system())) volume_ = box->volume();
    const std::vector<Equation> all = fields.system().equations();
    const std::vector<Real>& weights = settings.weights;
    if (weights.size() != 1 && weights.size() != all.size()) {
        std::vector<std::string> names;
        for (const Equation& equation : all) names.push_back(equation.name);
        throw Error("method: weights needs one number, or one for each of " + joined(names));
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::vector<std::string>& wanted = settings.equations;
        const bool counts = wanted.empty() || std::find(wanted.begin(), wanted.end(), all[i].name) != wanted.end();
        if (!counts || !fields.needs(all[i].where)) continue;
        equations_.push_back(all[i]);
        weights_.push_back(weights[weights.size() == 1 ? 0 : i]);
        if (all[i].where == Where::interior) interior_order_ = std::max(interior_order_, all[i].order);
    }
    if (integrand_count() > max_quantities)
        throw Error(fmt::format("problem: a system has at most {} equations, {} with penalties for its constants",
                                max_quantities, max_quantities - 2 * fields.unknowns().size()));
}

std::vector<std::string> ResidualLoss::terms() const
{
    std::vector<std::string> names;
    for (const Equation& equation : equations_) names.push_back(equation.name);
    if (!penalised()) return names;
    const std::vector<Unknown>& unknowns = fields_.unknowns();
    const auto densities = std::count_if(unknowns.begin(), unknowns.end(),
                                         [](const Unknown& unknown) { return unknown.role != Unknown::Role::value; });
    for (const Unknown& unknown : unknowns)
        names.push_back(unknown.role == Unknown::Role::value ? unknown.name + "_mean"
                        : densities > 1                      ? unknown.name + "_mass"
                                                             : "mass");
    return names;
}

Matrix ResidualLoss::training_sample(const RandomStream& stream, int count, const Vector& parameters) const
{
    using Points = ResidualSettings::Points;
    Matrix rows = sample(stream, count);
    if (settings_.points == Points::base || agents_ > 1) return rows;
    const int every = std::max(2, static_cast<int>(std::lround(1 / settings_.base_share)));
    if (settings_.points == Points::density && fields_.follows_population()) {
        collocation_.insert_agents(rows, parameters, stream.part("agents"), every);
        return rows;
    }
    const Matrix candidates =
        collocation_.draw(stream.part("candidates"), settings_.candidates * count, Sampling::random);
    Real offset = 0;
    stream.part("offset").uniform(0, 1, &offset);
    const auto chosen = resample(sampling_weights(parameters, candidates), count, offset);
    for (int i = 0; i < count; ++i)
        if (i % every != 0) std::copy_n(&candidates(chosen[i], 0), fields_.coordinates(), &rows(i, 0));
    return rows;
}

Vector ResidualLoss::sampling_weights(const Vector& parameters, const Matrix& candidates) const
{
    const NetworkSolution solution(fields_, parameters);
    const Matrix points = collocation_.points(parameters, candidates);
    Matrix values;
    if (settings_.points == ResidualSettings::Points::density) {
        values = make_matrix(rows(points), 1);
        bool found = false;
        for (const Unknown& unknown : fields_.unknowns()) {
            if (unknown.role == Unknown::Role::value) continue;
            found = true;
            Matrix density = solution.value(unknown.name, points);
            if (unknown.role == Unknown::Role::log_density)
                density = xt::exp(density - *std::max_element(density.begin(), density.end()));
            values += xt::maximum(density, 0);
        }
        if (!found) throw Error("residuals: the system has no density to draw points from");
    } else {
        values = solution.map(points, interior_order_, 1, [this](const Fields& f) {
            Jet sum;
            for (std::size_t i = 0; i < equations_.size(); ++i)
                if (equations_[i].where == Where::interior) sum = sum + weights_[i] * square(equations_[i].residual(f));
            return sum;
        });
        values = xt::sqrt(values);
    }
    Vector weights = xt::flatten(values);
    weights = xt::where(xt::isfinite(weights), weights, 0);
    if (xt::all(xt::equal(weights, 0))) weights.fill(1);
    return weights;
}

/// The share of each point in means over the population at its time: density over the law that it was drawn from.
Variable ResidualLoss::population_weights(Tape& tape, const Fields& fields, const Variable& samples) const
{
    const Index n = samples.columns(), groups = n / agents_;
    Variable log_weight;
    for (const Unknown& unknown : fields_.unknowns()) {
        if (unknown.role == Unknown::Role::log_density) log_weight = fields[unknown.name].value.value();
        if (unknown.role == Unknown::Role::density) log_weight = log(fields[unknown.name].value).value();
    }
    if (!log_weight.exists()) throw Error("problem: means over the population need a density among the unknowns");
    if (settings_.frozen_means) log_weight = tape.constant_view(log_weight.data(), 1, n);
    log_weight =
        combine({{1, log_weight}, {-1, collocation_.log_proposal_density(tape, samples)}}).reshape(groups, agents_);
    const Variable largest = tape.constant(groups, 1);
    for (Index g = 0; g < groups; ++g)
        *largest.write_row(g) = -*std::max_element(log_weight.row(g), log_weight.row(g) + agents_);
    const Variable shares = exp(Jet(add_column(log_weight, largest))).value();
    return multiply(shares, reciprocal(Jet(sum_columns(shares))).value()).reshape(1, n);
}

Fields ResidualLoss::fields_at(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& samples,
                               Where where, int order) const
{
    Fields fields = fields_.evaluate(tape, prepared, collocation_.points(tape, prepared, samples, where), order);
    if (where == Where::interior && agents_ > 1) {
        fields.agents_per_time = agents_;
        fields.population_weights = population_weights(tape, fields, samples);
    }
    return fields;
}

Variable ResidualLoss::residual(Tape& tape, std::size_t equation, const Fields& fields) const
{
    const Jet r = equations_[equation].residual(fields);
    if (r.is_zero()) return tape.constant(1, fields.x.samples(), 0);
    if (r.features() != 1)
        throw Error("problem: the residual of equation '" + equations_[equation].name + "' must be one number a point");
    return r.value();
}

Variable ResidualLoss::condition(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& samples,
                                 std::size_t equation) const
{
    const auto& [name, where, formula, order] = equations_[equation];
    const Variable chosen = collocation_.rows_with(tape, where, samples);
    return residual(tape, equation, fields_at(tape, prepared, chosen, where, order));
}

void ResidualLoss::residual_rows(Tape& tape, const VariableList& parameters, const Variable& samples, const Variable&,
                                 Variable* rows) const
{
    const auto prepared = fields_.prepare(tape, parameters);
    const Fields inside = fields_at(tape, prepared, samples, Where::interior, interior_order_);
    Variable importance = collocation_.weight(tape, samples);
    if (importance.exists()) importance = sqrt(Jet(importance)).value();
    for (std::size_t i = 0; i < equations_.size(); ++i) {
        const Real factor = std::sqrt(weights_[i]);
        const bool interior = equations_[i].where == Where::interior;
        const Variable r = interior ? residual(tape, i, inside) : condition(tape, prepared, samples, i);
        rows[i] = interior && importance.exists() ? multiply(r, importance, factor) : combine({{factor, r}});
    }
}

Variable ResidualLoss::integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                                  const Variable&) const
{
    const auto prepared = fields_.prepare(tape, parameters);
    const bool estimated = !settings_.laplacian.is_exact() && interior_order_ == 2;
    Fields inside = fields_at(tape, prepared, samples, Where::interior, estimated ? 1 : interior_order_), other;
    if (estimated) {
        const Variable points = collocation_.points(tape, prepared, samples, Where::interior);
        const int d = fields_.system().dimension();
        const auto probe = [&](int number) {
            return settings_.laplacian.apply(tape, fields_, prepared, inside, points,
                                             samples.rows(collocation_.columns().probes + number * d, d));
        };
        other = probe(1);
        inside = probe(0);
    }
    const Variable importance = collocation_.weight(tape, samples);
    Variable parts[max_quantities];
    int count = 0;
    for (std::size_t i = 0; i < equations_.size(); ++i) {
        const Equation& equation = equations_[i];
        if (equation.where == Where::interior) {
            // With an estimated Laplacian the square would be biased by its variance; a product of independent ones is
            // not.
            const Variable r = residual(tape, i, inside);
            const Variable square = multiply(r, estimated ? residual(tape, i, other) : r, weights_[i]);
            parts[count++] = importance.exists() ? multiply(square, importance) : square;
            continue;
        }
        const Variable r = condition(tape, prepared, samples, i);
        parts[count++] = at_every(tape, collocation_.period(equation.where), multiply(r, r, weights_[i]));
    }
    if (penalised()) {
        const Variable second = samples.rows(collocation_.columns().half, 1);
        const Variable first = combine({{1, tape.constant(1, samples.columns(), 1)}, {-1, second}});
        for (const Unknown& unknown : fields_.unknowns()) {
            const Jet& u = inside[unknown.name].value;
            const Variable value = (unknown.role == Unknown::Role::log_density ? exp(u) : u).value();
            parts[count++] = multiply(value, first, 2);
            parts[count++] = multiply(value, second, 2);
        }
    }
    return vconcat(parts, count);
}

Variable ResidualLoss::terms_of_means(Tape&, const Variable& means) const
{
    const int equations = static_cast<int>(equations_.size());
    Variable terms[max_quantities];
    int count = 0;
    terms[count++] = means.rows(0, equations);
    int next = equations;
    for (const Unknown& unknown : fields_.unknowns()) {
        const Real target = unknown.role == Unknown::Role::value ? 0 : -1 / volume_;
        const Variable off = add_number(means.rows(next, 2), target);
        terms[count++] = multiply(off.rows(0, 1), off.rows(1, 1), settings_.mass_weight * volume_ * volume_);
        next += 2;
    }
    return vconcat(terms, count);
}

}  // namespace mfg
