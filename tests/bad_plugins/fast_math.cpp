#include "toy.hpp"

MFG_PLUGIN(Toy, "fast_math", "built with -ffast-math");
