#pragma once
#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>

#include <exception>
#include <list>
#include <new>
#include <string>

namespace mfg {

/// Says, as long as it lives, whose code runs: for messages about an end of the program that nobody can catch, as when
/// a plugin calls exit() or throws while it is loaded.
class MFG_API AtWork {
public:
    explicit AtWork(const std::string& owner);
    ~AtWork();
    AtWork(const AtWork&) = delete;
    AtWork& operator=(const AtWork&) = delete;

    /// The last one that began and has not ended, as in "problem 'x'"; empty if there is none.
    static std::string now();

private:
    std::list<std::string>::iterator place_;
};

/// What `function` returns, which runs code of plugins. An Error and a lack of memory pass; what else is
/// thrown becomes an Error that names the owner.
template <class Function>
auto guarded(const std::string& owner, const Function& function) -> decltype(function())
{
    const AtWork at_work(owner);
    try {
        return function();
    } catch (const Error&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& failure) {
        throw Error(owner + ": " + one_line(failure.what()));
    } catch (...) {
        throw Error(owner + ": stopped with an exception that is not a std::exception");
    }
}

}  // namespace mfg
