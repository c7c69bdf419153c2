#pragma once
#include <mfg/method.hpp>
#include <mfg/parameters.hpp>
#include <mfg/run/checkpoint.hpp>
#include <mfg/run/files.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
    /// solution/NAME.npy for each array of a solver's answer.
    void write_solution(const Archive& solution) const;
    /// All arrays of the folder; an Error if there are none.
    Archive read_solution() const;
    /// Keeps other processes from writing this run as long as the result lives; an Error if one does already.
    std::unique_ptr<FileLock> lock() const;
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

/// Writes figures to `fields/` of a run: .npy files, NAME.npy the values of a panel, and figures.json, which says how
/// to draw them.
class MFG_API FieldFiles final : public FieldExport {
public:
    /// `keep`: figures that are described already stay, but for those of the same name.
    explicit FieldFiles(const RunDirectory& run, bool keep = false);
    ~FieldFiles() override;
    void figure(const std::string& name, const std::string& title) override;
    void map(const std::string& name, const std::string& title, const Matrix& values, const Window& window,
             const std::string& scale, const MapDetails& details) override;
    void curves(const std::string& name, const std::string& title, const Matrix& table,
                const std::vector<std::string>& labels, const std::string& x_label,
                const std::string& y_label) override;
    void animation(const std::string& name, const std::string& title, const Cube& values, const Window& window,
                   const Vector& times, const Cube& points, const Matrix* obstacles) override;
    /// Writes figures.json; to be called once, at the end.
    void finish();

private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace mfg
