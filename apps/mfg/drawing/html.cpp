#include "drawing/html.hpp"

#include "text.hpp"

#include <mfg/run/files.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace {

constexpr const char* style = R"(
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, "DejaVu Sans", Helvetica, Arial, sans-serif; color: #222; background: #fff;
       max-width: 1080px; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .7rem; border-bottom: 1px solid #ddd; padding-bottom: .25rem; }
.verdict { font-weight: 600; margin: .4rem 0; }
.summary { color: #444; margin: 0; max-width: 46rem; }
.tables { display: flex; flex-wrap: wrap; gap: 1.2rem 3rem; align-items: flex-start; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .93rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { padding: .22rem .9rem .22rem 0; border-bottom: 1px solid #eee; text-align: right; font-weight: normal; }
th:first-child { text-align: left; color: #444; }
thead th { color: #777; font-size: .85rem; border-bottom-color: #bbb; }
tr.total th, tr.total td { font-weight: 600; color: #222; }
td.text { text-align: left; }
figure { margin: 0 0 1.8rem; break-inside: avoid; }
figure img { max-width: 100%; height: auto; display: block; margin: 0 auto; }
figcaption { color: #555; font-size: .9rem; text-align: center; margin-top: .2rem; }
pre { background: #f6f6f4; padding: .7rem .9rem; overflow-x: auto; font-size: .85rem; line-height: 1.4; }
summary { cursor: pointer; }
@media print { body { margin: 0; max-width: none; } }
)";

std::string base64(const std::string& bytes)
{
    constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string result;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) result += i + k > bytes.size() ? '=' : digits[group >> (18 - 6 * k) & 63];
    }
    return result;
}

}  // namespace

std::string escape(const std::string& text)
{
    std::string result = replaced(text, "&", "&amp;");
    // HTML has no control characters beside these.
    const auto is_control = [](unsigned char c) { return c < 0x20 && c != '\n' && c != '\t'; };
    std::replace_if(result.begin(), result.end(), is_control, ' ');
    for (const auto& [character, entity] :
         {std::pair{"<", "&lt;"}, std::pair{">", "&gt;"}, std::pair{"\"", "&quot;"}, std::pair{"'", "&#39;"},
          std::pair{"\u00b1", "&plusmn;"}, std::pair{"\u00d7", "&times;"}})
        result = replaced(result, character, entity);
    return result;
}

std::string element(const std::string& tag, const std::string& content)
{
    return "<" + tag + ">" + content + "</" + tag + ">";
}

std::string html_page(const std::string& title, const std::string& body)
{
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
           element("title", title) + "\n" + element("style", style) + "\n</head>\n" + element("body", "\n" + body) +
           "\n</html>\n";
}

std::string html_picture(const std::string& directory, const std::string& file, const std::string& caption)
{
    const std::string bytes = mfg::read_file(directory + '/' + file);
    const bool gif = bytes.compare(0, 4, "GIF8") == 0;
    const auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
    // The width is where the format puts it. A PNG has two pixels for each of the page's.
    const unsigned width =
        gif ? byte(7) << 8 | byte(6) : (byte(16) << 24 | byte(17) << 16 | byte(18) << 8 | byte(19)) / 2;
    return fmt::format(
        "<figure><img width=\"{}\" alt=\"{}\" src=\"data:image/{};base64,{}\"><figcaption>{}</figcaption></figure>\n",
        width, escape(caption), gif ? "gif" : "png", base64(bytes), escape(caption));
}
