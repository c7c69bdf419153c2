#include <mfg/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

namespace mfg {
namespace {

/// Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(const std::string& a, const std::string& b)
{
    std::vector<std::size_t> before_last, last(b.size() + 1), current(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({last[j] + 1, current[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                current[j] = std::min(current[j], before_last[j - 2] + 1);
        }
        before_last = std::exchange(last, current);
    }
    return last[b.size()];
}

/// The bytes of the UTF-8 character at the front; 0 if there is none.
std::size_t character_size(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const std::size_t size = byte(0) < 0x80 ? 1 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
    if (size == 1) return 1;
    unsigned code = byte(0) & (0xffu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
        code = code << 6 | (byte(i) & 0x3f);
    }
    constexpr unsigned least[] = {0x80, 0x800, 0x10000};
    const bool valid = byte(0) >= 0xc2 && byte(0) < 0xf5 && code >= least[size - 2] && code < 0x110000 &&
                       (code < 0xd800 || code >= 0xe000);
    return valid ? size : 0;
}

/// Those below 0x20, DEL, and U+0080 to U+009F.
bool is_control(const std::string& character)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    return byte(0) < 0x20 || byte(0) == 0x7f || (byte(0) == 0xc2 && byte(1) < 0xa0);
}

}  // namespace

std::string joined(const std::vector<std::string>& words, std::string_view separator)
{
    return fmt::format("{}", fmt::join(words, separator));
}

std::vector<std::string> split(const std::string& list, char separator)
{
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= list.size() && !list.empty(); begin += parts.back().size() + 1)
        parts.push_back(list.substr(begin, list.find(separator, begin) - begin));
    return parts;
}

std::string trimmed(const std::string& text)
{
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool contains(const std::vector<std::string>& words, std::string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool starts_with(std::string_view text, std::string_view beginning)
{
    return text.substr(0, beginning.size()) == beginning;
}

bool ends_with(std::string_view text, std::string_view ending)
{
    return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
}

bool is_name(std::string_view text)
{
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto fits = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; };
    return !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), fits);
}

bool is_word(std::string_view text)
{
    return !text.empty() && text.find_first_of(" .,\n") == std::string_view::npos;
}

bool is_line(std::string_view text)
{
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string printable(const std::string& text, std::size_t longest)
{
    std::string line;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t size = character_size(std::string_view(text).substr(at));
        if (at + std::max<std::size_t>(size, 1) > longest) break;
        const std::string character = text.substr(at, size);
        line += size == 0 || is_control(character) ? "?" : character;
        at += std::max<std::size_t>(size, 1);
    }
    return at < text.size() ? line + "..." : line;
}

std::string one_line(std::string text)
{
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return text;
}

std::string nearest_name(const std::string& name, const std::vector<std::string>& known)
{
    const std::size_t limit = std::max<std::size_t>(1, name.size() / 3);
    std::string nearest;
    std::size_t least = limit + 1;
    for (const std::string& candidate : known) {
        if (std::max(name.size(), candidate.size()) - std::min(name.size(), candidate.size()) >= least) continue;
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < least && distance < candidate.size()) {
            least = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

std::string advice(const std::string& name, const std::vector<std::string>& known)
{
    const std::string nearest = nearest_name(name, known);
    return nearest.empty() ? "known: " + joined(known) : fmt::format("did you mean '{}'?", nearest);
}

std::string shell_word(const std::string& word)
{
    const auto plain = [](unsigned char c) {
        return std::isalnum(c) || std::string_view("/._-+=@%,").find(static_cast<char>(c)) != std::string_view::npos;
    };
    if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    return quoted + "'";
}

std::string duration(Real seconds)
{
    const long s = std::lround(seconds);
    if (s >= 3600) return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
    if (s >= 60) return fmt::format("{} min {:02} s", s / 60, s % 60);
    return fmt::format("{} s", s);
}

}  // namespace mfg
