#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/error.hpp>
#include <mfg/hamiltonian_traits.hpp>
#include <mfg/random/random.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace mfg {
namespace {

constexpr int points_tested = 8, directions_tested = 6;

/// A Hamiltonian at points that are drawn once: positions, times, log densities and gradients p.
class Probe {
public:
    explicit Probe(const MeanFieldGame& game)
        : game_(game),
          d_(game.dimension()),
          x_(game.initial_density().sample(stream_.part("x"), points_tested)),
          p_(normal("p", points_tested))
    {
    }

    int dimension() const { return d_; }
    const Matrix& gradients() const { return p_; }

    /// Numbers from a generator of their own, `[count x d]`.
    Matrix normal(const char* purpose, int count) const
    {
        Matrix numbers = make_matrix(count, d_);
        for (int i = 0; i < count; ++i) stream_.part(purpose).normal(i, d_, &numbers(i, 0));
        return numbers;
    }

    /// `formula(state, p)` with p = `factor` times the gradients, one feature for each point.
    template <class Formula>
    Vector values(Real factor, const Formula& formula) const
    {
        const KeptTape kept;
        Tape& tape = *kept;
        tape.begin(false);
        const Jet h = formula(state(tape), Jet(columns(tape, p_, factor)));
        return numbers_of(h, h.is_zero() ? Variable{} : h.value());
    }

    /// u'H_pp u for each row u of `directions`, at factor times the gradients; `first` instead: u.H_p.
    Vector along(Real factor, const Matrix& directions, bool first = false) const
    {
        const KeptTape kept;
        Tape& tape = *kept;
        tape.begin(false);
        const Jet p = Jet::along(columns(tape, p_, factor), columns(tape, directions, 1));
        const Jet h = game_.hamiltonian(state(tape), p);
        const bool constant = h.is_zero() || h.shape().order == 0;
        return numbers_of(h, constant ? Variable{} : first ? h.derivative(0) : h.laplacian());
    }

    bool depends_on_density() const
    {
        const KeptTape kept;
        Tape& tape = *kept;
        tape.begin(false);
        State s = state(tape);
        s.log_density = Jet::coordinates(s.log_density.value(), JetShape{1, 1, 1});
        const Jet h = game_.hamiltonian(s, Jet(columns(tape, p_, 1)));
        return !h.is_zero() && h.shape().order > 0;
    }

private:
    State state(Tape& tape) const
    {
        State s{Jet(columns(tape, x_, 1)), {}, {}};
        const Variable numbers = tape.constant(2, points_tested);
        for (int i = 0; i < points_tested; ++i) {
            std::array<Real, 2> u{};
            stream_.part("t, w").uniform(i, 2, u.data());
            numbers.write_row(0)[i] = u[0] * game_.horizon();
            numbers.write_row(1)[i] = 2 * u[1] - 1;
        }
        if (!game_.stationary()) s.t = Jet(numbers.rows(0, 1));
        s.log_density = Jet(numbers.rows(1, 1));
        return s;
    }

    Variable columns(Tape& tape, const Matrix& rows, Real factor) const
    {
        const Variable in = tape.constant(d_, points_tested);
        for (int i = 0; i < points_tested; ++i)
            for (int k = 0; k < d_; ++k) in.write_row(k)[i] = factor * rows(i, k);
        return in;
    }

    static Vector numbers_of(const Jet& h, const Variable& v)
    {
        if (!h.is_zero() && h.features() != 1)
            throw Error("problem: hamiltonian() must be one number for each agent, not a vector");
        Vector result = make_vector(points_tested);
        for (int i = 0; v.exists() && i < points_tested; ++i) result(i) = v(0, i);
        return result;
    }

    const MeanFieldGame& game_;
    int d_;
    RandomStream stream_{0, "hamiltonian"};
    Matrix x_, p_;
};

bool is_standard(const MeanFieldGame& game, const Probe& probe)
{
    for (const Real factor : {1.0, 7.0}) {
        const Vector own = probe.values(factor, [&](const State& s, const Jet& p) { return game.hamiltonian(s, p); });
        const Vector standard =
            probe.values(factor, [&](const State& s, const Jet& p) { return game.MeanFieldGame::hamiltonian(s, p); });
        for (int i = 0; i < points_tested; ++i)
            if (!(std::abs(own(i) - standard(i)) <= 1e-12 * (1 + std::abs(standard(i))))) return false;
    }
    return true;
}

/// Second derivatives along unit vectors, by what they are to p.
struct Curvatures {
    explicit Curvatures(const Probe& probe)
    {
        const int d = probe.dimension();
        const auto unit = [&](Matrix rows) {
            for (Index i = 0; i < points_tested; ++i) {
                Real square = 0;
                for (int k = 0; k < d; ++k) square += rows(i, k) * rows(i, k);
                for (int k = 0; k < d; ++k) rows(i, k) /= std::sqrt(square);
            }
            return rows;
        };
        const Matrix p = unit(probe.gradients());
        along = probe.along(1, p);
        for (int j = 0; j < directions_tested; ++j) {
            const Matrix u = unit(probe.normal(fmt::format("direction {}", j).c_str(), points_tested));
            Matrix signs = u, across = u;
            for (Index i = 0; i < points_tested; ++i) {
                Real share = 0;
                for (int k = 0; k < d; ++k) share += u(i, k) * p(i, k);
                for (int k = 0; k < d; ++k) {
                    signs(i, k) = u(i, k) < 0 ? -1 : 1;
                    across(i, k) -= share * p(i, k);
                }
            }
            any.push_back(probe.along(1, u));
            signed_sums.push_back(probe.along(1, signs) / d);
            if (d == 1) continue;
            across = unit(across);
            orthogonal.push_back(probe.along(1, across));
            mixed.push_back(probe.along(1, p + across) - along - orthogonal.back());
        }
        for (const Vector& c : any)
            for (const Real entry : c) {
                largest = std::max(largest, std::abs(entry));
                least = std::min(least, entry);
            }
    }

    bool all_same(const std::vector<Vector>& list, Real tolerance) const
    {
        for (const Vector& c : list)
            for (int i = 0; i < points_tested; ++i)
                if (!(std::abs(c(i) - list.front()(i)) <= tolerance)) return false;
        return true;
    }

    Vector along;
    std::vector<Vector> any, signed_sums, orthogonal, mixed;
    Real largest = 0, least = 0;
};

void require_finite_at_zero(const Probe& probe)
{
    const Matrix u = probe.normal("direction at 0", points_tested);
    for (const bool first : {true, false})
        for (const Real c : probe.along(0, u, first))
            if (!std::isfinite(c))
                throw Error(fmt::format(
                    "problem: the {} derivatives of hamiltonian() at p = 0 are not finite; a power of |p| below 2 can "
                    "be pow(norm_squared(p) + 1e-16, q / 2)",
                    first ? "first" : "second"));
}

}  // namespace

HamiltonianTraits traits_of_formula(const MeanFieldGame& game)
{
    const Probe probe(game);
    if (is_standard(game, probe)) return {};
    require_finite_at_zero(probe);
    HamiltonianTraits traits{HamiltonianForm::general, probe.depends_on_density()};
    const Curvatures c(probe);
    if (!std::isfinite(c.largest)) throw Error("problem: hamiltonian() is not finite at some p");
    const Real rounding = 1e-9 * c.largest;
    if (c.least < -rounding)
        throw Error(fmt::format("problem: hamiltonian() is not convex in p: a second derivative is {:.4g}", c.least));
    const std::vector<Vector> none{make_vector(points_tested)};
    const auto vanishes = [&](const std::vector<Vector>& list) {
        return std::all_of(list.begin(), list.end(), [&](const Vector& v) {
            return std::all_of(v.begin(), v.end(), [&](Real r) { return std::abs(r) <= rounding; });
        });
    };
    if (c.all_same(c.any, rounding)) {
        traits.form = HamiltonianForm::isotropic;
    } else if (c.all_same(c.signed_sums, rounding)) {
        traits.form = HamiltonianForm::diagonal;
    } else if (c.all_same(c.orthogonal, rounding) && vanishes(c.mixed)) {
        traits.form = HamiltonianForm::radial;
    }
    return traits;
}

const char* name_of(HamiltonianForm form)
{
    static constexpr const char* names[] = {"quadratic", "isotropic", "diagonal", "radial", "general"};
    return names[static_cast<int>(form)];
}

bool includes(HamiltonianForm wide, HamiltonianForm narrow)
{
    using Form = HamiltonianForm;
    const bool branches = wide == Form::radial && narrow == Form::diagonal;
    return wide >= narrow && !branches;
}

Jet MeanFieldGame::hamiltonian(const State& s, const Jet& p) const
{
    const Jet moving = norm_squared(p) / (2 * weights().transport), b = drift({s.x, s.t, {}});
    if (b.is_zero()) return moving;
    if (b.features() != p.features())
        throw Error("problem: the drift must have as many features as the space has dimensions");
    return moving - dot(b, p);
}

const HamiltonianTraits& MeanFieldGame::hamiltonian_traits() const
{
    std::call_once(found_.once, [&] {
        found_.traits = traits_of_formula(*this);
        if (const auto stated = hamiltonian_form()) found_.traits.form = *stated;
        found_.traits.viscosities = viscosities();
        if (found_.traits.form == HamiltonianForm::general && dimension() > most_general_dimensions)
            throw Error(
                fmt::format("problem: all second derivatives of hamiltonian() in p are needed, and dimension() is {}; "
                            "that is done up "
                            "to {} dimensions, beyond that H_pp must be diagonal, or that of a function of |p|",
                            dimension(), most_general_dimensions));
    });
    return found_.traits;
}

}  // namespace mfg
