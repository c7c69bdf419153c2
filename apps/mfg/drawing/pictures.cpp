#include "drawing/pictures.hpp"

#include "drawing/html.hpp"

#include <mfg/run/files.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace {

/// Of one picture; what is larger can neither be drawn nor looked at.
constexpr std::size_t most_panels = 24;

}  // namespace

Pictures::Pictures(std::string folder) : folder_(std::move(folder))
{
    mfg::create_directories(folder_);
    mfg::remove_unfinished_files(folder_);
}

std::string Pictures::draw(const Drawing& drawing)
{
    return std::visit([this](const auto& figure) { return draw_one(figure); }, drawing);
}

std::string Pictures::draw_one(const Figure& figure)
{
    const auto part_of = [&](std::size_t first) {
        const auto begin = figure.panels.begin() + static_cast<std::ptrdiff_t>(first);
        const std::size_t count = std::min(most_panels, figure.panels.size() - first);
        return std::vector<Panel>(begin, begin + static_cast<std::ptrdiff_t>(count));
    };
    const std::size_t parts = (figure.panels.size() + most_panels - 1) / most_panels;
    std::string html;
    for (std::size_t part = 0; part < parts; ++part) {
        const std::string number = parts == 1 ? "" : fmt::format(" ({} of {})", part + 1, parts);
        const Figure some{file_name(figure.name), figure.title + number, part_of(part * most_panels)};
        html += html_picture(folder_, ::draw(some, folder_), some.title);
    }
    return html;
}

std::string Pictures::draw_one(Animation animation)
{
    animation.name = file_name(animation.name);
    return html_picture(folder_, ::draw(animation, folder_), animation.title);
}

std::string Pictures::file_name(const std::string& name)
{
    constexpr std::size_t longest = 200;
    std::string plain = name.substr(0, longest);
    std::replace_if(
        plain.begin(), plain.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '/'; }, '_');
    if (plain.empty() || plain.front() == '.') plain.insert(plain.begin(), '_');
    std::string unique = plain;
    for (int k = 2; !taken_.insert(unique).second; ++k) unique = fmt::format("{}_{}", plain, k);
    return unique;
}
