#pragma once
#include <algorithm>
#include <string>

/// The name of a term or a column as people read it: `hjb_terminal` is "HJB terminal", `kfp` "KFP".
inline std::string readable(std::string name)
{
    std::replace(name.begin(), name.end(), '_', ' ');
    if (name.compare(0, 3, "hjb") == 0) name.replace(0, 3, "HJB");
    if (name.compare(0, 3, "kfp") == 0) name.replace(0, 3, "KFP");
    return name;
}
