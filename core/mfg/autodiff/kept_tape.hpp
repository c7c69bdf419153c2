#pragma once
#include <mfg/autodiff/tape.hpp>

namespace mfg {

/// A tape of the calling thread, for as long as this object exists. The thread keeps its tapes with their memory for
/// the next ones: memory that goes back to the system and comes again takes longer than most computations in it. Where
/// one begins while another exists, it gets a tape of its own. Does not leave its block.
class MFG_API KeptTape {
public:
    KeptTape();
    ~KeptTape();
    KeptTape(const KeptTape&) = delete;
    KeptTape& operator=(const KeptTape&) = delete;

    Tape& operator*() const { return tape_; }

private:
    Tape& tape_;
};

}  // namespace mfg
