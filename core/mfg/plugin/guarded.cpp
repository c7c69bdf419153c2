#include <mfg/plugin/guarded.hpp>

#include <mutex>

namespace mfg {
namespace {

std::mutex mutex;

/// Never destroyed: it is asked while the program ends.
std::list<std::string>& owners()
{
    static auto& list = *new std::list<std::string>;
    return list;
}

}  // namespace

AtWork::AtWork(const std::string& owner)
{
    const std::lock_guard lock(mutex);
    place_ = owners().insert(owners().end(), owner);
}

AtWork::~AtWork()
{
    const std::lock_guard lock(mutex);
    owners().erase(place_);
}

std::string AtWork::now()
{
    const std::lock_guard lock(mutex);
    return owners().empty() ? "" : owners().back();
}

}  // namespace mfg
