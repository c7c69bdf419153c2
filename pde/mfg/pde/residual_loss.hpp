#pragma once
#include <mfg/loss.hpp>
#include <mfg/pde/collocation.hpp>

#include <numeric>

namespace mfg {

/// What the mean of squared residuals depends on, beside the system and its networks.
struct ResidualSettings {
    enum class Points {
        base,      ///< the law of Collocation
        residual,  ///< more where residuals are large
        density    ///< those of the population as it is learned
    };
    std::vector<Real> weights{1};        ///< one an equation of the system, or one for all
    std::vector<std::string> equations;  ///< names of those that count; none named: all
    Points points = Points::base;
    int candidates = 16;    ///< candidates a point, where points are chosen among these
    Real base_share = 0.2;  ///< of points that are not chosen but of the base law
    LaplacianEstimate laplacian = {};
    /// Weight of (int m - 1)^2 and (int phi)^2, each a product of two independent half-batch means; negative: the
    /// constants are computed instead. Needs Points::base.
    Real mass_weight = -1;
    /// Means over the population are those of the density as it is: no derivatives flow to it. An equation with such a
    /// mean could else be satisfied by a wrong density as well as by a better value function.
    bool frozen_means = false;
};

/// The objective of the Deep Galerkin Method (docs/equations.md, "Residual objective"): the mean of squared residuals
/// of a system's equations at random points, each with its weight.
class MFG_API ResidualLoss final : public SampledLoss {
public:
    /// `fields` and `collocation` outlive the loss.
    ResidualLoss(const FieldNetworks& fields, const Collocation& collocation, const ResidualSettings& settings);

    const Collocation& collocation() const { return collocation_; }
    const FieldNetworks& fields() const { return fields_; }
    /// Those that are part of the objective.
    const std::vector<Equation>& equations() const { return equations_; }
    /// The unknowns at the points of one kind of a tile of samples, which all have one, as equations see them.
    Fields fields_at(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& samples, Where where,
                     int order) const;
    std::vector<std::string> terms() const override;
    Matrix sample(const RandomStream& stream, int count) const override { return collocation_.draw(stream, count); }
    Matrix training_sample(const RandomStream& stream, int count, const Vector& parameters) const override;
    Variable integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                        const Variable& shared) const override;
    bool terms_are_means() const override { return !penalised(); }
    /// With estimated Laplacians or penalties the terms are products of independent factors.
    bool sum_of_squares() const override { return !penalised() && settings_.laplacian.is_exact(); }
    int residual_period(int integrand) const override { return collocation_.period(equations_[integrand].where); }
    int residual_group(int integrand) const override
    {
        return equations_[integrand].where == Where::interior ? agents_ : 1;
    }
    void residual_rows(Tape& tape, const VariableList& parameters, const Variable& samples, const Variable& shared,
                       Variable* rows) const override;
    int integrand_count() const override
    {
        return static_cast<int>(equations_.size() + (penalised() ? 2 * fields_.unknowns().size() : 0));
    }
    Variable terms_of_means(Tape& tape, const Variable& means) const override;
    /// Agents at one time, and as many in each half of the batch; whole periods of conditions.
    int group() const override
    {
        return std::lcm((penalised() ? 2 : 1) * agents_, collocation_.period(Where::boundary));
    }

private:
    bool penalised() const { return settings_.mass_weight >= 0; }
    Variable population_weights(Tape& tape, const Fields& fields, const Variable& samples) const;
    /// Of one equation, `[1 x n]`.
    Variable residual(Tape& tape, std::size_t equation, const Fields& fields) const;
    /// Of one that is a condition, at the samples that have points of it.
    Variable condition(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& samples,
                       std::size_t equation) const;
    Vector sampling_weights(const Vector& parameters, const Matrix& candidates) const;

    const FieldNetworks& fields_;
    const Collocation& collocation_;
    ResidualSettings settings_;
    std::vector<Equation> equations_;  // those that are not part of an ansatz
    std::vector<Real> weights_;
    int interior_order_ = 0;
    int agents_;       // that share a time
    Real volume_ = 1;  // of a bounded space
};

}  // namespace mfg
