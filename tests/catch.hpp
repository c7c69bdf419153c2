#pragma once
/// Catch2, version 2 or 3.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
inline auto ContainsSubstring(const std::string& text)
{
    return Catch::Matchers::Contains(text);
}
#endif
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

#include <exception>
#include <string>

/// What `action` throws, or an empty text when it throws nothing.
template <class Exception = std::exception, class Action>
std::string message_of(Action action)
{
    try {
        action();
    } catch (const Exception& failure) {
        return failure.what();
    }
    return "";
}
