#include "results/progress.hpp"

#include "text.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace {

/// Whether a column is a measure: GROUP.NAME of none of the trainer's own groups.
bool is_followed(const std::string& column)
{
    return column.find('.') != std::string::npos && !starts_with(column, "terms.") &&
           !starts_with(column, "validation.");
}

/// A longer line would wrap, and could not be rewritten.
std::size_t terminal_width()
{
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

/// Whether it knows escape sequences.
bool is_capable_terminal()
{
    const char* type = std::getenv("TERM");
    return type && std::string(type) != "dumb";
}

}  // namespace

Progress::~Progress()
{
    finish();
}

Progress::Progress(const mfg::Training& training, bool quiet)
    : terms_(training.term_names()),
      columns_(training.columns()),
      last_followed_(columns_.size(), std::numeric_limits<mfg::Real>::quiet_NaN()),
      iterations_(training.max_iterations()),
      quiet_(quiet),
      terminal_(isatty(STDOUT_FILENO) == 1 && is_capable_terminal())
{
}

void Progress::show(const mfg::TrainingRecord& record)
{
    if (quiet_) return;
    warn(record);
    for (std::size_t i = 0; i < columns_.size(); ++i)
        if (std::isfinite(record.columns[i])) last_followed_[i] = record.columns[i];
    const bool last = record.iteration == iterations_;
    const mfg::Real interval = terminal_ ? 0.1 : 5;
    if (!last && record.seconds - last_shown_ < interval) return;
    last_shown_ = record.seconds;

    std::string line =
        fmt::format("iteration {}/{}  objective {:.7g} ", record.iteration, iterations_, record.objective);
    for (std::size_t i = 0; i < columns_.size(); ++i)
        if (columns_[i] == "validation.objective" && std::isfinite(last_followed_[i]))
            line += fmt::format(" validation {:.7g} ", last_followed_[i]);
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
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (!is_followed(columns_[i]) || !std::isfinite(last_followed_[i])) continue;
        const std::string more = fmt::format(" {} {:.3g}", columns_[i], last_followed_[i]);
        if (terminal_ && line.size() + more.size() + left.size() >= terminal_width()) break;
        line += more;
    }
    line += left;
    print(terminal_ ? "\r\033[K" + line.substr(0, terminal_width() - 1) : line + '\n');
    open_ = terminal_;
}

void Progress::warn(const mfg::TrainingRecord& record)
{
    // Between two looks at the population its residuals may well double.
    constexpr mfg::Real too_large = 10;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i] != "population.residual_ratio" || !(record.columns[i] > too_large)) continue;
        const mfg::Real ratio = record.columns[i];
        if (ratio < 2 * warned_) continue;
        warned_ = ratio;
        finish();
        print(
            fmt::format("warning: iteration {}: where agents go now, residuals are {:.3g} times those at the points of "
                        "the training, which are around an earlier population\n",
                        record.iteration, ratio));
    }
}

void Progress::begin(const char* stage)
{
    finish();
    print(fmt::format("{} ...", stage));
    stage_began_ = std::chrono::steady_clock::now();
}

void Progress::finish()
{
    if (open_) print("\n");
    open_ = false;
    if (!stage_began_) return;
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - *stage_began_;
    print(fmt::format(" {:.1f} s\n", time.count()));
    stage_began_.reset();
}

void Progress::print(const std::string& text)
{
    if (quiet_) return;
    // A reader who went away, as `| head` does, stops what is shown and not the training.
    quiet_ = std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0;
}
