#include <mfg/run/setting_names.hpp>

#include <mfg/plugin/registry.hpp>

#include <algorithm>

namespace mfg {

namespace {

bool is_word_with(const std::string& name, const std::string& ending)
{
    return is_name(name) && name.size() > ending.size() && ends_with(name, ending);
}

}  // namespace

std::string kind_of(const std::string& name)
{
    if (std::count(plugin_kinds.begin(), plugin_kinds.end(), name) > 0) return name;
    return is_field_network(name) ? "network" : is_player_optimizer(name) ? "optimizer" : "";
}

bool is_field_network(const std::string& name)
{
    return is_word_with(name, "_network");
}

bool is_player_optimizer(const std::string& name)
{
    return is_word_with(name, "_optimizer");
}

std::string section_of(const std::string& name)
{
    const std::size_t dot = name.find('.');
    return dot == std::string::npos ? "" : name.substr(0, dot);
}

std::string option_of(const std::string& name)
{
    return name.substr(name.find('.') + 1);
}

bool is_option(const std::string& name)
{
    return is_name(section_of(name)) && is_name(option_of(name));
}

}  // namespace mfg
