#include "results/progress.hpp"

#include "text.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace {

/// A longer line would wrap, and could not be rewritten.
std::size_t terminal_width()
{
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

}  // namespace

Progress::~Progress()
{
    finish();
}

Progress::Progress(std::vector<std::string> terms, std::vector<std::string> tracked, std::uint64_t iterations,
                   bool quiet)
    : terms_(std::move(terms)),
      tracked_(std::move(tracked)),
      iterations_(iterations),
      quiet_(quiet),
      terminal_(isatty(STDOUT_FILENO) == 1)
{
}

void Progress::show(const mfg::TrainingRecord& record)
{
    if (quiet_) return;
    if (std::isfinite(record.validation_objective)) validation_ = record.validation_objective;
    if (record.tracked.size() == tracked_.size()) last_tracked_ = record.tracked;
    const bool last = record.iteration == iterations_;
    const mfg::Real interval = terminal_ ? 0.1 : 5;
    if (!last && record.seconds - last_shown_ < interval) return;
    last_shown_ = record.seconds;

    std::string line =
        fmt::format("iteration {}/{}  objective {:.7g} ", record.iteration, iterations_, record.objective);
    if (std::isfinite(validation_)) line += fmt::format(" validation {:.7g} ", validation_);
    // A diverging run has numbers of hundreds of digits.
    const auto number = [](mfg::Real x) {
        return std::abs(x) < 1e6 ? fmt::format("{:.3f}", x) : fmt::format("{:.2e}", x);
    };
    for (std::size_t i = 0; i < terms_.size(); ++i) line += fmt::format(" {} {}", terms_[i], number(record.terms(i)));
    std::string left;
    if (!last && record.iteration > 0) {
        const mfg::Real seconds = record.seconds / static_cast<mfg::Real>(record.iteration) *
                                  static_cast<mfg::Real>(iterations_ - record.iteration);
        left = fmt::format("  {} left", duration(std::round(seconds)));
    }
    for (std::size_t i = 0; i < last_tracked_.size(); ++i) {
        const std::string more = fmt::format(" {} {:.3g}", tracked_[i], last_tracked_(i));
        if (terminal_ && line.size() + more.size() + left.size() >= terminal_width()) break;
        line += more;
    }
    line += left;
    if (terminal_)
        fmt::print("\r\033[K{}", line.substr(0, terminal_width() - 1));
    else
        fmt::print("{}\n", line);
    std::fflush(stdout);
    open_ = terminal_;
}

void Progress::finish()
{
    if (open_) fmt::print("\n");
    open_ = false;
}
