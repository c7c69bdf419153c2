#include <mfg/run/experiments.hpp>

#include <mfg/run/ini.hpp>

#include <mfg/plugin/registry.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <map>

namespace fs = std::filesystem;

namespace mfg {
namespace {

/// The shipped files by their names.
std::map<std::string, std::string> files()
{
    std::map<std::string, std::string> found;
    std::error_code failed;
    for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(share_directory()) / "experiments", failed))
        if (entry.path().extension() == ".ini") found[entry.path().stem().string()] = entry.path().string();
    return found;
}

}  // namespace

std::string share_directory()
{
    std::error_code failed;
    const fs::path executable = fs::read_symlink("/proc/self/exe", failed);
    return (executable.parent_path().parent_path() / "share" / "mfg").string();
}

std::vector<Experiment> experiments()
{
    std::vector<Experiment> all;
    for (const auto& [name, path] : files()) {
        Experiment experiment{name, path, "", ""};
        try {
            for (const auto& [key, value] : read_ini(path))
                if (key == "description") experiment.description = value;
        } catch (const Error& failure) {
            experiment.failure = failure.what();
        }
        all.push_back(std::move(experiment));
    }
    return all;
}

std::string experiment_file(const std::string& name)
{
    if (Registry::is_file(name)) return name;
    std::vector<std::string> known;
    for (const auto& [other, path] : files()) {
        if (other == name) return path;
        known.push_back(other);
    }
    const std::string nearest = nearest_name(name, known);
    throw Error(fmt::format("no experiment '{}'; {}nown: {}; a file's name ends in .ini or .cpp", printable(name),
                            nearest.empty() ? "k" : fmt::format("did you mean '{}'? K", nearest),
                            known.empty() ? "none" : joined(known)));
}

}  // namespace mfg
