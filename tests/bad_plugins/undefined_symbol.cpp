#include "toy.hpp"

void is_defined_nowhere();

namespace {

struct Undefined final : Toy {
    explicit Undefined(const Settings& s) : Toy(s) { is_defined_nowhere(); }
};

}  // namespace

MFG_PLUGIN(Undefined, "undefined_symbol", "uses a function that no library has");
