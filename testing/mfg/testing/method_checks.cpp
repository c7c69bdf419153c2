#include <mfg/testing/method_checks.hpp>

#include <algorithm>
#include <set>

namespace mfg {

bool same_bits(const Archive::Items& a, const Archive::Items& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return x.first == y.first && same_bits(x.second, y.second); });
}

bool is_word(const std::string& name)
{
    return !name.empty() && name.find_first_of(" .,\n") == std::string::npos;
}

std::string broken_names(const std::vector<std::string>& names)
{
    std::set<std::string> seen;
    for (const std::string& name : names) {
        if (!is_word(name)) return "'" + name + "' is no word";
        if (!seen.insert(name).second) return "'" + name + "' occurs twice";
    }
    return names.empty() ? "there are none" : "";
}

std::string listed(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace mfg
