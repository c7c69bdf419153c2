#include "obstacles.hpp"
#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace mfg {
namespace {

using json = nlohmann::ordered_json;

bool is_finite_number(const json& entry)
{
    return entry.is_number() && std::isfinite(entry.get<Real>());
}

const json& entry_of(const json& object, const char* name)
{
    if (!object.is_object()) throw Error("an obstacle is not an object {...}");
    if (!object.contains(name)) throw Error(fmt::format("an obstacle has no '{}'", name));
    return object[name];
}

Real number_of(const json& object, const char* name)
{
    const json& entry = entry_of(object, name);
    if (!is_finite_number(entry)) throw Error(fmt::format("'{}' is not a number", name));
    return entry.get<Real>();
}

std::vector<Real> numbers_of(const json& object, const char* name, int most)
{
    const json& entry = entry_of(object, name);
    if (!entry.is_array() || entry.empty() || !std::all_of(entry.begin(), entry.end(), is_finite_number))
        throw Error(fmt::format("'{}' is not a list of numbers", name));
    if (length(entry) > most)
        throw Error(fmt::format("'{}' has {} coordinates; the space has {}", name, entry.size(), most));
    return entry.get<std::vector<Real>>();
}

/// Whatever is left over is misspelt.
void require_known(const json& object, const std::set<std::string>& known)
{
    for (const auto& item : object.items())
        if (known.count(item.key()) == 0) throw Error("unknown entry '" + printable(item.key()) + "'");
}

}  // namespace

void Obstacles::add_bump(Real height, std::vector<Real> centre, const std::vector<Real>& deviation)
{
    if (centre.empty() || centre.size() != deviation.size())
        throw Error("a bump needs as many deviations as coordinates of its centre, at least one");
    Bump bump{height, make_vector(centre.size()), make_vector(centre.size())};
    for (Index k = 0; k < length(centre); ++k) {
        if (!(deviation[k] > 0)) throw Error("the deviations of a bump must be positive");
        bump.centre(k) = centre[k];
        bump.inverse_deviation(k) = 1 / deviation[k];
    }
    bumps_.push_back(std::move(bump));
}

void Obstacles::add_box(Real height, std::vector<Real> low, std::vector<Real> high, Real edge)
{
    if (low.empty() || low.size() != high.size())
        throw Error("a box needs as many upper as lower bounds, at least one");
    for (Index k = 0; k < length(low); ++k)
        if (!(low[k] < high[k])) throw Error("the lower bounds of a box must be below its upper bounds");
    if (!(edge > 0)) throw Error("the edge of a box must be positive");
    boxes_.push_back({height, edge, std::move(low), std::move(high)});
}

Obstacles Obstacles::parse(const std::string& text, int dimension)
{
    const json file = parse_json(text);
    if (!file.is_object()) throw Error("an object with 'bumps' and 'boxes' is needed");
    require_known(file, {"bumps", "boxes"});
    Obstacles obstacles;
    for (const auto& list : file.items()) {
        if (!list.value().is_array()) throw Error("'" + list.key() + "' is not a list");
        for (const json& object : list.value()) {
            const Real height = number_of(object, "height");
            if (list.key() == "bumps") {
                const std::vector<Real> centre = numbers_of(object, "centre", dimension);
                obstacles.add_bump(height, centre, numbers_of(object, "deviation", dimension));
                require_known(object, {"height", "centre", "deviation"});
            } else {
                const std::vector<Real> low = numbers_of(object, "low", dimension);
                const std::vector<Real> high = numbers_of(object, "high", dimension);
                obstacles.add_box(height, low, high, number_of(object, "edge"));
                require_known(object, {"height", "low", "high", "edge"});
            }
        }
    }
    return obstacles;
}

Obstacles Obstacles::read(const std::string& path, int dimension)
{
    const std::string text = read_file(path);
    try {
        return parse(text, dimension);
    } catch (const Error& failure) {
        throw Error("obstacles '" + path + "': " + failure.what());
    }
}

Jet Obstacles::cost(const Jet& x) const
{
    Jet total;
    for (const Bump& bump : bumps_) {
        const Jet near = x.features(0, length(bump.centre)) - bump.centre;
        total = total + bump.height * exp(Real(-0.5) * norm_squared(bump.inverse_deviation * near));
    }
    for (const Box& box : boxes_) {
        Jet inside;
        for (Index k = 0; k < length(box.low); ++k) {
            const Jet coordinate = x[k];
            const Jet factor =
                Real(0.5) * (tanh((coordinate - box.low[k]) / box.edge) - tanh((coordinate - box.high[k]) / box.edge));
            inside = k == 0 ? factor : inside * factor;
        }
        total = total + box.height * inside;
    }
    return total;
}

int Obstacles::coordinates() const
{
    Index most = 0;
    for (const Bump& bump : bumps_) most = std::max(most, length(bump.centre));
    for (const Box& box : boxes_) most = std::max(most, length(box.low));
    return static_cast<int>(most);
}

}  // namespace mfg
