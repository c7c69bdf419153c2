#include "text.hpp"

#include <cctype>

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
