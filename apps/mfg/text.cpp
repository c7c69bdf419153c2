#include "text.hpp"

#include <mfg/plugin/options.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <sstream>

bool starts_with(const std::string& text, const std::string& beginning)
{
    return text.compare(0, beginning.size(), beginning) == 0;
}

bool ends_with(const std::string& text, const std::string& ending)
{
    return text.size() >= ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

bool is_word(const std::string& text)
{
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    return !text.empty() && text[0] >= 'a' && text[0] <= 'z' && std::all_of(text.begin(), text.end(), fits);
}

std::string joined(const std::vector<std::string>& words, const char* separator)
{
    return fmt::format("{}", fmt::join(words, separator));
}

std::string listed(std::vector<std::string> words, const std::string& conjunction)
{
    const std::string last = words.back();
    words.pop_back();
    return words.empty() ? last : joined(words) + " " + conjunction + " " + last;
}

std::vector<std::string> split(const std::string& list)
{
    std::vector<std::string> words;
    std::istringstream text(list);
    for (std::string word; std::getline(text, word, ',');) words.push_back(word);
    return words;
}

std::string advice(const std::string& name, const std::vector<std::string>& known)
{
    const std::string nearest = mfg::nearest_name(name, known);
    return nearest.empty() ? "known: " + joined(known) : fmt::format("did you mean '{}'?", nearest);
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

std::string shell_word(const std::string& text)
{
    const auto plain = [](unsigned char c) {
        return std::isalnum(c) || std::string("/._-+=@%,").find(static_cast<char>(c)) != std::string::npos;
    };
    if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
    return "'" + replaced(text, "'", "'\\''") + "'";
}

std::string duration(double seconds)
{
    if (!(seconds >= 100) || seconds > 1e9) return fmt::format("{:.3g} s", seconds);
    const auto whole = std::llround(seconds);
    if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string readable(std::string name)
{
    if (const std::size_t dot = name.find('.'); dot != std::string::npos)
        return readable(name.substr(0, dot)) + ": " + readable(name.substr(dot + 1));
    name = replaced(name, "_", " ");
    if (starts_with(name, "hjb")) name.replace(0, 3, "HJB");
    if (starts_with(name, "kfp")) name.replace(0, 3, "KFP");
    return name;
}
