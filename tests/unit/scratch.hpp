#pragma once
#include "catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

/// An empty directory that is gone after the test.
struct Scratch {
    Scratch()
    {
        std::string name = (std::filesystem::temp_directory_path() / "mfg-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Scratch() { std::filesystem::remove_all(path); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    std::string operator/(const std::string& name) const { return (path / name).string(); }

    std::filesystem::path path;
};
