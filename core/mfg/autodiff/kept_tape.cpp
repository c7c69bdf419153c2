#include <mfg/autodiff/kept_tape.hpp>

#include <cstddef>
#include <deque>

namespace mfg {
namespace {

/// The first ones are in use: they end in the reverse order of their beginnings.
struct ThreadTapes {
    std::deque<Tape> tapes;
    std::size_t in_use = 0;

    Tape& next()
    {
        if (in_use == tapes.size()) tapes.emplace_back();
        return tapes[in_use++];
    }
};

thread_local ThreadTapes thread_tapes;

}  // namespace

KeptTape::KeptTape() : tape_(thread_tapes.next()) {}

KeptTape::~KeptTape()
{
    --thread_tapes.in_use;
}

}  // namespace mfg
