#include "toy.hpp"

#include <stdexcept>

namespace {

/// A type that only this library knows.
struct Private : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Throws final : Toy {
    explicit Throws(const Settings& s) : Toy(s) { throw Private("the well\nis dry"); }
};

}  // namespace

MFG_PLUGIN(Throws, "throws_std", "its constructor throws a std::exception");
