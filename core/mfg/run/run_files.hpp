#pragma once
#include <mfg/base/export.hpp>

#include <string>
#include <vector>

namespace mfg {

/// Which files in a directory are those of a run: nothing else in it is ever moved or removed.

/// Their names relative to `directory`, e.g. "config.ini" and "figures/density.svg"; config.ini comes last.
MFG_API std::vector<std::string> run_files(const std::string& directory);

/// Removes the run's file of this name, or all files of the run in the folder of this name and the folder if it is
/// empty then. A symbolic link is removed, what it leads to is kept.
MFG_API void remove_run_files(const std::string& directory, const std::string& name);

/// An earlier run in a directory, kept aside as long as the run that takes its place has nothing to show.
class MFG_API ReplacedRun {
public:
    /// Moves the earlier run's files into the directory's folder `.replaced`. If one is there already, that run stays
    /// the earlier one, and the present files are those of a run that was killed at its start: they are removed.
    static ReplacedRun move_aside(const std::string& directory);
    /// Takes charge of a run that was moved aside before.
    static ReplacedRun adopt(const std::string& directory);

    /// Moves the files back, in place of the new ones, unless they were discarded.
    ~ReplacedRun();
    ReplacedRun(ReplacedRun&& other) noexcept;
    ReplacedRun& operator=(ReplacedRun&&) = delete;
    ReplacedRun(const ReplacedRun&) = delete;
    ReplacedRun& operator=(const ReplacedRun&) = delete;

    /// Whether there is an earlier run.
    bool is_kept() const { return kept_; }
    /// Removes the earlier run: the new one has a result or a checkpoint.
    void discard();

private:
    explicit ReplacedRun(std::string directory);
    std::string directory_;
    bool kept_;
};

}  // namespace mfg
