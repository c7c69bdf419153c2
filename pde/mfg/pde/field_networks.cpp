#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/multi_population_game.hpp>
#include <mfg/pde/field_networks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace mfg {

FieldNetworks::FieldNetworks(const PdeSystem& system, std::vector<const Network*> networks,
                             const FieldSettings& settings)
    : system_(system), networks_(std::move(networks)), settings_(settings), unknowns_(system.unknowns())
{
    if (unknowns_.empty() || unknowns_.size() > Fields::max_unknowns || unknowns_.size() != networks_.size())
        throw Error(fmt::format("problem: a system has between 1 and {} unknown functions", Fields::max_unknowns));
    const auto box = bounded_space(system);
    follows_ = !box;
    if (follows_ && !system.initial_density())
        throw Error("problem: a system needs a domain, a periodic space, or an initial density");
    for (const Unknown& unknown : unknowns_)
        if (is_hard(unknown) && !system.has_hard_condition(unknown.name))
            throw UnsupportedProblem("problem: no ansatz keeps the conditions of '" + unknown.name + "' exactly");
    const int d = system.dimension();
    if (follows_ && settings_.standardise) {
        constexpr int points = 4096;
        const Matrix start = system.initial_density()->sample(RandomStream(0, "scale of coordinates"), points);
        const Vector squares = xt::sum(start * start, {0});
        inverse_scale_ = make_vector(coordinates(), 1 / system.horizon());
        for (int k = 0; k < d; ++k) inverse_scale_(k) = std::sqrt(points / squares(k));
    }
    for (const int view : {0, 1}) {
        if (box) embeddings_.emplace_back(*box, view == 1, settings_.harmonics);
        network_input_[view] = {box ? embeddings_[view].features() : d, time()};
    }
    for (std::size_t i = 0; i < unknowns_.size(); ++i) {
        first_[i] = static_cast<int>(layout_.entries().size());
        layout_.add(unknowns_[i].name, *networks_[i], network_input_[view_of(unknowns_[i])]);
        blocks_[i] = static_cast<int>(layout_.entries().size()) - first_[i];
    }
    constants_ = layout_.entries().size();
    for (const std::string& name : system.constants()) layout_.add({name, 1, 1});
    constant_count_ = static_cast<int>(layout_.entries().size() - constants_);
    std::fill(std::begin(shift_), std::end(shift_), -1);
    const bool has_mass = system.stationary() && (follows_ || box->closed());
    for (std::size_t i = 0; i < unknowns_.size() && has_mass; ++i) {
        const Unknown::Role role = unknowns_[i].role;
        const bool level = system.constants().empty() && system.has_formula_for_constant();
        if (role == Unknown::Role::value && !system.value_up_to_constant() && !level) continue;
        shift_[i] = static_cast<int>(layout_.entries().size());
        const char* shift = role == Unknown::Role::value     ? ".mean"
                            : role == Unknown::Role::density ? ".mass_excess"
                                                             : ".log_mass";
        // A network for m that starts with 0 gives the uniform law.
        layout_.add({unknowns_[i].name + shift, 1, 1}, role == Unknown::Role::density && box ? -1 / box->volume() : 0);
        normalised_ = true;
    }
    constant_is_given_ = settings_.computed_constant && normalised_ && system.has_formula_for_constant();
    means_ = layout_.entries().size();
    if (follows_) {
        layout_.add({"population.mean", moment_intervals() + 1, d});
        layout_.add({"population.log_deviation", moment_intervals() + 1, d});
    }
}

FieldNetworks::Prepared FieldNetworks::prepare(Tape& tape, const VariableList& parameters) const
{
    Prepared prepared;
    prepared.all = parameters;
    for (std::size_t i = 0; i < networks_.size(); ++i)
        prepared.network[i] =
            networks_[i]->prepare(tape, parameters.part(first_[i], blocks_[i]), network_input_[view_of(unknowns_[i])]);
    return prepared;
}

bool FieldNetworks::needs(Where where) const
{
    const HardConditions& hard = settings_.hard;
    if (where == Where::boundary) return !(hard.initial && hard.terminal);
    return !(where == Where::initial ? hard.initial : where == Where::terminal && hard.terminal);
}

std::vector<std::string> FieldNetworks::network_blocks(std::string_view unknown) const
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < unknowns_.size(); ++i)
        for (int k = first_[i]; unknowns_[i].name == unknown && k < first_[i] + blocks_[i]; ++k)
            names.push_back(layout_.entries()[k].block.name);
    return names;
}

PopulationMoments FieldNetworks::moments(const Real* parameters) const
{
    return {parameters + means_entry(), parameters + log_deviations_entry(), system_.dimension(), moment_intervals(),
            system_.horizon()};
}

PopulationMoments FieldNetworks::moments(const Prepared& prepared) const
{
    const int means = static_cast<int>(means_);
    return {prepared.all[means].data(), prepared.all[means + 1].data(), system_.dimension(), moment_intervals(),
            system_.horizon()};
}

FieldNetworks::Input FieldNetworks::input(Tape& tape, const Prepared& prepared, const Jet& coordinates) const
{
    const int d = system_.dimension();
    Input in;
    in.x = time() ? coordinates.features(0, d) : coordinates;
    if (time()) in.t = coordinates[d];
    in.seen[0] = in.seen[1] = coordinates;
    for (const int view : {0, 1}) {
        const bool wanted = std::any_of(unknowns_.begin(), unknowns_.end(),
                                        [&](const Unknown& unknown) { return view_of(unknown) == view; });
        if (follows_ || !wanted) continue;
        if (embeddings_[view].is_identity()) continue;
        const Jet place = embeddings_[view](in.x);
        in.seen[view] = time() ? vconcat(place, in.t) : place;
    }
    if (follows_ && (settings_.standardise || settings_.gaussian_base)) standardise(tape, prepared, coordinates, in);
    return in;
}

/// Standard coordinates z_k = (x_k - mean_k(t)) / deviation_k(t) and the log density of the Gaussian: they depend on
/// the points alone, which are given, so that their components are simply written down.
void FieldNetworks::standardise(Tape& tape, const Prepared& prepared, const Jet& coordinates, Input& in) const
{
    const JetShape shape = coordinates.shape();
    const Variable points = coordinates.value();
    const int d = system_.dimension(), n = points.columns();
    // Along one direction in space, in place of all coordinates.
    const bool along = shape.order > 0 && shape.directions != coordinates.features();
    const Variable direction = along ? coordinates.derivative(0) : Variable{};
    const PopulationMoments moments = this->moments(prepared);
    const Real inverse_horizon = 1 / system_.horizon();
    // Rows z_1..z_d, t / T where there is time, and the log density.
    const int base = d + time();
    const Variable all = tape.constant(base + 1, (shape.order == 0 ? 1 : shape.components()) * n, 0);
    const auto entry = [&](int row, int component, int j) -> Real& { return all.write_row(row)[component * n + j]; };
    for (int j = 0; j < n; ++j) {
        const Real t = time() ? points(d, j) : Real(0);
        const auto at = moments.at(t);
        if (time()) entry(d, 0, j) = t * inverse_horizon;
        if (time() && shape.order > 0 && !along) entry(d, 1 + d, j) = inverse_horizon;
        for (int k = 0; k < d; ++k) {
            const auto c = at[k];
            const Real z = (points(k, j) - c.mean) / c.deviation;
            entry(k, 0, j) = z;
            entry(base, 0, j) -= z * z / 2 + std::log(c.deviation) + log_two_pi / 2;
            if (shape.order == 0) continue;
            if (along) {
                const Real z_change = direction(k, j) / c.deviation;
                entry(k, 1, j) = z_change;
                entry(base, 1, j) -= z * z_change;
                entry(base, 2, j) -= z_change * z_change;
                continue;
            }
            entry(k, 1 + k, j) = 1 / c.deviation;
            entry(base, 1 + k, j) = -z / c.deviation;
            if (shape.order == 2) entry(base, 1 + shape.directions, j) -= 1 / (c.deviation * c.deviation);
            if (!time()) continue;
            const Real z_rate = -c.mean_rate / c.deviation - z * c.log_deviation_rate;
            entry(k, 1 + d, j) = z_rate;
            entry(base, 1 + d, j) -= z * z_rate + c.log_deviation_rate;
        }
    }
    const Jet features = Jet::from_components(all, shape);
    if (settings_.standardise) {
        in.seen[0] = inverse_scale_ * coordinates;
        in.seen[1] = features.features(0, base);
    }
    if (settings_.gaussian_base) in.base = features[base];
}

Jet FieldNetworks::field(Tape& tape, const Prepared& prepared, const Input& in, int unknown) const
{
    const Unknown& u = unknowns_[unknown];
    Jet value = networks_[unknown]->evaluate(tape, prepared.network[unknown], in.seen[view_of(u)]);
    if (u.scale != 1) value = u.scale * value;
    if (is_hard(u)) return system_.hard_condition(u.name, in.x, in.t, value);
    if (u.role == Unknown::Role::log_density && !in.base.is_zero()) value = value + in.base;
    const Real shift = has_shift(unknown) ? prepared.all[shift_[unknown]](0, 0) : 0;
    return shift != 0 ? value - shift : value;
}

Fields FieldNetworks::evaluate(Tape& tape, const Prepared& prepared, const Variable& points, int order,
                               Solution::Part part) const
{
    const int d = system_.dimension(), n = points.columns();
    const JetShape shape = JetShape::of(order, d, time());
    const Input in = input(tape, prepared, Jet::coordinates(points, shape));
    Fields fields;
    fields.x = Jet(points.rows(0, d));
    if (time()) fields.t = Jet(points.rows(d, 1));
    if (follows_) {
        const PopulationMoments moments = this->moments(prepared);
        const Variable centre = tape.constant(d, n);
        for (int j = 0; j < n; ++j) {
            const auto at = moments.at(time() ? points(d, j) : Real(0));
            for (int k = 0; k < d; ++k) centre.write_row(k)[j] = at[k].mean;
        }
        fields.population_centre = Jet(centre);
    }
    for (std::size_t i = 0; i < unknowns_.size(); ++i) {
        Fields::Named& named = fields.unknowns[i];
        named.name = unknowns_[i].name;
        const bool is_value = unknowns_[i].role == Unknown::Role::value;
        if (part == (is_value ? Solution::Part::densities : Solution::Part::values)) continue;
        named.values = FieldValues::of(field(tape, prepared, in, static_cast<int>(i)), shape);
        if (order < 2) continue;
        const Problem& problem = population_of(system_, unknowns_[i].population);
        const Directions directions = is_value ? value_directions(problem) : density_directions(problem);
        add_curvature(named.values, directions, points, d, [&](const Jet& along) {
            return field(tape, prepared, input(tape, prepared, along), static_cast<int>(i));
        });
    }
    for (int c = 0; c < constant_count_; ++c) {
        const Variable& constant = prepared.all[constants_ + c];
        fields.constants.add(
            Jet(constant_is_given_ ? tape.constant(1, n, constant(0, 0)) : multiply(tape.constant(1, n, 1), constant)));
    }
    return fields;
}

void FieldNetworks::evaluate_along(Tape& tape, const Prepared& prepared, const Variable& points,
                                   const Variable& directions, Variable* first, Variable* second) const
{
    const Variable along = time() ? vconcat({directions, tape.constant(1, points.columns(), 0)}) : directions;
    const Input in = input(tape, prepared, Jet::along(points, along));
    for (std::size_t i = 0; i < unknowns_.size(); ++i) {
        const Jet u = field(tape, prepared, in, static_cast<int>(i));
        first[i] = u.derivative(0);
        if (second) second[i] = u.laplacian();
    }
}

Real NetworkSolution::constant(std::string_view name) const
{
    const std::vector<std::string> names = constants();
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return parameters_(fields_.constant_entry(static_cast<int>(i)));
    return Solution::constant(name);
}

}  // namespace mfg
