#pragma once
#include <mfg/base/archive.hpp>
#include <mfg/base/error.hpp>

#include <string>
#include <utility>
#include <vector>

namespace mfg {

/// Where a run goes on from.
struct Checkpoint {
    /// What the run's numbers follow from, by its names in config.ini: (`training.samples`, `512`), ...
    using Settings = std::vector<std::pair<std::string, std::string>>;

    Settings settings;
    Archive state;
    std::string damage = {};  ///< what was wrong with a newer one, where there was one
};

/// It is whole, but not for this program.
class MFG_API OtherVersion : public Error {
public:
    using Error::Error;
    ~OtherVersion() override;
};

/// The bytes of the file checkpoint/state, with a check sum.
MFG_API std::string pack_checkpoint(const Checkpoint::Settings& settings, const Archive& state);
/// What such bytes hold; an Error says why they are no whole checkpoint, OtherVersion whose they are.
MFG_API Checkpoint unpack_checkpoint(const std::string& bytes);

}  // namespace mfg
