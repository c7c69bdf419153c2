#include <mfg/testing/inspection.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

template <class Array>
void Inspection::look_at(const Array& values, const std::string& name)
{
    ++arrays_;
    if (!std::all_of(values.begin(), values.end(), [](Real v) { return std::isfinite(v); }))
        broken_ = name + " has numbers that are not finite";
}

void Inspection::figure(const std::string&, const std::string&) {}

void Inspection::map(const std::string& name, const std::string&, const Matrix& values, const Window&,
                     const std::string&, const MapDetails&)
{
    look_at(values, name);
}

void Inspection::curves(const std::string& name, const std::string&, const Matrix& table,
                        const std::vector<std::string>& labels, const std::string&, const std::string&)
{
    look_at(table, name);
    if (table.shape(1) != labels.size() + 1) broken_ = name + ": as many labels as curves are needed";
}

void Inspection::animation(const std::string& name, const std::string&, const Cube& values, const Window&,
                           const Vector&, const Cube&, const Matrix*)
{
    look_at(values, name);
}

CheckResult Inspection::result(const std::string& what) const
{
    return {what, broken_.empty(), broken_.empty() ? std::to_string(arrays_) + " arrays" : broken_};
}

}  // namespace mfg
