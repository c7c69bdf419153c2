#pragma once
#include <atomic>

/// Thrown by work that ends early because of a signal.
struct Interrupted {};

/// Signals that end a run early and lose nothing: INT, TERM, HUP and USR1, as long as an object of this class lives.
///
/// Signals that the process was started to ignore stay ignored. After the first one, others do nothing, but for a
/// second Ctrl-C a second later or more, which ends the process at once. A closed pipe stops only what is shown.
class Interruption {
public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    /// Whether one has come.
    const std::atomic<bool>& requested() const;
    /// The same, for whoever waits and has no object of this class.
    static bool has_come();
    /// Ends the process by the signal that has come, if one has, so that whoever started it learns of it: a shell sees
    /// exit code 128 + its number.
    void finish() const;
};
