#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/run_files.hpp>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace fs = std::filesystem;

namespace mfg {
namespace {

/// A folder of a run, and how the names of the files end that mfg writes there.
struct Folder {
    const char* name;
    std::vector<std::string> ends;
};

const std::vector<Folder>& folders()
{
    static const std::vector<Folder> list{
        {"checkpoint", {"state", "previous", "next"}}, {"evaluation", {".npy"}}, {"fields", {".npy", "figures.json"}},
        {"figures", {".gif", ".png", ".svg"}},         {"solution", {".npy"}},   {"sources", {".cpp"}}};
    return list;
}

/// The last one says that there is a run.
constexpr const char* single_files[] = {"history.csv", "parameters.json", "parameters.npy", "report.html",
                                        "result.json", "validation.json", "config.ini"};
constexpr const char *aside = ".replaced", *moving = ".replacing";

/// Of one folder; the folder itself if it is a link to elsewhere.
std::vector<std::string> files_in(const std::string& directory, const Folder& folder)
{
    std::error_code failed;
    const std::string path = directory + '/' + folder.name;
    if (fs::is_symlink(path, failed)) return {folder.name};
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(path, failed)) {
        const std::string name = entry.path().filename().string();
        if (entry.is_directory(failed) && !entry.is_symlink(failed)) continue;
        const auto is_end = [&](const std::string& end) { return ends_with(name, end); };
        if (std::any_of(folder.ends.begin(), folder.ends.end(), is_end)) files.push_back(folder.name + ('/' + name));
    }
    std::sort(files.begin(), files.end());
    return files;
}

void remove_file(const std::string& path)
{
    std::error_code failed;
    fs::remove(path, failed);
    if (failed) throw Error("cannot remove '" + path + "': " + failed.message());
}

/// The folders of a run that are empty.
void remove_empty_folders(const std::string& directory)
{
    std::error_code ignored;
    for (const Folder& folder : folders()) fs::remove(directory + '/' + folder.name, ignored);
}

void remove_all(const std::string& directory)
{
    for (const std::string& file : run_files(directory)) remove_file(directory + '/' + file);
    remove_empty_folders(directory);
}

void move_all(const std::string& from, const std::string& to)
{
    create_directories(to);
    for (const std::string& file : run_files(from)) {
        create_directories(fs::path(to + '/' + file).parent_path().string());
        rename_file(from + '/' + file, to + '/' + file);
    }
    remove_empty_folders(from);
}

/// Puts the files that were moved back in place of those that are there.
void restore(const std::string& directory, const std::string& from)
{
    move_all(directory + '/' + from, directory);
    std::error_code ignored;
    fs::remove(directory + '/' + from, ignored);
}

}  // namespace

std::vector<std::string> run_files(const std::string& directory)
{
    std::vector<std::string> files;
    for (const Folder& folder : folders()) {
        const std::vector<std::string> more = files_in(directory, folder);
        files.insert(files.end(), more.begin(), more.end());
    }
    std::error_code failed;
    for (const char* name : single_files)
        if (fs::symlink_status(directory + '/' + name, failed).type() != fs::file_type::not_found)
            files.push_back(name);
    return files;
}

void remove_run_files(const std::string& directory, const std::string& name)
{
    const auto folder =
        std::find_if(folders().begin(), folders().end(), [&](const Folder& each) { return each.name == name; });
    if (folder == folders().end()) return remove_file(directory + '/' + name);
    for (const std::string& file : files_in(directory, *folder)) remove_file(directory + '/' + file);
    std::error_code ignored;
    fs::remove(directory + '/' + name, ignored);
}

ReplacedRun::ReplacedRun(std::string directory) : directory_(std::move(directory))
{
    std::error_code ignored;
    // Who was killed while it moved the files has started nothing.
    if (fs::exists(directory_ + '/' + moving, ignored)) restore(directory_, moving);
    kept_ = fs::exists(directory_ + '/' + aside, ignored);
}

ReplacedRun::ReplacedRun(ReplacedRun&& other) noexcept
    : directory_(std::move(other.directory_)), kept_(std::exchange(other.kept_, false))
{
}

ReplacedRun ReplacedRun::adopt(const std::string& directory)
{
    return ReplacedRun(directory);
}

ReplacedRun ReplacedRun::move_aside(const std::string& directory)
{
    ReplacedRun replaced(directory);
    if (replaced.kept_) {
        remove_all(directory);
    } else if (!run_files(directory).empty()) {
        move_all(directory, directory + '/' + moving);
        rename_file(directory + '/' + moving, directory + '/' + aside);
        replaced.kept_ = true;
    }
    return replaced;
}

ReplacedRun::~ReplacedRun()
{
    if (!kept_) return;
    try {
        remove_all(directory_);
        restore(directory_, aside);
    } catch (const std::exception&) {
        // It stays in its folder, where it can be taken from by hand.
    }
}

void ReplacedRun::discard()
{
    if (!std::exchange(kept_, false)) return;
    const std::string path = directory_ + '/' + aside;
    remove_all(path);
    remove_file(path);
}

}  // namespace mfg
