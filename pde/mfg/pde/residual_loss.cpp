#include <mfg/base/error.hpp>
#include <mfg/pde/residual_loss.hpp>
#include <mfg/pde/simulation.hpp>
#include <mfg/random/resample.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

constexpr int max_quantities = 8;
/// What is computed with the final parameters takes so many times more points or agents.
constexpr int final_factor = 4;

/// m and phi as they enter the penalties.
Jet penalised_value(const Unknown& unknown, const Fields& f)
{
    const Jet& u = f[unknown.name].value;
    return unknown.role == Unknown::Role::log_density ? exp(u) : u;
}

/// Means and variances by their own equations, mean' = E v and variance' = 2 Cov(x, v) + 2 nu, where c + r x, the
/// regression of the agents' velocities on their places, stands for v. Moments of the agents themselves would have the
/// noise of their paths: it is small, but rough in time, and networks that see the frame cannot make up for its rates.
void follow_moments(const LearnedFields& learned, const Cube& agents, Real smallest, Real* means, Real* log_deviations)
{
    const PdeSystem& system = learned.system();
    const std::size_t nodes = agents.shape(0), n = agents.shape(1), d = agents.shape(2);
    const Real h = system.horizon() / static_cast<Real>(nodes - 1), nu = system.viscosity();
    Matrix at = make_matrix(n, d + 1), c = make_matrix(nodes, d), r = c;
    for (std::size_t node = 0; node < nodes; ++node) {
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t k = 0; k < d; ++k) at(i, k) = agents(node, i, k);
            at(i, d) = static_cast<Real>(node) * h;
        }
        const Matrix v = learned.velocity(at);
        for (std::size_t k = 0; k < d; ++k) {
            Real x_mean = 0, v_mean = 0, variance = 0, covariance = 0;
            for (std::size_t i = 0; i < n; ++i) {
                x_mean += at(i, k) / static_cast<Real>(n);
                v_mean += v(i, k) / static_cast<Real>(n);
            }
            for (std::size_t i = 0; i < n; ++i) {
                variance += (at(i, k) - x_mean) * (at(i, k) - x_mean);
                covariance += (at(i, k) - x_mean) * (v(i, k) - v_mean);
            }
            r(node, k) = covariance / variance;
            c(node, k) = v_mean - r(node, k) * x_mean;
        }
    }
    const auto share = [](Real y) { return std::abs(y) < 1e-8 ? 1 + y / 2 : std::expm1(y) / y; };
    for (std::size_t k = 0; k < d; ++k) {
        Real mean = means[k], variance = std::exp(2 * log_deviations[k]);
        for (std::size_t node = 1; node < nodes; ++node) {
            // Exact for rates that do not change in the interval.
            const Real rate = h * (r(node - 1, k) + r(node, k)) / 2, drift = h * (c(node - 1, k) + c(node, k)) / 2;
            mean = std::exp(rate) * mean + share(rate) * drift;
            variance = std::exp(2 * rate) * variance + 2 * nu * h * share(2 * rate);
            if (!std::isfinite(mean) || !std::isfinite(variance)) break;
            means[node * d + k] = mean;
            log_deviations[node * d + k] = std::log(std::max(std::sqrt(variance), smallest));
        }
    }
}

}  // namespace

ResidualLoss::ResidualLoss(const FieldNetworks& fields, const Collocation& collocation,
                           const ResidualSettings& settings)
    : fields_(fields), collocation_(collocation), settings_(settings)
{
    const std::vector<Equation> all = fields.system().equations();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::vector<std::string>& wanted = settings.equations;
        const bool counts = wanted.empty() || std::find(wanted.begin(), wanted.end(), all[i].name) != wanted.end();
        if (!counts || !fields.needs(all[i].where)) continue;
        equations_.push_back(all[i]);
        weights_.push_back(settings.weights.at(i));
        if (all[i].where == Where::interior) interior_order_ = std::max(interior_order_, all[i].order);
    }
    if (integrand_count() > max_quantities) throw Error("problem: a system has at most 8 equations");
    if (penalised() && settings.points != ResidualSettings::Points::base)
        throw Error(
            "method 'galerkin': penalties for the mass need uniform points; use --method.normalisation computed "
            "where points are chosen by residual or density");
}

std::vector<std::string> ResidualLoss::terms() const
{
    std::vector<std::string> names;
    for (const Equation& equation : equations_) names.push_back(equation.name);
    if (penalised())
        for (const Unknown& unknown : fields_.unknowns())
            names.push_back(unknown.role == Unknown::Role::value ? unknown.name + "_mean" : "mass");
    return names;
}

int ResidualLoss::integrand_count() const
{
    return static_cast<int>(equations_.size() + (penalised() ? 2 * fields_.unknowns().size() : 0));
}

int ResidualLoss::group() const
{
    return std::max(1, fields_.system().agents_per_time());
}

Matrix ResidualLoss::sample(const RandomStream& stream, int count) const
{
    // Whole groups, halves of the same size for the penalties, and as many as were asked for at least.
    const int together = penalised() ? 2 * group() : group();
    return collocation_.draw(stream, (count + together - 1) / together * together);
}

Matrix ResidualLoss::training_sample(const RandomStream& stream, int count, const Vector& parameters) const
{
    using Points = ResidualSettings::Points;
    Matrix rows = sample(stream, count);
    if (settings_.points == Points::base || group() > 1) return rows;
    const int every = std::max(2, static_cast<int>(std::lround(1 / settings_.base_share)));
    if (settings_.points == Points::density && fields_.follows_population()) {
        collocation_.insert_agents(rows, parameters, stream.part(10), every);
        return rows;
    }
    const Matrix candidates = collocation_.draw(stream.part(11), settings_.candidates * count, Sampling::random);
    Real offset = 0;
    stream.part(12).uniform(0, 1, &offset);
    Matrix chosen = rows;
    collocation_.replace_interior(chosen, candidates,
                                  resample(sampling_weights(parameters, candidates), rows.shape(0), offset));
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        if (i % static_cast<std::size_t>(every) == 0) continue;
        std::copy_n(&chosen(i, 0), rows.shape(1), &rows(i, 0));
    }
    return rows;
}

Vector ResidualLoss::sampling_weights(const Vector& parameters, const Matrix& candidates) const
{
    const LearnedNetworks learned(fields_, parameters);
    const Matrix points = collocation_.points(parameters, candidates);
    Matrix values;
    if (settings_.points == ResidualSettings::Points::density) {
        const auto& unknowns = fields_.unknowns();
        const auto density = std::find_if(unknowns.begin(), unknowns.end(),
                                          [](const Unknown& u) { return u.role != Unknown::Role::value; });
        if (density == unknowns.end()) throw Error("method 'galerkin': the problem has no density to draw points from");
        values = learned.value(density->name, points);
        if (density->role == Unknown::Role::log_density) {
            const Real largest = *std::max_element(values.begin(), values.end());
            for (Real& v : values) v = std::exp(v - largest);
        }
        for (Real& v : values) v = std::max<Real>(v, 0);
    } else {
        values = learned.map(points, interior_order_, 1, [this](const Fields& f) {
            Jet sum;
            for (std::size_t i = 0; i < equations_.size(); ++i)
                if (equations_[i].where == Where::interior) sum = sum + weights_[i] * square(equations_[i].residual(f));
            return sum;
        });
        for (Real& v : values) v = std::sqrt(v);
    }
    Vector weights = make_vector(values.shape(0));
    std::copy(values.begin(), values.end(), weights.begin());
    for (Real& w : weights)
        if (!std::isfinite(w)) w = 0;
    if (std::all_of(weights.begin(), weights.end(), [](Real w) { return w == 0; })) weights.fill(1);
    return weights;
}

void ResidualLoss::adapt(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const
{
    if (!settings_.adapts) return;
    const bool last = sample == 0;
    const int factor = last ? final_factor : 1;
    const auto due = [&](int every) { return last || (sample - 1) % static_cast<std::uint64_t>(every) == 0; };
    if (fields_.normalised() && !penalised() && due(settings_.constants_every))
        find_constants(parameters, stream, factor * settings_.normalisation_points);
    if (fields_.follows_population() && due(settings_.refresh_every)) find_frame(parameters, stream, sample);
}

void ResidualLoss::find_constants(Vector& parameters, const RandomStream& stream, int count) const
{
    const LearnedNetworks learned(fields_, parameters);
    const Matrix points = collocation_.points(parameters, collocation_.draw(stream, count, Sampling::sobol));
    const std::vector<Unknown>& unknowns = fields_.unknowns();
    const Matrix values = learned.map(points, 0, static_cast<int>(unknowns.size()), [](const Fields& f) {
        Jet all = f.unknowns[0].values.value;
        for (int i = 1; i < Fields::max_unknowns && !f.unknowns[i].name.empty(); ++i)
            all = vconcat(all, f.unknowns[i].values.value);
        return all;
    });
    for (std::size_t i = 0; i < unknowns.size(); ++i) {
        if (!fields_.has_shift(static_cast<int>(i))) continue;
        const bool mass = unknowns[i].role == Unknown::Role::log_density;
        Real largest = mass ? values(0, i) : 0, sum = 0;
        for (std::size_t k = 1; mass && k < values.shape(0); ++k) largest = std::max(largest, values(k, i));
        for (std::size_t k = 0; k < values.shape(0); ++k) sum += mass ? std::exp(values(k, i) - largest) : values(k, i);
        const Real mean = sum / static_cast<Real>(values.shape(0));
        const Real target = unknowns[i].role == Unknown::Role::density ? 1 : 0;
        const Real change = mass ? largest + std::log(mean) : mean - target;
        if (std::isfinite(change)) parameters(fields_.shift_entry(static_cast<int>(i))) += change;
    }
    // A shift of w that normalisation takes back was meant for the constant in the same equation: without its share the
    // constant would follow much too slowly.
    const PdeSystem& system = fields_.system();
    if (system.constants().empty()) return;
    const Matrix few =
        collocation_.points(parameters, collocation_.draw(stream.part(20), settings_.constant_points, Sampling::sobol));
    const Real constant = system.refined_constant(learned, few);
    if (std::isfinite(constant)) parameters(fields_.constant_entry(0)) = constant;
}

void ResidualLoss::find_frame(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const
{
    const LearnedNetworks learned(fields_, parameters);
    const int intervals = fields_.settings().frame_intervals, d = fields_.system().dimension();
    const int agents = (sample == 0 ? final_factor : 1) * settings_.agents;
    const Cube all = simulate_agents(learned, stream, agents, intervals);
    const std::size_t first = fields_.means_entry(), size = 2 * static_cast<std::size_t>((intervals + 1) * d);
    const Vector before = parameters;
    Real* means = &parameters(fields_.means_entry());
    Real* log_deviations = &parameters(fields_.log_deviations_entry());
    const Real viscosity = fields_.system().viscosity();
    if (viscosity > 0) {
        // One sample for all frames: they differ by what was learned, and not by chance.
        constexpr int start_points = 4096;
        const RandomStream start = RandomStream(0, "start of the population").with(Sampling::antithetic, d);
        PopulationMoments::fit(fields_.system().initial_density()->sample(start, start_points), 0, 0, means,
                               log_deviations);
    } else {
        PopulationMoments::fit(positions_at(all, 0), 0, 0, means, log_deviations);
    }
    Real widest = log_deviations[0];
    for (int k = 1; k < d; ++k) widest = std::max(widest, log_deviations[k]);
    const Real smallest = 1e-4 * std::exp(widest);
    if (viscosity > 0) follow_moments(learned, all, smallest, means, log_deviations);
    for (int node = 1; node <= intervals && viscosity == 0; ++node)
        PopulationMoments::fit(positions_at(all, node), node, smallest, means, log_deviations);
    const Real step = sample <= 1 ? 1 : settings_.frame_step;
    for (std::size_t i = first; i < first + size; ++i) parameters(i) = (1 - step) * before(i) + step * parameters(i);
}

/// The share of each point in means over the population at its time: density over the law that it was drawn from.
Variable ResidualLoss::population_weights(Tape& tape, const Fields& fields, const Variable& samples) const
{
    const int size = group(), n = samples.columns();
    Variable log_weight;
    for (const Unknown& unknown : fields_.unknowns()) {
        if (unknown.role == Unknown::Role::log_density) log_weight = fields[unknown.name].value.value();
        if (unknown.role == Unknown::Role::density) log_weight = log(fields[unknown.name].value).value();
    }
    if (!log_weight.exists()) throw Error("problem: means over the population need a density among the unknowns");
    if (settings_.frozen_means) log_weight = tape.constant_view(log_weight.data(), 1, n);
    log_weight =
        combine({{1, log_weight}, {-1, collocation_.log_proposal_density(tape, samples)}}).reshape(n / size, size);
    const Variable largest = tape.constant(n / size, 1);
    for (int g = 0; g < n / size; ++g)
        *largest.write_row(g) = -*std::max_element(log_weight.row(g), log_weight.row(g) + size);
    const Variable shares = exp(Jet(add_column(log_weight, largest))).value();
    return multiply(shares, reciprocal(Jet(sum_columns(shares))).value()).reshape(1, n);
}

Variable ResidualLoss::squared(Tape& tape, std::size_t equation, const Fields& fields, const Fields* other) const
{
    const Jet r = equations_[equation].residual(fields);
    if (r.is_zero()) return tape.constant(1, fields.x.samples(), 0);
    if (r.features() != 1)
        throw Error("problem: the residual of equation '" + equations_[equation].name + "' must be one number a point");
    const Variable first = r.value();
    // With an estimated Laplacian the square would be biased by its variance; a product of independent ones is not.
    const Variable second = other ? equations_[equation].residual(*other).value() : first;
    return multiply(first, second, weights_[equation]);
}

Variable ResidualLoss::integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                                  const Variable&) const
{
    const auto prepared = fields_.prepare(tape, parameters);
    const bool estimated = settings_.laplacian != LaplacianEstimate::exact && interior_order_ == 2;
    const Variable points = collocation_.interior(tape, prepared, samples);
    Fields inside = fields_.evaluate(tape, prepared, points, estimated ? 1 : interior_order_), other;
    if (group() > 1) {
        inside.agents_per_time = group();
        inside.population_weights = population_weights(tape, inside, samples);
    }
    if (estimated) {
        const int d = fields_.system().dimension();
        const auto probe = [&](int number) {
            return fields_.with_estimate(tape, prepared, inside, points,
                                         samples.rows(collocation_.columns().probes + number * d, d),
                                         settings_.laplacian, settings_.two_point_step);
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
            const Variable square = squared(tape, i, inside, estimated ? &other : nullptr);
            parts[count++] = importance.exists() ? multiply(square, importance) : square;
            continue;
        }
        const Variable at = equation.where == Where::initial    ? collocation_.initial(tape, prepared, samples)
                            : equation.where == Where::terminal ? collocation_.terminal(tape, prepared, samples)
                                                                : collocation_.boundary(samples);
        parts[count++] = squared(tape, i, fields_.evaluate(tape, prepared, at, equation.order), nullptr);
    }
    if (penalised()) {
        const Variable second = samples.rows(collocation_.columns().half, 1);
        const Variable first = combine({{1, tape.constant(1, samples.columns(), 1)}, {-1, second}});
        for (const Unknown& unknown : fields_.unknowns()) {
            const Variable value = penalised_value(unknown, inside).value();
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
        const Real target = unknown.role == Unknown::Role::value ? 0 : -1;
        const Variable off = add_number(means.rows(next, 2), target);
        terms[count++] = multiply(off.rows(0, 1), off.rows(1, 1), settings_.mass_weight);
        next += 2;
    }
    return vconcat(terms, count);
}

}  // namespace mfg
