#include <mfg/base/error.hpp>
#include <mfg/base/processors.hpp>

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <future>
#include <limits>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace mfg {
namespace {

int allowed_by_affinity()
{
    cpu_set_t set;
    if (::sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    return static_cast<int>(std::thread::hardware_concurrency());  // more processors than a set has room for
}

/// The processors whose time one control group may use: "QUOTA PERIOD" in cpu.max, or "max PERIOD".
double quota(const std::string& group)
{
    std::ifstream file("/sys/fs/cgroup" + group + "/cpu.max");
    double allowed = 0, period = 0;
    return file >> allowed >> period && period > 0 ? allowed / period : std::numeric_limits<double>::infinity();
}

/// The least of the group of this process (the line `0::/PATH`) and those around it.
double allowed_by_control_groups()
{
    std::ifstream file("/proc/self/cgroup");
    std::string group;
    for (std::string line; std::getline(file, line);)
        if (line.rfind("0::", 0) == 0) group = line.substr(3);
    double least = quota("");
    for (; group.size() > 1; group.erase(group.rfind('/'))) {
        if (group.front() != '/') break;
        least = std::min(least, quota(group));
    }
    return least;
}

}  // namespace

int available_processors()
{
    const double allowed = std::min<double>(allowed_by_affinity(), std::ceil(allowed_by_control_groups()));
    return std::max(1, static_cast<int>(allowed));
}

void require_threads(int count)
{
    std::promise<void> all_there;
    const std::shared_future<void> wait = all_there.get_future().share();
    std::vector<std::thread> threads;
    std::string failure;
    try {
        // This thread is one of them.
        while (static_cast<int>(threads.size()) + 1 < count) threads.emplace_back([wait] { wait.wait(); });
    } catch (const std::system_error& error) {
        failure = error.code().message();
    }
    all_there.set_value();
    for (std::thread& thread : threads) thread.join();
    if (!failure.empty())
        throw Error("cannot start " + std::to_string(count) + " threads: " + failure + "; use fewer --threads");
}

}  // namespace mfg
