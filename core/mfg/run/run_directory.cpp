#include <mfg/base/error.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/json.hpp>
#include <mfg/run/npy.hpp>
#include <mfg/run/run_directory.hpp>
#include <mfg/run/run_files.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace mfg {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

/// An Error unless all numbers from the file are finite, as those are that mfg writes.
template <class Array>
void require_finite(const Array& numbers, const std::string& path)
{
    const auto finite = [](Real number) { return std::isfinite(number); };
    if (const auto wrong = std::find_if_not(numbers.begin(), numbers.end(), finite); wrong != numbers.end())
        throw Error("'" + path + "': number " + std::to_string(wrong - numbers.begin()) +
                    " is not finite; mfg has not written this, solve the problem again");
}

/// Whether mfg has written a config.ini: it says with which version.
bool is_run(const std::string& path)
{
    std::error_code ignored;
    const std::string file = path + "/config.ini";
    if (!fs::is_regular_file(file, ignored)) return false;
    const std::string text = read_file(file);
    return text.find("\nversion = ") != text.npos || text.rfind("version = ", 0) == 0;
}

RunDirectory RunDirectory::create(const std::string& path)
{
    create_directories(path);
    if (!is_run(path))
        if (const std::vector<std::string> files = run_files(path); !files.empty())
            throw Error("'" + path + "' is not a run, and has a file '" + files.front() +
                        "', which a run would replace; give another --output");
    return RunDirectory(path);
}

std::optional<RunDirectory> RunDirectory::create_new(const std::string& path)
{
    if (!create_new_directory(path)) return {};
    return RunDirectory(path);
}

RunDirectory RunDirectory::open(const std::string& path)
{
    if (!is_run(path))
        throw Error("'" + path +
                    "' is not a run directory: it has no config.ini with a version of mfg; give one that 'mfg solve' "
                    "has written");
    return RunDirectory(path);
}

void RunDirectory::write_text(const std::string& name, const std::string& text) const
{
    write_file_atomically(file(name), text);
}

void RunDirectory::write_parameters(const ParameterLayout& layout, const Vector& parameters) const
{
    Json blocks = Json::array();
    for (const auto& [block, offset] : layout.entries()) {
        const Json shape = block.columns == 1 ? Json{block.rows} : Json{block.rows, block.columns};
        blocks.push_back({{"name", block.name}, {"shape", shape}, {"offset", offset}});
    }
    write_npy(file("parameters.npy"), parameters);
    write_text("parameters.json", json_text({{"blocks", blocks}}));
}

Vector RunDirectory::read_parameters(const ParameterLayout& layout) const
{
    Vector parameters = read_npy<1>(file("parameters.npy"));
    if (parameters.size() != layout.size())
        throw Error("'" + file("parameters.npy") + "' does not fit to config.ini beside it");
    require_finite(parameters, file("parameters.npy"));
    return parameters;
}

void RunDirectory::write_blocks(const ParameterLayout& layout, const Vector& parameters) const
{
    create_directories(file("solution"));
    for (const auto& [block, offset] : layout.entries()) {
        Matrix array = make_matrix(block.rows, block.columns);
        std::copy_n(&parameters(offset), array.size(), array.begin());
        write_npy(file("solution/" + block.name + ".npy"), array);
    }
}

Vector RunDirectory::read_blocks(const ParameterLayout& layout) const
{
    std::error_code ignored;
    if (!fs::is_directory(file("solution"), ignored))
        throw Error("'" + path_ + "' has no solution on a grid: it is not a finished run of a solver");
    Vector parameters = make_vector(layout.size());
    for (const auto& [block, offset] : layout.entries()) {
        const std::string path = file("solution/" + block.name + ".npy");
        const Matrix array = read_npy<2>(path);
        if (rows(array) != block.rows || columns(array) != block.columns)
            throw Error("'" + path + "': the grid differs; it was written by another configuration");
        require_finite(array, path);
        std::copy(array.begin(), array.end(), &parameters(offset));
    }
    return parameters;
}

bool RunDirectory::has_results() const
{
    std::error_code ignored;
    return fs::exists(file("result.json"), ignored) || fs::exists(file("checkpoint/state"), ignored);
}

void RunDirectory::remove(std::initializer_list<const char*> names) const
{
    for (const char* name : names) remove_run_files(path_, name);
}

std::unique_ptr<FileLock> RunDirectory::lock(FileLock::Use use) const
{
    auto lock = std::make_unique<FileLock>(file(".lock"), use);
    if (!lock->mine())
        throw Error("another process is working on the run '" + path_ + "'; wait for its end, or interrupt it first");
    return lock;
}

void RunDirectory::require_in_place(const FileLock& lock) const
{
    if (!lock.in_place())
        throw Error("the run directory '" + path_ +
                    "' was removed, moved or replaced while mfg worked on it; nothing more is written there");
}

void RunDirectory::remove_unfinished() const
{
    for (const char* folder : {"", "checkpoint", "fields", "solution"}) remove_unfinished_files(file(folder));
}

void RunDirectory::write_checkpoint(const Checkpoint::Settings& settings, const Archive& state) const
{
    create_directories(file("checkpoint"));
    const std::string next = file("checkpoint/next"), current = file("checkpoint/state");
    write_file_atomically(next, pack_checkpoint(settings, state));
    // Between these two there is no current one, and the previous one is whole.
    if (fs::exists(current)) rename_file(current, file("checkpoint/previous"));
    rename_file(next, current);
}

std::optional<Checkpoint> RunDirectory::read_checkpoint() const
{
    const std::string current = file("checkpoint/state"), previous = file("checkpoint/previous");
    std::string reasons;
    for (const std::string& path : {current, previous}) {
        if (!fs::exists(path)) continue;
        try {
            Checkpoint checkpoint = unpack_checkpoint(read_file(path, memory_size()));
            checkpoint.damage = reasons;
            // A damaged one must not become the previous one.
            if (path == previous) rename_file(previous, current);
            return checkpoint;
        } catch (const OtherVersion& difference) {
            throw Error("the checkpoint '" + path + "' cannot be used: " + difference.what() +
                        "; go on with the program that has written it, or start again: mfg solve " +
                        file("config.ini"));
        } catch (const Error& error) {
            reasons += (reasons.empty() ? "'" : "; '") + path + "': " + error.what();
        }
    }
    if (reasons.empty()) return {};
    throw Error("the checkpoint is damaged, and there is no other (" + reasons + "); start again: mfg solve " +
                file("config.ini"));
}

}  // namespace mfg
