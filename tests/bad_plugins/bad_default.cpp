#include "toy.hpp"

namespace {

struct BadDefault final : Toy {
    static void options(mfg::Options& o, Settings& s)
    {
        s.depth = -1;
        Toy::options(o, s);
    }
    explicit BadDefault(const Settings& s) : Toy(s) {}
};

}  // namespace

MFG_PLUGIN(BadDefault, "bad_default", "its default breaks its own range");
