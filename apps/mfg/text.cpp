#include "text.hpp"

#include <cctype>
#include <iostream>

void print_message(std::string message)
{
    message = mfg::one_line(message);
    // A path in it may be as long as the system takes an argument.
    constexpr std::size_t half = 2000;
    if (message.size() > 2 * half) message.replace(half, message.size() - 2 * half, " ... ");
    std::cerr << "mfg: " << mfg::printable(message, message.size()) << std::endl;
}

std::string printable_lines(const std::string& text)
{
    std::vector<std::string> lines = split(text, '\n');
    for (std::string& line : lines) line = mfg::printable(line, line.size());
    return joined(lines, "\n");
}

std::string listed(std::vector<std::string> words, const std::string& conjunction)
{
    const std::string last = words.back();
    words.pop_back();
    return words.empty() ? last : joined(words) + " " + conjunction + " " + last;
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

std::string cpp_string(const std::string& text)
{
    return '"' + replaced(replaced(mfg::printable(text, text.size()), "\\", "\\\\"), "\"", "\\\"") + '"';
}

std::string capitalised(std::string text)
{
    if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text;
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
