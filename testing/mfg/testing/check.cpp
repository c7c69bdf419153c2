#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>
#include <mfg/random/monte_carlo.hpp>
#include <mfg/testing/check.hpp>

#include <fmt/format.h>

#include <exception>
#include <limits>

namespace mfg {

CheckResult kept_unless(const std::string& broken, const std::string& what, const std::string& measured)
{
    return {what, broken.empty(), broken.empty() ? measured : broken};
}

void append_checks(CheckResults& results, const std::string& what, const std::function<CheckResults()>& checks,
                   const std::string& setting)
{
    CheckResults more{{what, false, "something was thrown that is not a std::exception"}};
    try {
        more = checks();
    } catch (const std::exception& thrown) {
        more.front().measured = std::string("thrown: ") + one_line(thrown.what());
    } catch (...) {
    }
    for (CheckResult& result : more) {
        if (!setting.empty()) result.setting = setting;
        results.push_back(result);
    }
}

void append_check(CheckResults& results, const std::string& what, const std::function<CheckResult()>& check)
{
    append_checks(results, what, [&] {
        CheckResult result = check();
        if (result.what.empty()) result.what = what;
        return CheckResults{result};
    });
}

CheckResult check_sizes_of_state(const Archive& saved, Index parameters, const std::function<void(Archive&)>& load)
{
    std::string broken;
    for (const auto& [name, array] : saved.items()) {
        Archive::Items items = saved.items();
        items[name] = make_matrix(1, length(array) + 100);
        Archive changed(items, parameters);
        try {
            load(changed);
            broken = "'" + name + "' is taken with 100 numbers more";
        } catch (const Error&) {
        }
    }
    return kept_unless(broken, "a state whose entries have other sizes is refused",
                       fmt::format("{} entries", saved.items().size()));
}

void WorstError::add(Real error, Real scale, const std::string& where)
{
    Real relative = std::abs(error) / scale;
    if (error == 0) relative = 0;
    if (!std::isfinite(relative)) relative = std::numeric_limits<Real>::infinity();
    if (count_++ == 0 || relative > value_) {
        value_ = relative;
        where_ = where;
    }
}

void WorstError::add_mean(const Vector& numbers, const std::string& where)
{
    MonteCarloMean mean;
    for (const Real number : numbers) mean.add(number);
    add(mean.mean(), mean.standard_error(), where);
}

void WorstError::compare(const Matrix& measured, const Matrix& expected, Real floor, const std::string& where)
{
    if (measured.shape() != expected.shape()) {
        add(std::numeric_limits<Real>::infinity(), 1, where + " (other shape)");
        return;
    }
    const Matrix difference = measured - expected;
    const Real error = largest(difference), scale = largest(expected) + floor;
    std::size_t worst = 0;
    while (worst + 1 < difference.size() && std::abs(difference.data()[worst]) < error) ++worst;
    const std::size_t columns = difference.shape(1);
    std::string place = where;
    const auto append = [&](const char* what, std::size_t number) {
        place += (place.empty() ? "" : ", ") + std::string(what) + std::to_string(number + 1);
    };
    if (difference.shape(0) > 1) append("sample ", worst / columns);
    if (columns > 1) append("entry ", worst % columns);
    add(error, scale, place);
}

CheckResult WorstError::below(const std::string& what, Real tolerance) const
{
    if (count_ == 0) return {what, false, "nothing was measured"};
    return {what, value_ <= tolerance,
            fmt::format("largest error {:.4g} (at most {:.4g}): {}", value_, tolerance, where_)};
}

Real largest(const Matrix& values)
{
    Real most = 0;
    for (const Real v : values) {
        if (!std::isfinite(v)) return std::numeric_limits<Real>::infinity();
        most = std::max(most, std::abs(v));
    }
    return most;
}

}  // namespace mfg
