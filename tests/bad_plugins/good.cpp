#include "toy.hpp"

MFG_PLUGIN(Toy, "good", "a plugin with nothing wrong");
