#pragma once
#include <mfg/autodiff/kernels.hpp>
#include <mfg/autodiff/operations.hpp>

#include <initializer_list>
#include <utility>

namespace mfg {

/// Which derivatives the jets of a computation carry (docs/equations.md, "Second-order jets").
struct JetShape {
    int order = 0;       ///< 0: values; 1: with first derivatives; 2: with the Laplacian
    int directions = 0;  ///< first derivatives: one for each coordinate, time last where there is time
    int spatial = 0;     ///< of these, the ones that the Laplacian runs over
    bool value = true;   ///< false: the value itself is of no interest, closed forms may leave it out

    /// Derivatives in x of dimension `dimension`, and in t where `time`.
    static JetShape of(int order, int dimension, bool time)
    {
        return order == 0 ? JetShape{} : JetShape{order, dimension + (time ? 1 : 0), dimension};
    }
    int components() const { return 1 + directions + (order == 2 ? 1 : 0); }
    bool operator==(const JetShape& o) const
    {
        return order == o.order && directions == o.directions && spatial == o.spatial;
    }
};

struct AffineTerm;

/// A batch of vectors `[features x samples]` with their derivatives in the coordinates: value, time derivative,
/// gradient, Laplacian. Formulas on jets give the derivatives of the result, and the tape the adjoints of all of them.
///
/// A default-constructed jet is identically zero; networks and problems use it for "there is none".
class MFG_API Jet {
public:
    Jet() = default;
    /// Does not depend on the coordinates: only a value (all jets are such where the order is 0).
    explicit Jet(const Variable& value);
    /// The coordinates themselves, `[directions x samples]` (x_1..x_d, and t where there is time).
    static Jet coordinates(const Variable& points, const JetShape& shape);
    /// Points `[f x n]` with derivatives along one direction for each sample: the first derivative of a formula is that
    /// along `directions` `[f x n]` (constant), the Laplacian its second derivative along them.
    static Jet along(const Variable& points, const Variable& directions);
    /// Features with all their components, as `array()` of `dense()` has them.
    static Jet from_components(const Variable& components, const JetShape& shape);
    /// A scalar whose derivatives were found in another way: `gradient` `[directions x samples]`, `laplacian`
    /// `[1 x samples]`; a value that the shape does not ask for may be absent.
    static Jet scalar(const Variable& value, const Variable& gradient, const Variable& laplacian,
                      const JetShape& shape);

    bool is_zero() const { return samples_ == 0; }
    const JetShape& shape() const { return shape_; }
    Index features() const { return array_.rows(); }
    Index samples() const { return samples_; }
    Tape& tape() const { return structure_ == Structure::parts ? gradient_.tape() : array_.tape(); }
    /// True for the coordinates as they came: a network with closed forms can use its own.
    bool is_coordinates() const { return structure_ == Structure::coordinates; }

    /// `[features x samples]`
    Variable value() const { return array_.columns(0, samples_); }
    /// First derivative of all features in one direction, `[features x samples]`.
    Variable derivative(int direction) const;
    Variable time_derivative() const { return derivative(shape_.spatial); }
    /// Of a scalar: `[spatial x samples]`.
    Variable gradient() const;
    /// `[features x samples]`
    Variable laplacian() const;

    /// One feature; several of them. An Error if they are not there.
    Jet operator[](Index feature) const { return features(feature, 1); }
    Jet features(Index first, Index count) const;

    /// The same with all components stored: `[features x components * samples]`, component after component.
    Jet dense() const;
    const Variable& array() const { return array_; }

private:
    enum class Structure {
        constant,     // [f x n]: all derivatives vanish
        coordinates,  // [f x n]: feature i is the coordinate direction_[i]
        diagonal,     // [f x (2 or 3) n]: feature i depends on the coordinate direction_[i] alone: value, first, second
        parts,        // [1 x n] and two more arrays
        dense
    };
    friend MFG_API Jet apply(Function function, const Jet& a, Real parameter);
    friend MFG_API Jet combine(Real a_factor, const Jet& a, Real b_factor, const Jet& b);
    friend MFG_API Jet operator*(const Jet& a, const Jet& b);
    friend MFG_API Jet operator*(const Vector& factors, Jet a);
    friend MFG_API Jet affine(std::initializer_list<AffineTerm> terms, const Variable& bias);
    friend MFG_API Jet gated(const Jet& gate, const Jet& fresh, const Jet& keep, const Jet& state);
    friend MFG_API Jet operator+(const Jet& a, Real number);
    friend Jet shifted(const Jet& a, const Vector& shift, Real sign);
    friend MFG_API Jet sum(const Jet& a);
    friend MFG_API Jet of_scaled_coordinates(const Jet& a, Real factor, Real length, Real time);
    friend MFG_API Jet vconcat(const Jet& a, const Jet& b);

    Jet with(const Variable& array, Structure structure) const;
    /// Whether each feature has its own direction.
    bool directed() const { return structure_ == Structure::coordinates || structure_ == Structure::diagonal; }
    Jet diagonal() const;
    /// In one array, which may be a diagonal one.
    Jet stored() const { return structure_ == Structure::parts ? dense() : diagonal(); }
    /// A diagonal jet as a dense one, row by row, or the sum of its features as one row.
    Jet written_out(Index rows) const;
    JetShape stored_shape() const;

    Variable array_, gradient_, laplacian_;
    JetShape shape_;
    Structure structure_ = Structure::constant;
    Index samples_ = 0;
    const int* direction_ = nullptr;
};

/// A function of each feature.
MFG_API Jet apply(Function function, const Jet& a, Real parameter = 0);
/// a_factor a + b_factor b
MFG_API Jet combine(Real a_factor, const Jet& a, Real b_factor, const Jet& b);
/// W a + b with W `[m x features]` and b `[m x 1]` or absent.
MFG_API Jet affine(const Variable& weight, const Jet& a, const Variable& bias = {});
/// The same with a matrix that outlives the computation.
MFG_API Jet affine(const Matrix& weight, const Jet& a);
/// W a of a sum of such products.
struct AffineTerm {
    Variable weight;
    Jet jet;
};
/// W1 a1 + W2 a2 + .. + b, one to four products: each adds to the result of the last one.
MFG_API Jet affine(std::initializer_list<AffineTerm> terms, const Variable& bias = {});
/// (1 - gate) fresh + keep state, feature by feature: the step of gated networks, in one pass.
MFG_API Jet gated(const Jet& gate, const Jet& fresh, const Jet& keep, const Jet& state);
/// The product; a scalar multiplies all features.
MFG_API Jet operator*(const Jet& a, const Jet& b);
MFG_API Jet operator+(const Jet& a, Real number);
/// A vector has a number for each feature. Jets come by value, and vectors that may change or are temporary have
/// versions of their own, below: else xtensor's operators, which take anything, would fit better.
MFG_API Jet operator*(const Vector& factors, Jet a);
MFG_API Jet operator+(Jet a, const Vector& shift);
MFG_API Jet operator-(Jet a, const Vector& shift);
/// Sum over the features.
MFG_API Jet sum(const Jet& a);
/// The features of a, then those of b.
MFG_API Jet vconcat(const Jet& a, const Jet& b);
/// factor a(x / length, t / time) with its derivatives in x and t, from a jet with those in the arguments of a.
MFG_API Jet of_scaled_coordinates(const Jet& a, Real factor, Real length, Real time);
/// log sum exp over the features, without overflow.
MFG_API Jet log_sum_exp(const Jet& a);
/// (sin 2 pi k x, cos 2 pi k x) for k = 1..harmonics: features with period 1 in each coordinate.
MFG_API Jet periodic_embedding(const Jet& x, int harmonics);

// clang-format off
inline Jet operator*(Vector& factors, Jet a) { return std::as_const(factors) * a; }
inline Jet operator+(Jet a, Vector& shift) { return a + std::as_const(shift); }
inline Jet operator-(Jet a, Vector& shift) { return a - std::as_const(shift); }
inline Jet operator*(Vector&& factors, Jet a) { return std::as_const(factors) * a; }
inline Jet operator+(Jet a, Vector&& shift) { return a + std::as_const(shift); }
inline Jet operator-(Jet a, Vector&& shift) { return a - std::as_const(shift); }
inline Jet operator+(const Jet& a, const Jet& b) { return combine(1, a, 1, b); }
inline Jet operator-(const Jet& a, const Jet& b) { return combine(1, a, -1, b); }
inline Jet operator*(Real factor, const Jet& a) { return combine(factor, a, 0, Jet{}); }
inline Jet operator*(const Jet& a, Real factor) { return factor * a; }
inline Jet operator/(const Jet& a, Real divisor) { return (1 / divisor) * a; }
inline Jet operator-(const Jet& a) { return Real(-1) * a; }
inline Jet operator+(Real number, const Jet& a) { return a + number; }
inline Jet operator-(const Jet& a, Real number) { return a + (-number); }
inline Jet operator-(Real number, const Jet& a) { return -a + number; }
inline Jet reciprocal(const Jet& a) { return apply(Function::reciprocal, a); }
inline Jet operator/(const Jet& a, const Jet& b) { return a * reciprocal(b); }
inline Jet operator/(Real number, const Jet& a) { return number * reciprocal(a); }
inline Jet exp(const Jet& a) { return apply(Function::exponential, a); }
inline Jet log(const Jet& a) { return apply(Function::logarithm, a); }
inline Jet sin(const Jet& a) { return apply(Function::sine, a); }
inline Jet cos(const Jet& a) { return apply(Function::cosine, a); }
inline Jet tanh(const Jet& a) { return apply(Function::hyperbolic_tangent, a); }
inline Jet log_cosh(const Jet& a) { return apply(Function::log_cosh, a); }
inline Jet sqrt(const Jet& a) { return apply(Function::square_root, a); }
inline Jet square(const Jet& a) { return apply(Function::square, a); }
inline Jet abs(const Jet& a) { return apply(Function::absolute, a); }
inline Jet pow(const Jet& a, Real exponent) { return apply(Function::power, a, exponent); }
inline Jet norm_squared(const Jet& a) { return sum(square(a)); }
inline Jet dot(const Jet& a, const Jet& b) { return sum(a * b); }
// clang-format on

}  // namespace mfg
