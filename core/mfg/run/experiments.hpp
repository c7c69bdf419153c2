#pragma once
#include <mfg/base/export.hpp>
#include <string>
#include <vector>

namespace mfg {

/// An INI file that is shipped with the program.
struct Experiment {
    std::string name, path, description;
    std::string failure;  ///< why it cannot be read; empty when it can
};

/// `<executable>/../share/mfg`.
MFG_API std::string share_directory();

/// All named experiments, sorted by name.
MFG_API std::vector<Experiment> experiments();

/// The file that a user means by `name`: a path (it contains `/` or ends in `.ini` or `.cpp`) or a named experiment.
MFG_API std::string experiment_file(const std::string& name);

}  // namespace mfg
