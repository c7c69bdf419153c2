#include <mfg/base/error.hpp>
#include <mfg/pde/exact_fields.hpp>

namespace mfg {

bool ExactFields::knows(const Unknown& unknown) const
{
    return static_cast<bool>(unknown.role == Unknown::Role::value ? reference_.value : reference_.log_density);
}

Real ExactFields::constant(std::string_view name) const
{
    if (!reference_.constant) throw Error("the exact value of '" + std::string(name) + "' is not known");
    return fields_.constant(name);
}

}  // namespace mfg
