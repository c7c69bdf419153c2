#pragma once
#include <mfg/loss.hpp>
#include <mfg/pde/collocation.hpp>

namespace mfg {

/// What the mean of squared residuals depends on, beside the system and its networks.
struct ResidualSettings {
    enum class Points {
        base,      ///< the law of Collocation
        residual,  ///< more where residuals are large
        density    ///< those of the population as it is learned
    };
    std::vector<Real> weights;           ///< one an equation of the system
    std::vector<std::string> equations;  ///< names of those that count; none named: all
    bool adapts = true;                  ///< whether computed parameters are found; one of several players does it
    Points points = Points::base;
    int candidates = 16;    ///< candidates a point, where points are chosen among these
    Real base_share = 0.2;  ///< of points that are not chosen but of the base law
    LaplacianEstimate laplacian = LaplacianEstimate::exact;
    Real two_point_step = 1e-2;
    /// Weight of (int m - 1)^2 and (int phi)^2, each a product of two independent half-batch means; negative: the
    /// constants are computed instead.
    Real mass_weight = -1;
    int normalisation_points = 4096;  ///< for constants that are computed
    int agents = 256;                 ///< simulated for the frame
    int refresh_every = 25;           ///< samples from one frame to the next
    /// Means over the population are those of the density as it is: no derivatives flow to it. An equation with such a
    /// mean could else be satisfied by a wrong density as well as by a better value function.
    bool frozen_means = false;
    Real frame_step = 1;        ///< share of the way from one frame to the next that is taken
    int constant_points = 512;  ///< for the correction of the ergodic constant
    int constants_every = 4;    ///< samples from one computation of constants to the next
};

/// The objective of the Deep Galerkin Method (docs/equations.md, "Residual objective"): the mean of squared residuals
/// of a system's equations at random points, each with its weight.
class MFG_API ResidualLoss final : public Loss {
public:
    /// `fields` and `collocation` outlive the loss.
    ResidualLoss(const FieldNetworks& fields, const Collocation& collocation, const ResidualSettings& settings);

    std::vector<std::string> terms() const override;
    Matrix sample(const RandomStream& stream, int count) const override;
    Matrix training_sample(const RandomStream& stream, int count, const Vector& parameters) const override;
    void adapt(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const override;
    Variable integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                        const Variable& common) const override;
    bool terms_are_means() const override { return !penalised(); }
    int integrand_count() const override;
    Variable terms_of_means(Tape& tape, const Variable& means) const override;
    int group() const override;

private:
    bool penalised() const { return settings_.mass_weight >= 0; }
    Variable population_weights(Tape& tape, const Fields& fields, const Variable& samples) const;
    Variable squared(Tape& tape, std::size_t equation, const Fields& fields, const Fields* other) const;
    Vector sampling_weights(const Vector& parameters, const Matrix& candidates) const;
    void find_constants(Vector& parameters, const RandomStream& stream, int points) const;
    void find_frame(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const;

    const FieldNetworks& fields_;
    const Collocation& collocation_;
    ResidualSettings settings_;
    std::vector<Equation> equations_;  // those that are no part of an ansatz
    std::vector<Real> weights_;
    int interior_order_ = 0;
};

}  // namespace mfg
