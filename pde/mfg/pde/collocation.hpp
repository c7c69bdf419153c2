#pragma once
#include <mfg/pde/field_networks.hpp>

namespace mfg {

/// Laplacians from random directions, one or several a point, in place of exact ones (docs/equations.md, "Laplacian
/// estimates"): v'(Hess u)v with random signs v, or a difference of first derivatives at two points with normal v. One
/// estimate is unbiased; the square of a residual is too if it is the product of two independent ones. Both cost more
/// than they save here, because the gradient needs its d columns anyway.
struct LaplacianEstimate {
    enum class Kind { exact, hutchinson, two_point };
    Kind kind = Kind::exact;
    Real step = 1e-2;  ///< distance of the two points

    bool is_exact() const { return kind == Kind::exact; }
    /// Directions in a sample.
    int probes() const { return is_exact() ? 0 : 2; }
    /// Draws the `count` numbers of all directions of sample `item`.
    void draw(const RandomStream& stream, std::uint64_t item, int count, Real* to) const;
    /// `fields`, which has first derivatives at `points`, with Laplacians from `directions` `[d x n]`.
    Fields apply(Tape& tape, const FieldNetworks& networks, const FieldNetworks::Prepared& prepared,
                 const Fields& fields, const Variable& points, const Variable& directions) const;
};

/// Where the equations of a system are asked to hold: draws points and keeps them as rows of numbers.
///
/// Each row has one point of every kind that the equations need, or only every so many rows have one of each condition.
/// On a torus or box the numbers are coordinates; where points follow the population they are its standard coordinates,
/// so that a fixed sample moves with the population.
class MFG_API Collocation {
public:
    struct Settings {
        Sampling sampling = Sampling::random;
        /// Standard coordinates are normal with a deviation between 1/spread and spread, drawn for each point.
        Real spread = 1.3;
        LaplacianEstimate laplacian = {};  ///< whose directions are part of a row
        /// Rows 0, k, 2k, ... have points of the conditions (all but interior equations); in other rows these are 0.
        int condition_period = 1;
    };

    Collocation(const FieldNetworks& fields, const Settings& settings);

    /// The columns of a row.
    struct Columns {
        int interior = 0, initial = -1, terminal = -1, boundary = -1;  ///< first columns; -1: no such points
        int half = 0;    ///< 0 or 1: which of two independent halves of the batch the row belongs to
        int probes = 0;  ///< directions, d numbers each
        int total = 0;
    };
    const Columns& columns() const { return columns_; }
    /// Rows a point of this kind: 1, or the period of conditions.
    int period(Where where) const { return where == Where::interior ? 1 : settings_.condition_period; }
    /// Of a tile of rows `[total x n]` those that have a point of this kind, `[total x n / period]`; `n` is a multiple
    /// of the period.
    Variable rows_with(Tape& tape, Where where, const Variable& rows) const;

    /// Independent rows, or those of a Sobol sequence.
    Matrix draw(const RandomStream& stream, int count, Sampling sampling) const;
    Matrix draw(const RandomStream& stream, int count) const { return draw(stream, count, settings_.sampling); }
    /// Puts agents of the solution, at random times, into `rows`, all but one in `every`.
    void insert_agents(Matrix& rows, const Vector& parameters, const RandomStream& stream, int every) const;

    /// Points of one kind `[coordinates x n]` from columns of a tile of rows `[total x n]`.
    Variable points(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& rows, Where where) const;
    /// Interior points as users know them, `[n x coordinates]`.
    Matrix points(const Vector& parameters, const Matrix& rows) const;
    /// Log of the proposal density that standard coordinates were drawn from, up to a constant, `[1 x n]`: where points
    /// share times.
    Variable log_proposal_density(Tape& tape, const Variable& rows) const;
    /// The weight of interior points in means of residuals, `[1 x n]`, mean 1; does not exist where all count the same.
    Variable weight(Tape& tape, const Variable& rows) const;

private:
    bool on_lattice() const { return group_ > 1 && d_ == 1; }

    const FieldNetworks& fields_;
    Settings settings_;
    Columns columns_;
    int d_, group_;
};

}  // namespace mfg
