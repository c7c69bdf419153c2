#include "sources/compiler.hpp"

#include "child_process.hpp"
#include "text.hpp"

#include <mfg/base/error.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/run/experiments.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xtensor/xtensor_config.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

Words command(const std::string& of_build, const std::string& task)
{
    const char* variable = std::getenv("CXX");
    std::istringstream given(variable ? variable : "");
    if (std::string name; given >> name) {
        Words words{find_program(name)};
        if (words.front().empty())
            throw mfg::Error(
                fmt::format("{}: there is no compiler '{}', which the variable CXX names", task, mfg::printable(name)));
        for (std::string word; given >> word;) words.push_back(word);
        return words;
    }
    for (const std::string& name : {of_build, std::string("c++")})
        if (const std::string program = find_program(name); !program.empty()) return {program};
    throw mfg::Error(fmt::format("{}: there is no C++ compiler; install g++, or name one in the variable CXX", task));
}

/// What changes when a program is replaced by another of its name.
std::string stamp(const std::string& program)
{
    std::error_code failed;
    const fs::path file = fs::canonical(program, failed);
    return fmt::format("{} {} {}", file.string(), fs::file_size(file, failed),
                       fs::last_write_time(file, failed).time_since_epoch().count());
}

/// Names and check sums of the headers in a folder.
std::string contents(const std::string& folder)
{
    Words lines;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder + "/mfg"))
        if (entry.path().extension() == ".hpp")
            lines.push_back(
                fmt::format("{} {:08x}", entry.path().string(), mfg::check_sum(mfg::read_file(entry.path().string()))));
    std::sort(lines.begin(), lines.end());
    return joined(lines, "\n");
}

}  // namespace

Compiler::Compiler(const std::string& task)
{
    const fs::path share = mfg::share_directory(), root = share.parent_path().parent_path();
    const std::string file = (share / "compiler.json").string();
    const nlohmann::ordered_json build =
        mfg::in_context("'" + file + "': ", [&] { return mfg::parse_json(mfg::read_file(file)); });
    const auto words = [&](const char* name) { return build.at(name).get<Words>(); };
    command_ = command(build.at("compiler").get<std::string>(), task);
    arguments_ = words("flags");
    for (const std::string& folder : words("headers")) headers_.push_back((root / folder).string());
    for (const std::string& folder : headers_) arguments_.push_back("-I" + folder);
    for (const std::string& folder : words("headers_of_others")) {
        arguments_.push_back("-isystem");
        arguments_.push_back(folder);
    }
    libraries_ = words("link_flags");
    for (const std::string& library : words("libraries")) libraries_.push_back((root / library).string());
}

std::string Compiler::fingerprint() const
{
    Words lines{"mfg " MFG_VERSION, MFG_ABI_TAG, stamp(command_.front())};
    for (const Words& words : {command_, arguments_, libraries_}) lines.push_back(joined(words, " "));
    for (const std::string& folder : headers_) lines.push_back(contents(folder));
    return joined(lines, "\n");
}

int Compiler::make_library(const std::string& source, const std::string& library, const std::string& log) const
{
    Words arguments(command_.begin() + 1, command_.end());
    arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
    arguments.insert(arguments.end(), {"-o", library, source});
    arguments.insert(arguments.end(), libraries_.begin(), libraries_.end());
    return run_to_end({command_.front(), arguments, log});
}
