#pragma once
#include <mfg/solution.hpp>

#include <string>
#include <vector>

namespace mfg {

/// What a user may conclude from all that was measured of an answer.
enum class Verdict { solved, roughly_solved, not_solved };

/// "solved", "roughly solved" or "not solved".
MFG_API std::string verdict_name(Verdict verdict);

struct Judgement {
    Verdict verdict = Verdict::not_solved;
    /// What it follows from, one sentence each with its number, the worst first: all that was judged if the problem is
    /// solved, else what speaks against it.
    std::vector<std::string> reasons;
};

/// The worst of the verdicts on single numbers; the table of limits stands in verdict.cpp and docs/methods.md ("The
/// verdict"). Not solved if a number is not finite, or if none measures how well the equations hold.
///
/// Judged are, as far as they are there, by group and name: `relative_residuals`; `errors`, also against those of
/// answers that know nothing, `baselines` ERROR.BASELINE; `objective`: `value`, `fine` (in finer time steps) and `size`
/// (sum of the absolute values of all terms); `optimum`: `cost`, `exact` and perhaps `standard_error`; `duality.gap`
/// with `duality.primal`; `population.field_distance`; `exploitability`: `improvement`, `standard_error` and
/// `relative`; `discretisation`: `error` and `iteration_error`; `grid.mass_outside`.
MFG_API Judgement judge(const Measures& measures);

}  // namespace mfg
