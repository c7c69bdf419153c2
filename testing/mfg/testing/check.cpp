#include <mfg/testing/check.hpp>

#include <algorithm>
#include <exception>

namespace mfg {

void append_checks(CheckResults& results, const std::string& what, const std::function<CheckResults()>& checks)
{
    CheckResult failure{what, false, "something was thrown that is not a std::exception"};
    try {
        const CheckResults more = checks();
        results.insert(results.end(), more.begin(), more.end());
        return;
    } catch (const std::exception& thrown) {
        failure.measured = std::string("thrown: ") + thrown.what();
        std::replace(failure.measured.begin(), failure.measured.end(), '\n', ' ');
    } catch (...) {
    }
    results.push_back(failure);
}

void append_check(CheckResults& results, const std::string& what, const std::function<CheckResult()>& check)
{
    append_checks(results, what, [&] { return CheckResults{check()}; });
}

}  // namespace mfg
