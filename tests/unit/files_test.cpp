#include "catch.hpp"
#include "scratch.hpp"

#include <mfg/base/error.hpp>
#include <mfg/run/files.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <string>

namespace fs = std::filesystem;

namespace {

long entries(const Scratch& scratch)
{
    return std::distance(fs::directory_iterator(scratch.path), fs::directory_iterator());
}

/// Makes every file end after so many bytes, as a full disk does.
struct FullDisk {
    explicit FullDisk(rlim_t bytes)
    {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before);
        const rlimit now{bytes, before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before); }

    rlimit before{};
};

}  // namespace

TEST_CASE("a file is written whole and read back", "[files]")
{
    const Scratch scratch;
    const std::string bytes("a\0b\n\xff", 5);
    mfg::write_file_atomically(scratch / "f", bytes);
    CHECK(mfg::read_file(scratch / "f") == bytes);

    mfg::write_file_atomically(scratch / "f", "");
    CHECK(mfg::read_file(scratch / "f").empty());

    const std::string large(3000000, 'x');
    mfg::write_file_atomically(scratch / "f", large);
    CHECK(mfg::read_file(scratch / "f") == large);
    CHECK(entries(scratch) == 1);
}

TEST_CASE("a written file has the mode of any new file", "[files]")
{
    const Scratch scratch;
    const mode_t mask = ::umask(027);
    mfg::write_file_atomically(scratch / "f", "x");
    ::umask(mask);
    struct stat status {};
    REQUIRE(::stat((scratch / "f").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("a file of the longest possible name is written", "[files]")
{
    const Scratch scratch;
    const std::string name(255, 'n');
    mfg::write_file_atomically(scratch / name, "x");
    CHECK(mfg::read_file(scratch / name) == "x");
}

TEST_CASE("a failed write leaves the old file and nothing else", "[files]")
{
    const Scratch scratch;
    mfg::write_file_atomically(scratch / "f", "old");
    std::string message;
    {
        const FullDisk limit(1000);
        message = message_of([&] { mfg::write_file_atomically(scratch / "f", std::string(5000, 'x')); });
    }
    CHECK_THAT(message,
               ContainsSubstring("cannot write") && ContainsSubstring("/f'") && ContainsSubstring("too large"));
    CHECK(mfg::read_file(scratch / "f") == "old");
    CHECK(entries(scratch) == 1);

    fs::create_directory(scratch / "d");
    CHECK_THROWS_WITH(mfg::write_file_atomically(scratch / "d", "x"),
                      ContainsSubstring("/d'") && ContainsSubstring("directory"));
    CHECK(entries(scratch) == 2);
    CHECK_THROWS_WITH(mfg::write_file_atomically(scratch / "none/f", "x"),
                      ContainsSubstring("none/f'") && ContainsSubstring("No such file"));
}

TEST_CASE("what cannot be read is named", "[files]")
{
    const Scratch scratch;
    CHECK_THROWS_WITH(mfg::read_file(scratch / "none"),
                      ContainsSubstring("/none'") && ContainsSubstring("No such file"));
    CHECK_THROWS_WITH(mfg::read_file(scratch.path.string()), ContainsSubstring("Is a directory"));
    mfg::write_file_atomically(scratch / "f", "12345");
    CHECK(mfg::read_file(scratch / "f", 5) == "12345");
    CHECK_THROWS_AS(mfg::read_file(scratch / "f", 4), mfg::Error);
}

TEST_CASE("directories are created with their parents", "[files]")
{
    const Scratch scratch;
    mfg::create_directories(scratch / "a/b/c");
    CHECK(fs::is_directory(scratch / "a/b/c"));
    CHECK_NOTHROW(mfg::create_directories(scratch / "a/b/c"));
    CHECK_NOTHROW(mfg::create_directories(scratch / "a/b/new/"));
    CHECK(fs::is_directory(scratch / "a/b/new"));

    mfg::write_file_atomically(scratch / "f", "x");
    CHECK_THROWS_WITH(mfg::create_directories(scratch / "f"), ContainsSubstring("cannot create the directory"));
    CHECK_THROWS_AS(mfg::create_directories(scratch / "f/below"), mfg::Error);
    CHECK_THROWS_AS(mfg::create_directories("/proc/mfg"), mfg::Error);
    CHECK_THROWS_AS(mfg::create_directories(""), mfg::Error);
}

TEST_CASE("only regular files are read", "[files]")
{
    const Scratch scratch;
    REQUIRE(::mkfifo((scratch / "pipe").c_str(), 0600) == 0);
    for (const std::string& path : {scratch / "pipe", std::string("/dev/zero")})
        CHECK_THROWS_WITH(mfg::read_file(path), ContainsSubstring("it is not a regular file"));
    CHECK(mfg::memory_size() > std::size_t(1) << 27);
}
