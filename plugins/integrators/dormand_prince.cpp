/// dormand_prince: the pair of orders 5 and 4 of Dormand and Prince, with error control.
///
/// In evaluations the steps adapt, separately for each block of samples, so that in every entry y of every sample the
/// difference e of the two methods satisfies
///
/// $$ |e| \le \text{absolute\_tolerance} + \text{relative\_tolerance}\,|y| $$
///
/// A rejected step is repeated with a smaller one; a proportional-integral controller chooses the next. The final error
/// has the size of the tolerance times the amplification by the flow. Integrals of absolute values (the Hamilton-Jacobi
/// violation) follow the same steps but do not control them, because their kinks would require tiny ones.
///
/// Where gradients are needed, it takes equal steps of the method of order 5. The method `lagrangian` does not train
/// with these: one weight is negative, so the discrete costs of paths are not bounded below, and trainings exploited
/// that (optimal_transport_2d, 2 steps, 120 iterations: objective -2e9; with adaptive steps the same paths cost 1.5e5;
/// no better with 16 steps). cash_karp has positive weights and serves both purposes.
///
///       0   |
///      1/5  |     1/5
///      3/10 |     3/40          9/40
///      4/5  |    44/45        -56/15        32/9
///      8/9  | 19372/6561  -25360/2187  64448/6561  -212/729
///       1   |  9017/3168     -355/33   46732/5247    49/176  -5103/18656
///      -----+------------------------------------------------------------------------
///       b   |    35/384           0      500/1113   125/192   -2187/6784    11/84    0
///       b*  |  5179/57600         0     7571/16695  393/640 -92097/339200 187/2100 1/40
///
/// The seventh stage of b* is the first of the next step.
///
///     mfg validate runs/optimal_transport_2d --integrator dormand_prince
///
/// J. R. Dormand, P. J. Prince, J. Comput. Appl. Math. 6 (1980) 19; E. Hairer, S. P. Norsett, G. Wanner, Solving
/// Ordinary Differential Equations I, II.4, IV.2.
#include <mfg/integrator.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

class DormandPrince final : public mfg::RungeKutta {
public:
    using Settings = mfg::Tolerances;
    static void options(mfg::Options& o, Settings& s) { s.declare(o); }

    explicit DormandPrince(const Settings& s)
        : RungeKutta(5, {0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1},
                     {{},
                      {1.0 / 5},
                      {3.0 / 40, 9.0 / 40},
                      {44.0 / 45, -56.0 / 15, 32.0 / 9},
                      {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
                      {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656}},
                     {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
                     {5179.0 / 57600, 0, 7571.0 / 16695, 393.0 / 640, -92097.0 / 339200, 187.0 / 2100, 1.0 / 40}, s)
    {
    }
};

}  // namespace

MFG_PLUGIN(DormandPrince, "dormand_prince", "Dormand-Prince pair, order 5, for evaluation with adaptive steps");
