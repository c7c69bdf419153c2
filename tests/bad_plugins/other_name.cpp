#include "toy.hpp"

MFG_PLUGIN(Toy, "another", "calls itself otherwise than its file");
