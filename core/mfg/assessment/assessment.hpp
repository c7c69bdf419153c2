#pragma once
#include <mfg/method.hpp>
#include <mfg/training/training.hpp>

namespace mfg {

/// What is known about the quality of a solution, over about `samples` fresh samples: `errors` against the exact
/// solution, `constants`, and what the method itself measures.
MFG_API Measures assess(const Solution& solution, const RandomStream& stream, int samples);
/// The same for the solution with these parameters, and `baselines`: the same errors of answers that know nothing.
/// `seed`: that of the training's initial parameters.
MFG_API Measures assess(const Formulation& formulation, const Vector& parameters, std::uint64_t seed,
                        const RandomStream& stream, int samples);

/// Follows errors, if they are cheap, and what the method itself follows, at every validation.
class MFG_API SolutionTracker final : public Tracker {
public:
    /// The formulation outlives the tracker.
    explicit SolutionTracker(const Formulation& formulation);
    std::vector<std::string> names() const override { return names_; }
    Vector values(const Vector& parameters, const RandomStream& stream) override;

private:
    const Formulation& formulation_;
    std::vector<std::string> names_;
};

/// An unknown function at rows of points, and its derivatives up to an order; others stay empty.
struct FieldTable {
    std::string name;
    int order = 0;
    Vector value = {}, time_derivative = {};  ///< one number a point
    Matrix gradient = {};                     ///< in x, `[n x d]`
    Vector laplacian = {};                    ///< in x
};

/// All unknowns of a solution at rows of points.
MFG_API std::vector<FieldTable> evaluate(const Solution& solution, const Matrix& points);

}  // namespace mfg
