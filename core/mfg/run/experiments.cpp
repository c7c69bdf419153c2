#include <mfg/run/experiments.hpp>

#include <mfg/run/ini.hpp>

#include <mfg/plugin/options.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace fs = std::filesystem;

namespace mfg {

namespace {

fs::path directory()
{
    return fs::path(share_directory()) / "experiments";
}

std::vector<std::string> names()
{
    std::vector<std::string> found;
    std::error_code failed;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory(), failed))
        if (entry.path().extension() == ".ini") found.push_back(entry.path().stem().string());
    std::sort(found.begin(), found.end());
    return found;
}

std::string file_of(const std::string& name)
{
    return (directory() / (name + ".ini")).string();
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
    for (const std::string& name : names()) {
        Experiment experiment{name, file_of(name), "", ""};
        try {
            for (const auto& [key, value] : read_ini(experiment.path))
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
    if (name.find('/') != std::string::npos || fs::path(name).extension() == ".ini") return name;
    const std::vector<std::string> known = names();
    if (contains(known, name)) return file_of(name);
    const std::string nearest = nearest_name(name, known);
    throw Error(fmt::format("no experiment '{}'; {}nown: {}; a file's name ends in .ini", printable(name),
                            nearest.empty() ? "k" : fmt::format("did you mean '{}'? K", nearest),
                            known.empty() ? "none" : joined(known)));
}

}  // namespace mfg
