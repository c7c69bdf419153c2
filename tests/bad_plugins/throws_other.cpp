#include "toy.hpp"

namespace {

struct Throws final : Toy {
    explicit Throws(const Settings& s) : Toy(s) { throw 42; }
};

}  // namespace

MFG_PLUGIN(Throws, "throws_other", "its constructor throws an int");
