#include "results/interruption.hpp"

#include <csignal>
#include <cstdio>
#include <ctime>
#include <iostream>

namespace {

constexpr int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
constexpr int signal_count = sizeof signals / sizeof *signals;

std::atomic<bool> interrupted{false};
volatile std::sig_atomic_t first_signal = 0;
timespec first_time{};
struct sigaction earlier[signal_count];

extern "C" void on_signal(int number)
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    if (!interrupted.exchange(true)) {
        first_signal = number;
        first_time = now;
    } else if (number == SIGINT && now.tv_sec - first_time.tv_sec > 1) {
        std::signal(number, SIG_DFL);
        std::raise(number);
    }
}

}  // namespace

Interruption::Interruption()
{
    interrupted = false;
    std::signal(SIGPIPE, SIG_IGN);
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    for (int i = 0; i < signal_count; ++i) {
        ::sigaction(signals[i], nullptr, &earlier[i]);
        if (earlier[i].sa_handler != SIG_IGN) ::sigaction(signals[i], &action, nullptr);
    }
}

Interruption::~Interruption()
{
    for (int i = 0; i < signal_count; ++i) ::sigaction(signals[i], &earlier[i], nullptr);
}

const std::atomic<bool>& Interruption::requested() const
{
    return interrupted;
}

bool Interruption::has_come()
{
    return interrupted;
}

void Interruption::finish() const
{
    if (!interrupted) return;
    std::cout.flush();
    std::fflush(nullptr);
    std::signal(first_signal, SIG_DFL);
    std::raise(first_signal);
}
