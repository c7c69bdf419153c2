#pragma once
#include <mfg/base/error.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

/// One file a reader: what libFuzzer calls with bytes that it has made up, and replay.cpp with those of the corpus.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Ends the process, which is what a fuzzer takes for a failure, unless `holds`.
inline void require(bool holds, const std::string& what)
{
    if (holds) return;
    std::fprintf(stderr, "violated: %s\n", what.c_str());
    std::abort();
}

/// Runs a reader. It may refuse what it is given by an Error, whose message is one line that is not long; any other
/// exception goes on, and ends the process.
template <class Reader>
void may_refuse(Reader reader)
{
    try {
        reader();
    } catch (const mfg::Error& error) {
        const std::string message = error.what();
        const bool one_line = std::none_of(message.begin(), message.end(), [](unsigned char c) { return c < 0x20; });
        require(one_line && !message.empty() && message.size() <= 400, "a message is one short line: " + message);
    }
}

inline std::string text_of(const std::uint8_t* data, std::size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}
