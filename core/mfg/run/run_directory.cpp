#include <mfg/base/error.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/json.hpp>
#include <mfg/run/npy.hpp>
#include <mfg/run/run_directory.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <limits>

namespace mfg {

using Json = nlohmann::ordered_json;

RunDirectory RunDirectory::create(const std::string& path)
{
    create_directories(path);
    return RunDirectory(path);
}

RunDirectory RunDirectory::open(const std::string& path)
{
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path + "/config.ini", ignored))
        throw Error("'" + path +
                    "' is not a run directory: it has no config.ini; give one that 'mfg solve' has written");
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
    write_text("parameters.json", Json{{"blocks", blocks}}.dump(2) + "\n");
}

Vector RunDirectory::read_parameters(const ParameterLayout& layout) const
{
    Vector parameters = read_npy<1>(file("parameters.npy"));
    if (parameters.size() != layout.size())
        throw Error("'" + file("parameters.npy") + "' does not fit to config.ini beside it");
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
    if (!std::filesystem::is_directory(file("solution"), ignored))
        throw Error("'" + path_ + "' has no solution on a grid: it is not a finished run of a solver");
    Vector parameters = make_vector(layout.size());
    for (const auto& [block, offset] : layout.entries()) {
        const std::string path = file("solution/" + block.name + ".npy");
        const Matrix array = read_npy<2>(path);
        if (rows(array) != block.rows || columns(array) != block.columns)
            throw Error("'" + path + "': the grid differs; it was written by another configuration");
        std::copy(array.begin(), array.end(), &parameters(offset));
    }
    return parameters;
}

void RunDirectory::clear() const
{
    remove_unfinished();
    remove({"checkpoint", "evaluation", "fields", "figures", "history.csv", "parameters.json", "parameters.npy",
            "report.html", "result.json", "solution", "validation.json"});
}

void RunDirectory::remove(std::initializer_list<const char*> names) const
{
    std::error_code ignored;
    for (const char* name : names) std::filesystem::remove_all(file(name), ignored);
}

std::unique_ptr<File> RunDirectory::lock() const
{
    auto lock = lock_file(file(".lock"));
    if (!lock)
        throw Error("another process is working on the run '" + path_ + "'; wait for its end, or interrupt it first");
    return lock;
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
    if (std::filesystem::exists(current)) rename_file(current, file("checkpoint/previous"));
    rename_file(next, current);
}

std::optional<Checkpoint> RunDirectory::read_checkpoint() const
{
    const std::string current = file("checkpoint/state"), previous = file("checkpoint/previous");
    std::string reasons;
    for (const std::string& path : {current, previous}) {
        if (!std::filesystem::exists(path)) continue;
        try {
            Checkpoint checkpoint = unpack_checkpoint(read_file(path, std::numeric_limits<std::size_t>::max()));
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
