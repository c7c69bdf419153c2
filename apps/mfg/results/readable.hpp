#pragma once
#include <algorithm>
#include <string>

/// The name of a term or a column as people read it: `hjb_terminal` is "HJB terminal", `value.kfp` "value: KFP".
inline std::string readable(std::string name)
{
    if (const std::size_t dot = name.find('.'); dot != std::string::npos)
        return readable(name.substr(0, dot)) + ": " + readable(name.substr(dot + 1));
    std::replace(name.begin(), name.end(), '_', ' ');
    if (name.compare(0, 3, "hjb") == 0) name.replace(0, 3, "HJB");
    if (name.compare(0, 3, "kfp") == 0) name.replace(0, 3, "KFP");
    return name;
}
