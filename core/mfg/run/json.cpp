#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>
#include <mfg/run/json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace mfg {
namespace {

using Json = nlohmann::ordered_json;

constexpr int deepest = 100;
/// An object that keeps its order finds a name by going through all of them.
constexpr int max_names = 20000;

/// Without the library's own number of the failure; it quotes the text.
std::string reason(const Json::exception& failure)
{
    constexpr std::size_t longest = 200;
    const std::string text = failure.what();
    const std::size_t end = text.find("] ");
    return printable(end == text.npos ? text : text.substr(end + 2), longest);
}

}  // namespace

Json parse_json(const std::string& text)
{
    int names = 0;
    const auto check = [&](int depth, Json::parse_event_t event, const Json&) {
        if (depth >= deepest) throw Error("it is nested more than " + std::to_string(deepest) + " deep");
        if (event == Json::parse_event_t::key && ++names > max_names)
            throw Error("it has more than " + std::to_string(max_names) + " names");
        return true;
    };
    try {
        return Json::parse(text, check);
    } catch (const Json::exception& failure) {
        throw Error(reason(failure));
    }
}

std::string json_text(const Json& value)
{
    const std::string text = value.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
    // The library escapes those below U+0020; there are others, up to U+009F.
    std::string escaped;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0; };
        const bool second_set = byte(i) == 0xc2 && byte(i + 1) < 0xa0;
        if (second_set) ++i;
        if (second_set || byte(i) == 0x7f)
            escaped += fmt::format("\\u{:04x}", byte(i));
        else
            escaped += text[i];
    }
    return escaped;
}

}  // namespace mfg
