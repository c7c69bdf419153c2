#pragma once
#include <mfg/autodiff/jet.hpp>
#include <mfg/base/array.hpp>

#include <string>
#include <vector>

namespace mfg {

/// A cost that is high where agents should not go: a sum of smooth bumps and boxes. Each is a function of the first few
/// coordinates only, as many as its lists have entries; it extends without end in the others.
class MFG_API Obstacles {
public:
    /// height exp(-sum_k (x_k - centre_k)^2 / (2 deviation_k^2))
    void add_bump(Real height, std::vector<Real> centre, const std::vector<Real>& deviation);
    /// height inside low < x < high, falling to 0 over a few `edge`: a product of differences of tanh.
    void add_box(Real height, std::vector<Real> low, std::vector<Real> high, Real edge);

    /// What a JSON text describes:
    ///
    ///     {"bumps": [{"height": 10, "centre": [0, 1], "deviation": [1, 0.5]}],
    ///      "boxes": [{"height": 10, "low": [-1, -1], "high": [1, 0], "edge": 0.1}]}
    ///
    /// `dimension` is that of the space.
    static Obstacles parse(const std::string& text, int dimension);
    /// What a file of such a text describes.
    static Obstacles read(const std::string& path, int dimension);

    /// The cost at x, one feature; a zero jet where there are no obstacles.
    Jet cost(const Jet& x) const;
    bool empty() const { return bumps_.empty() && boxes_.empty(); }
    /// The number of coordinates that some obstacle depends on.
    int coordinates() const;

private:
    struct Bump {
        Real height;
        Vector centre, inverse_deviation;
    };
    struct Box {
        Real height, edge;
        std::vector<Real> low, high;
    };
    std::vector<Bump> bumps_;
    std::vector<Box> boxes_;
};

}  // namespace mfg
