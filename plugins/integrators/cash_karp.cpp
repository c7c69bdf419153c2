/// cash_karp: the pair of orders 5 and 4 of Cash and Karp, with error control and positive weights.
///
/// Training takes equal steps of the method of order 5, six evaluations each, and its gradient is that of this discrete
/// scheme. Whenever only values are needed (validation with finer steps, errors, round trip, pictures), the steps adapt
/// as in dormand_prince. The weights b are not negative: costs of paths remain sums of positive costs, and a training
/// cannot exploit a quadrature with negative weights, as it does with dormand_prince.
///
///      0  |
///     1/5 |    1/5
///     3/10|    3/40       9/40
///     3/5 |    3/10      -9/10       6/5
///      1  |  -11/54       5/2      -70/27       35/27
///     7/8 | 1631/55296  175/512  575/13824  44275/110592  253/4096
///     ----+--------------------------------------------------------------------
///      b  |   37/378       0      250/621     125/594         0      512/1771
///      b* | 2825/27648     0    18575/48384 13525/55296   277/14336     1/4
///
///     mfg solve optimal_transport_2d --integrator cash_karp --integrator.relative_tolerance 1e-8
///
/// J. R. Cash, A. H. Karp, ACM Trans. Math. Softw. 16 (1990) 201.
#include <mfg/integrator.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

class CashKarp final : public mfg::RungeKutta {
public:
    using Settings = mfg::Tolerances;
    static void options(mfg::Options& o, Settings& s) { s.declare(o); }

    explicit CashKarp(const Settings& s)
        : RungeKutta(5, {0, 1.0 / 5, 3.0 / 10, 3.0 / 5, 1, 7.0 / 8},
                     {{},
                      {1.0 / 5},
                      {3.0 / 40, 9.0 / 40},
                      {3.0 / 10, -9.0 / 10, 6.0 / 5},
                      {-11.0 / 54, 5.0 / 2, -70.0 / 27, 35.0 / 27},
                      {1631.0 / 55296, 175.0 / 512, 575.0 / 13824, 44275.0 / 110592, 253.0 / 4096}},
                     {37.0 / 378, 0, 250.0 / 621, 125.0 / 594, 0, 512.0 / 1771},
                     {2825.0 / 27648, 0, 18575.0 / 48384, 13525.0 / 55296, 277.0 / 14336, 1.0 / 4}, s)
    {
    }
};

}  // namespace

MFG_PLUGIN(CashKarp, "cash_karp", "Cash-Karp pair, order 5, positive weights, adaptive steps outside training");
