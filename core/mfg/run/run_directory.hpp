#pragma once
#include <mfg/parameters.hpp>
#include <mfg/run/checkpoint.hpp>
#include <mfg/run/files.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace mfg {

/// The files of a run, by the names that users rely on.
class MFG_API RunDirectory {
public:
    /// Creates the directory if it is not there; an Error says why that fails, or that it has a file which is not a
    /// run's and has the name of one.
    static RunDirectory create(const std::string& path);
    /// The same for a path that is free; none if something is there.
    static std::optional<RunDirectory> create_new(const std::string& path);
    /// An existing run.
    static RunDirectory open(const std::string& path);

    const std::string& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

    void write_text(const std::string& name, const std::string& text) const;
    /// parameters.npy, a flat vector, and parameters.json, which says what is where in it.
    void write_parameters(const ParameterLayout& layout, const Vector& parameters) const;
    /// What parameters.npy holds; an Error if it does not fit to the layout.
    Vector read_parameters(const ParameterLayout& layout) const;
    /// The same numbers as arrays of their own, solution/BLOCK.npy, for the state of a solver.
    void write_blocks(const ParameterLayout& layout, const Vector& parameters) const;
    /// What these arrays hold; an Error if they are missing or do not fit to the layout.
    Vector read_blocks(const ParameterLayout& layout) const;
    /// Keeps other processes from this run as long as the result lives, or from writing it; an Error if one has it
    /// already.
    std::unique_ptr<FileLock> lock(FileLock::Use use = FileLock::Use::alone) const;
    /// An Error if the directory was removed, moved or replaced since it was locked.
    void require_in_place(const FileLock& lock) const;
    /// Whether there is something that a new run would destroy: a result or a checkpoint.
    bool has_results() const;
    /// Removes files of the run, or those that mfg writes in a folder, as far as they are there. What else is in the
    /// folder stays.
    void remove(std::initializer_list<const char*> names) const;
    /// Removes what killed processes had not finished writing.
    void remove_unfinished() const;
    /// checkpoint/state: everything in one file with a check sum; the last one is kept beside it as
    /// checkpoint/previous. Whenever the process is killed, one of them is whole.
    void write_checkpoint(const Checkpoint::Settings& settings, const Archive& state) const;
    /// The newest checkpoint that is whole, which takes the place of a damaged one; none where there are no files. An
    /// Error if all are damaged, or one is of another version.
    std::optional<Checkpoint> read_checkpoint() const;

private:
    explicit RunDirectory(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

}  // namespace mfg
