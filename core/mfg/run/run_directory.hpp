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
    /// Creates the directory if it is not there; an Error says why that fails.
    static RunDirectory create(const std::string& path);
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
    /// Keeps other processes from writing this run as long as the result lives; an Error if one does already.
    std::unique_ptr<File> lock() const;
    /// Removes what an earlier run left in the directory, so that nothing of it is taken for a part of this one.
    void clear() const;
    /// Removes files or directories of the run, as far as they are there.
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
