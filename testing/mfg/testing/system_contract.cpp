#include <mfg/autodiff/tape.hpp>
#include <mfg/pde/formula_fields.hpp>
#include <mfg/testing/density_contract.hpp>
#include <mfg/testing/inspection.hpp>
#include <mfg/testing/reference_contract.hpp>
#include <mfg/testing/system_contract.hpp>
#include <mfg/testing/worst_error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace mfg {
namespace {

constexpr int agents = 400;  // nodes of the quadrature over the population

class SystemChecks {
public:
    explicit SystemChecks(const PdeSystem& system)
        : system_(system), d_(static_cast<std::size_t>(system.dimension())), equations_(system.equations())
    {
    }

    CheckResults run()
    {
        CheckResults results{check_names()};
        append_check(results, "domain and boundary", [&] { return check_boundary(); });
        if (const Density* initial = system_.initial_density())
            append_checks(results, "initial density",
                          [&] { return check_density(*initial, "initial density", system_.periodic()); });
        const std::vector<Unknown> unknowns = system_.unknowns();
        if (std::all_of(unknowns.begin(), unknowns.end(),
                        [&](const Unknown& u) { return system_.has_hard_condition(u.name); }))
            append_check(results, "the ansatz for conditions", [&] { return check_hard_conditions(); });
        if (results.front().passed)
            append_checks(results, "exact solution", [&] { return check_exact(system_.reference()); });
        return results;
    }

private:
    bool time() const { return !system_.stationary(); }

    CheckResults check_exact(const std::optional<Reference>& reference) const
    {
        if (!reference) return {};
        CheckResults results;
        const FormulaFields exact(system_, *reference);
        for (const Equation& equation : equations_)
            append_check(results, "exact solution: equation " + equation.name, [&] {
                WorstError worst;
                add_residual(exact, equation, points_of(exact, equation), worst);
                return worst.below("exact solution: equation " + equation.name, 1e-8);
            });
        append_checks(results, "points of the exact population", [&] { return check_population(system_, *reference); });
        append_check(results, "exact solution: measures", [&] { return check_measures(exact); });
        append_check(results, "exact solution: pictures", [&] {
            Inspection pictures;
            system_.export_fields(exact, RandomStream(23, "pictures"), pictures);
            return pictures.result("exact solution: pictures have finite numbers");
        });
        return results;
    }

    CheckResult check_names() const
    {
        std::string broken;
        std::set<std::string> names;
        const auto add = [&](const std::string& name) {
            if (name.empty() || name.find_first_of(" .,") != std::string::npos) broken = "'" + name + "' is no word";
            if (!names.insert(name).second) broken = "'" + name + "' occurs twice";
        };
        const auto unknowns = system_.unknowns();
        for (const Unknown& unknown : unknowns) add(unknown.name);
        for (const std::string& constant : system_.constants()) add(constant);
        names.clear();
        for (const Equation& equation : equations_) {
            add(equation.name);
            if (equation.order < 0 || equation.order > 2) broken = equation.name + ": an order that is not 0, 1 or 2";
        }
        if (unknowns.empty() || unknowns.size() > Fields::max_unknowns) broken = "no unknown, or too many";
        if (system_.constants().size() > Fields::max_unknowns) broken = "too many constants";
        if (equations_.empty()) broken = "no equation";
        return {"unknowns and equations have names and orders", broken.empty(),
                broken.empty() ? std::to_string(equations_.size()) + " equations" : broken};
    }

    CheckResult check_boundary() const
    {
        std::string broken;
        int points_seen = 0;
        const auto box = system_.domain();
        if (box && (box->low.size() != d_ || box->high.size() != d_)) broken = "a domain of another dimension";
        for (std::size_t k = 0; box && broken.empty() && k < d_; ++k)
            if (!(box->low(k) < box->high(k))) broken = "an empty domain";
        for (const Equation& equation : equations_) {
            if (equation.where != Where::boundary || !broken.empty()) continue;
            const Matrix points = system_.boundary_points(RandomStream(23, "boundary"), 64);
            points_seen += static_cast<int>(points.shape(0));
            if (points.shape(0) != 64 || points.shape(1) != d_ + time()) broken = "boundary points of the wrong shape";
            for (std::size_t i = 0; box && broken.empty() && i < points.shape(0); ++i)
                for (std::size_t k = 0; k < d_; ++k)
                    if (!(points(i, k) >= box->low(k) && points(i, k) <= box->high(k)))
                        broken = "a boundary point outside of the domain";
        }
        return {"domain and boundary make sense", broken.empty(),
                !broken.empty() ? broken
                                : std::string(box                  ? "a box"
                                              : system_.periodic() ? "the torus"
                                                                   : "no domain") +
                                      ", " + std::to_string(points_seen) + " points of the boundary"};
    }

    /// Any network, with the ansatz around it, satisfies all equations but those in the interior.
    CheckResult check_hard_conditions() const
    {
        const FormulaFields ansatz(system_, [&](std::string_view unknown, const State& s) {
            const Jet network = sin(sum(1.3 * s.x) + (time() ? 0.7 * s.t : Jet{})) + 0.4;
            return system_.hard_condition(unknown, s.x, s.t, network);
        });
        WorstError worst;
        for (const Equation& equation : equations_)
            if (equation.where != Where::interior) add_residual(ansatz, equation, points_of(ansatz, equation), worst);
        return worst.below("the ansatz keeps all conditions, whatever the network", 1e-10);
    }

    /// Where an equation is checked; those in the interior in groups of agents, where it has means over these.
    Matrix points_of(const FormulaFields& fields, const Equation& equation) const
    {
        if (equation.where == Where::boundary) return system_.boundary_points(RandomStream(23, "boundary"), 256);
        if (equation.where == Where::interior && system_.agents_per_time() > 1 && d_ == 1) return groups(fields);
        Matrix points = scattered();
        for (std::size_t i = 0; i < points.shape(0) && equation.where != Where::interior; ++i)
            points(i, d_) = equation.where == Where::terminal ? system_.horizon() : 0;
        return points;
    }

    /// Points of the space, in its middle part where it has no end.
    Matrix scattered() const
    {
        constexpr int count = 256;
        const RandomStream stream(23, "points");
        const auto box = system_.domain();
        if (!box && system_.initial_density())
            return with_times(system_.initial_density()->sample(stream, count), stream);
        Matrix x = make_matrix(count, d_);
        for (std::size_t i = 0; i < x.shape(0); ++i) {
            stream.uniform(i, system_.dimension(), &x(i, 0));
            for (std::size_t k = 0; box && k < d_; ++k) x(i, k) = box->low(k) + (box->high(k) - box->low(k)) * x(i, k);
        }
        return with_times(x, stream);
    }

    Matrix with_times(const Matrix& x, const RandomStream& stream) const
    {
        return time() ? with_uniform_times(x, stream, system_.horizon()) : x;
    }

    /// At some times, an even grid that holds all agents.
    Matrix groups(const FormulaFields& fields) const
    {
        constexpr std::size_t times = 4, steps = 48, n = agents;
        const Real h = system_.horizon() / steps;
        Matrix at = make_matrix(256, 2), points = make_matrix(times * n, 2);
        const Matrix start = system_.initial_density()->sample(RandomStream(23, "agents"), 256);
        for (std::size_t i = 0; i < at.shape(0); ++i) at(i, 0) = start(i, 0);
        const auto slope = [&](const Matrix& base, const Matrix& v, Real share) {
            Matrix moved = base;
            for (std::size_t i = 0; i < moved.shape(0); ++i) {
                moved(i, 0) += share * h * (v.size() ? v(i, 0) : 0);
                moved(i, 1) += share * h;
            }
            return fields.velocity(moved);
        };
        for (std::size_t step = 0, group = 0; step < steps; ++step) {
            if (step % (steps / times) == 0) {
                Real low = at(0, 0), high = low;
                for (std::size_t i = 0; i < at.shape(0); ++i) {
                    low = std::min(low, at(i, 0));
                    high = std::max(high, at(i, 0));
                }
                const Real margin = 0.7 * (high - low);  // some 9 standard deviations from the middle
                for (std::size_t j = 0; j < n; ++j) {
                    const Real share = static_cast<Real>(j) / static_cast<Real>(n - 1);
                    points(group * n + j, 0) = low - margin + share * (high - low + 2 * margin);
                    points(group * n + j, 1) = at(0, 1);
                }
                ++group;
            }
            const Matrix k1 = slope(at, make_matrix(0, 0), 0), k2 = slope(at, k1, 0.5), k3 = slope(at, k2, 0.5),
                         k4 = slope(at, k3, 1);
            for (std::size_t i = 0; i < at.shape(0); ++i) {
                at(i, 0) += h / 6 * (k1(i, 0) + 2 * k2(i, 0) + 2 * k3(i, 0) + k4(i, 0));
                at(i, 1) += h;
            }
        }
        return points;
    }

    void add_residual(const FormulaFields& fields, const Equation& equation, const Matrix& points,
                      WorstError& worst) const
    {
        const int n = static_cast<int>(points.shape(0));
        Tape tape;
        tape.begin(false);
        const Variable in = tape.constant(static_cast<int>(points.shape(1)), n);
        for (int r = 0; r < in.rows(); ++r)
            for (int i = 0; i < n; ++i)
                in.write_row(r)[i] = points(static_cast<std::size_t>(i), static_cast<std::size_t>(r));
        Fields f = fields.at(in, equation.order);
        if (system_.agents_per_time() > 1 && equation.where == Where::interior && d_ == 1) {
            f.agents_per_time = agents;
            f.population_weights = weights(f, n);
        }
        Real scale = 1, most = 0;
        const auto grow = [&](const Jet& jet) {
            for (int r = 0; !jet.is_zero() && r < jet.features(); ++r)
                for (int i = 0; i < n; ++i) scale = std::max(scale, std::abs(jet.value()(r, i)));
        };
        for (const Fields::Named& unknown : f.unknowns) {
            grow(unknown.values.value);
            grow(unknown.values.time_derivative);
            grow(unknown.values.gradient);
            grow(unknown.values.laplacian);
        }
        const Jet residual = equation.residual(f);
        for (int i = 0; i < n; ++i) {
            const Real here = residual.is_zero() ? 0 : std::abs(residual.value()(0, i));
            most = std::isfinite(here) ? std::max(most, here) : std::numeric_limits<Real>::infinity();
        }
        worst.add(most, scale, equation.name + ", " + std::to_string(n) + " points");
    }

    /// Trapezoidal sums over a smooth density that ends before the grid are exact to rounding.
    Variable weights(const Fields& f, int n) const
    {
        Variable weights = f.x.tape().constant(1, n, 0);
        const auto unknowns = system_.unknowns();
        for (const Unknown& unknown : unknowns) {
            if (unknown.role == Unknown::Role::value) continue;
            const Variable m = f[unknown.name].value.value();
            for (int first = 0; first < n; first += agents) {
                Real total = 0;
                for (int i = first; i < first + agents; ++i) {
                    const Real density = unknown.role == Unknown::Role::density ? m(0, i) : std::exp(m(0, i));
                    weights.write_row(0)[i] = density;
                    total += density;
                }
                for (int i = first; i < first + agents; ++i) weights.write_row(0)[i] /= total;
            }
        }
        return weights;
    }

    /// The exact solution has no errors.
    CheckResult check_measures(const FormulaFields& exact) const
    {
        const auto groups = system_.measures(exact, RandomStream(23, "measures"), 512);
        const std::string what = "exact solution: it has no errors by the problem's own measures";
        CheckResult result{what, true, std::to_string(groups.size()) + " groups"};
        for (const auto& [group, numbers] : groups)
            for (const auto& [name, number] : numbers)
                if (!std::isfinite(number) || (group == "errors" && std::abs(number) > 1e-6))
                    result = {what, false, group + "." + name + " = " + short_text(number)};
        return result;
    }

    const PdeSystem& system_;
    std::size_t d_;
    std::vector<Equation> equations_;
};

}  // namespace

CheckResults check_system(const PdeSystem& system)
{
    return SystemChecks(system).run();
}

}  // namespace mfg
