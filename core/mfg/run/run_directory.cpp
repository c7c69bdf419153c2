#include <mfg/base/error.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/json.hpp>
#include <mfg/run/npy.hpp>
#include <mfg/run/run_directory.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

namespace mfg {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

RunDirectory RunDirectory::create(const std::string& path)
{
    create_directories(path);
    return RunDirectory(path);
}

RunDirectory RunDirectory::open(const std::string& path)
{
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path + "/config.ini", ignored))
        throw Error("'" + path + "' is no run directory: it has no config.ini; give one that 'mfg solve' has written");
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
    Vector parameters = read_npy_vector(file("parameters.npy"));
    if (parameters.size() != layout.size())
        throw Error("'" + file("parameters.npy") + "' does not fit to config.ini beside it");
    return parameters;
}

void RunDirectory::write_solution(const Archive& solution) const
{
    create_directories(file("solution"));
    for (const auto& [name, array] : solution.items()) write_npy(file("solution/" + name + ".npy"), array);
}

Archive RunDirectory::read_solution() const
{
    Archive::Items items;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(file("solution"), failure))
        if (entry.path().extension() == ".npy") items[entry.path().stem()] = read_npy_matrix(entry.path());
    if (items.empty()) throw Error("'" + path_ + "' has no solution on a grid: it is no finished run of a solver");
    return Archive(std::move(items));
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

std::unique_ptr<FileLock> RunDirectory::lock() const
{
    auto lock = std::make_unique<FileLock>(file(".lock"));
    if (!lock->mine())
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
                        "; go on with the program that has written it, or start anew: mfg solve " + file("config.ini"));
        } catch (const Error& error) {
            reasons += (reasons.empty() ? "'" : "; '") + path + "': " + error.what();
        }
    }
    if (reasons.empty()) return {};
    throw Error("the checkpoint is damaged, and there is no other (" + reasons + "); start anew: mfg solve " +
                file("config.ini"));
}

struct FieldFiles::Work {
    /// Panels of a figure that share their range.
    struct Range {
        Real low = std::numeric_limits<Real>::infinity(), high = -std::numeric_limits<Real>::infinity();
    };

    /// Gives the panels of the open figure their common colour ranges.
    void close_figure()
    {
        if (figures.empty()) return;
        for (Json& panel : figures.back()["panels"]) {
            if (!panel.contains("scale")) continue;
            const Range& range = ranges[panel["scale"]];
            if (!panel.contains("range")) panel["range"] = {range.low, range.high};
            panel.erase("scale");
        }
        ranges.clear();
    }

    /// The file's name in the folder.
    template <class Array>
    std::string write(const std::string& name, const Array& array) const
    {
        write_npy(run.file("fields/" + name + ".npy"), array);
        return name + ".npy";
    }

    static Json over(const Window& window, const std::string& kind, const std::string& title, const std::string& file)
    {
        return {{"kind", kind},
                {"title", title},
                {"file", file},
                {"x", {window.x_low, window.x_high}},
                {"y", {window.y_low, window.y_high}},
                {"x_label", "x\u2081"},
                {"y_label", "x\u2082"}};
    }

    void add(Json panel) { figures.back()["panels"].push_back(std::move(panel)); }

    RunDirectory run;
    Json figures = Json::array();
    std::map<std::string, Range> ranges;
    Json kept;  ///< figures of an earlier export
};

FieldFiles::FieldFiles(const RunDirectory& run, bool keep)
    : work_(std::make_unique<Work>(Work{run, Json::array(), {}, Json::array()}))
{
    create_directories(run.file("fields"));
    const std::string path = run.file("fields/figures.json");
    if (!keep || !std::filesystem::exists(path)) return;
    try {
        work_->kept = parse_json(read_file(path)).at("figures");
        for (const Json& figure : work_->kept) figure.at("name").get<std::string>();
    } catch (const Json::exception& failure) {
        throw Error("'" + path + "' is malformed: " + failure.what());
    } catch (const Error& failure) {
        throw Error("'" + path + "' is malformed: " + failure.what());
    }
}

FieldFiles::~FieldFiles() = default;

void FieldFiles::figure(const std::string& name, const std::string& title)
{
    work_->close_figure();
    work_->figures.push_back({{"name", name}, {"title", title}, {"panels", Json::array()}});
}

void FieldFiles::map(const std::string& name, const std::string& title, const Matrix& values, const Window& window,
                     const std::string& scale, const MapDetails& details)
{
    Json panel = Work::over(window, "heatmap", title, work_->write(name, values));
    panel["scale"] = scale;
    if (details.is_signed) panel["colour"] = "signed";
    if (details.range) panel["range"] = {details.range->first, details.range->second};
    if (details.lines) panel["lines"] = {work_->write(name + "_lines", *details.lines)};
    if (details.backward_lines)
        panel["backward_lines"] = {work_->write(name + "_backward_lines", *details.backward_lines)};
    Work::Range& range = work_->ranges[scale];
    for (const Real value : values) {
        if (!std::isfinite(value)) continue;
        range.low = std::min(range.low, value);
        range.high = std::max(range.high, value);
    }
    work_->add(panel);
}

void FieldFiles::curves(const std::string& name, const std::string& title, const Matrix& table,
                        const std::vector<std::string>& labels, const std::string& x_label, const std::string& y_label)
{
    work_->add({{"kind", "curves"},
                {"title", title},
                {"file", work_->write(name, table)},
                {"labels", labels},
                {"x_label", x_label},
                {"y_label", y_label}});
}

void FieldFiles::animation(const std::string& name, const std::string& title, const Cube& values, const Window& window,
                           const Vector& times, const Cube& points, const Matrix* obstacles)
{
    figure(name, title);
    Json panel = Work::over(window, "animation", title, work_->write(name, values));
    panel["times"] = std::vector<Real>(times.begin(), times.end());
    panel["points"] = work_->write(name + "_points", points);
    if (obstacles) panel["obstacles"] = work_->write(name + "_obstacles", *obstacles);
    work_->add(panel);
}

void FieldFiles::finish()
{
    work_->close_figure();
    Json all = Json::array();
    for (const Json& old : work_->kept) {
        const auto same = [&](const Json& figure) { return figure["name"] == old["name"]; };
        if (std::none_of(work_->figures.begin(), work_->figures.end(), same)) all.push_back(old);
    }
    for (const Json& figure : work_->figures) all.push_back(figure);
    work_->run.write_text("fields/figures.json", Json{{"figures", all}}.dump(2) + "\n");
}

}  // namespace mfg
