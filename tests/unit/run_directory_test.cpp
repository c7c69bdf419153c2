#include "catch.hpp"
#include "scratch.hpp"

#include <mfg/base/error.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/run_directory.hpp>

#include <boost/crc.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

namespace fs = std::filesystem;

namespace {

const mfg::Checkpoint::Settings settings{{"seed", "1"}, {"training.samples", "64,64"}};

mfg::Archive state_of(mfg::Real number)
{
    mfg::Archive archive;
    mfg::Vector array = mfg::make_vector(5, number);
    archive("array", array);
    archive("number", number);
    return archive;
}

mfg::Real number_of(mfg::Checkpoint checkpoint)
{
    mfg::Real number = 0;
    checkpoint.state("number", number);
    return number;
}

/// Without waiting for the disk.
void write(const std::string& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary) << bytes;
}

/// The bytes with the check sum of their changed content.
std::string summed(std::string bytes)
{
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size() - 8);
    const std::uint64_t sum = crc.checksum();
    std::memcpy(bytes.data() + bytes.size() - 8, &sum, 8);
    return bytes;
}

}  // namespace

TEST_CASE("a checkpoint comes back as it was written", "[run]")
{
    const Scratch scratch;
    const auto run = mfg::RunDirectory::create(scratch / "run");
    CHECK_FALSE(run.read_checkpoint());
    run.write_checkpoint(settings, state_of(1.5));
    run.write_checkpoint(settings, state_of(2.5));
    const auto checkpoint = run.read_checkpoint();
    REQUIRE(checkpoint);
    CHECK(number_of(*checkpoint) == 2.5);
    CHECK(checkpoint->settings == settings);
    CHECK(checkpoint->damage.empty());
    CHECK(checkpoint->state.items().at("array").size() == 5);
}

TEST_CASE("a checkpoint with any byte changed or any end missing is passed over for the one before it", "[run]")
{
    const Scratch scratch;
    const auto run = mfg::RunDirectory::create(scratch / "run");
    run.write_checkpoint(settings, state_of(1.5));
    const std::string before = mfg::read_file(run.file("checkpoint/state"));
    run.write_checkpoint(settings, state_of(2.5));
    const std::string state = run.file("checkpoint/state"), previous = run.file("checkpoint/previous"),
                      whole = mfg::read_file(state);
    const auto falls_back = [&](const std::string& damaged) {
        write(state, damaged);
        write(previous, before);
        const auto checkpoint = run.read_checkpoint();
        // The next checkpoint must not make a previous one of what is damaged.
        return checkpoint && number_of(*checkpoint) == 1.5 && !checkpoint->damage.empty() &&
               mfg::read_file(state) == before && !fs::exists(previous);
    };
    for (std::size_t k = 0; k < whole.size(); ++k) {
        INFO("byte " << k);
        std::string damaged = whole;
        damaged[k] = static_cast<char>(damaged[k] ^ 0x10);
        REQUIRE(falls_back(damaged));
    }
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size << " bytes of " << whole.size());
        REQUIRE(falls_back(whole.substr(0, size)));
    }
    REQUIRE(falls_back(whole + "x"));

    write(state, whole.substr(0, 40));
    write(previous, before.substr(0, 70));
    CHECK_THAT(message_of([&] { run.read_checkpoint(); }),
               ContainsSubstring("damaged") && ContainsSubstring("check sum") && ContainsSubstring("config.ini"));
    // As it is between the two renamings of a new one.
    write(previous, before);
    fs::remove(state);
    const auto checkpoint = run.read_checkpoint();
    REQUIRE(checkpoint);
    CHECK(number_of(*checkpoint) == 1.5);
    CHECK(checkpoint->damage.empty());
}

TEST_CASE("a checkpoint larger than the memory is passed over, too", "[run]")
{
    const Scratch scratch;
    const auto run = mfg::RunDirectory::create(scratch / "run");
    run.write_checkpoint(settings, state_of(1.5));
    run.write_checkpoint(settings, state_of(2.5));
    // It takes no room on the disk.
    fs::resize_file(run.file("checkpoint/state"), std::uintmax_t(mfg::memory_size()) + 1);
    const auto checkpoint = run.read_checkpoint();
    REQUIRE(checkpoint);
    CHECK(number_of(*checkpoint) == 1.5);
    CHECK_THAT(checkpoint->damage, ContainsSubstring("it is larger than"));
}

TEST_CASE("parameters and solutions that are no numbers are refused", "[run]")
{
    const Scratch scratch;
    const auto run = mfg::RunDirectory::create(scratch / "run");
    mfg::ParameterLayout layout;
    layout.add({"density", 2, 3});
    for (const mfg::Real wrong :
         {std::numeric_limits<mfg::Real>::quiet_NaN(), -std::numeric_limits<mfg::Real>::infinity()}) {
        mfg::Vector parameters = mfg::make_vector(6, 0.5);
        run.write_parameters(layout, parameters);
        run.write_blocks(layout, parameters);
        CHECK((run.read_parameters(layout) == parameters));
        CHECK((run.read_blocks(layout) == parameters));
        parameters(4) = wrong;
        run.write_parameters(layout, parameters);
        run.write_blocks(layout, parameters);
        CHECK_THAT(message_of([&] { run.read_parameters(layout); }),
                   ContainsSubstring("parameters.npy': number 4 is not finite"));
        CHECK_THAT(message_of([&] { run.read_blocks(layout); }),
                   ContainsSubstring("density.npy': number 4 is not finite"));
    }
}

TEST_CASE("counts and lengths that a checkpoint cannot have are refused although its check sum is right", "[run]")
{
    const Scratch scratch;
    const auto run = mfg::RunDirectory::create(scratch / "run");
    run.write_checkpoint(settings, state_of(1.5));
    const std::string state = run.file("checkpoint/state"), whole = mfg::read_file(state);
    for (std::size_t at = std::strlen("mfg checkpoint 4\n"); at + 16 <= whole.size(); ++at) {
        std::string damaged = whole;
        const std::uint64_t huge = ~std::uint64_t{0} >> (at % 3);
        std::memcpy(damaged.data() + at, &huge, 8);
        write(state, summed(damaged));
        // Some are numbers, where this is a value as any other.
        try {
            run.read_checkpoint();
        } catch (const mfg::Error&) {
        }
    }
    write(state, summed(whole.substr(0, 60)));
    CHECK_THAT(message_of([&] { run.read_checkpoint(); }), ContainsSubstring("cut off"));
}

TEST_CASE("a checkpoint of another version is refused by naming both", "[run]")
{
    const Scratch scratch;
    const auto run = mfg::RunDirectory::create(scratch / "run");
    run.write_checkpoint(settings, state_of(1.5));
    const std::string state = run.file("checkpoint/state"), whole = mfg::read_file(state);
    std::string other = whole;
    const std::size_t version = other.find(MFG_VERSION);
    REQUIRE(version != std::string::npos);
    other[version] = '7';
    write(run.file("checkpoint/previous"), whole);
    write(state, summed(other));
    CHECK_THAT(message_of([&] { run.read_checkpoint(); }),
               ContainsSubstring("mfg " + other.substr(version, std::strlen(MFG_VERSION)) + " has written it") &&
                   ContainsSubstring("this is mfg " MFG_VERSION));
    other = whole;
    other[std::strlen("mfg checkpoint ")] = '1';
    write(state, summed(other));
    CHECK_THAT(message_of([&] { run.read_checkpoint(); }), ContainsSubstring("it has format 1"));
    CHECK(mfg::read_file(state) == summed(other));
}

TEST_CASE("only one process works on a run", "[run]")
{
    const Scratch scratch;
    const auto run = mfg::RunDirectory::create(scratch / "run");
    int ready[2], over[2];
    REQUIRE(::pipe(ready) == 0);
    REQUIRE(::pipe(over) == 0);
    const pid_t other = ::fork();
    if (other == 0) {
        const auto lock = run.lock();
        char byte = 'x';
        const bool told = ::write(ready[1], &byte, 1) == 1;
        ::close(over[1]);
        if (told && ::read(over[0], &byte, 1) >= 0) ::_exit(0);
        ::_exit(1);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    CHECK_THAT(message_of([&] { run.lock(); }), ContainsSubstring("another process is working on the run"));
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
    CHECK_NOTHROW(run.lock());
    CHECK_NOTHROW(run.lock());
    for (const int end : {ready[0], ready[1], over[0], over[1]}) ::close(end);
}

TEST_CASE("a scratch directory is gone with its object, and two are not the same", "[run]")
{
    const Scratch scratch;
    std::string path;
    {
        const mfg::ScratchDirectory one(scratch.path.string()), other(scratch.path.string());
        path = one.path();
        CHECK(path != other.path());
        write(path + "/data0", "x");
    }
    CHECK_FALSE(fs::exists(path));
    CHECK(fs::is_empty(scratch.path));
    CHECK_THAT(message_of<mfg::Error>([&] { mfg::ScratchDirectory(scratch / "missing"); }),
               ContainsSubstring("cannot create a directory"));
}

TEST_CASE("what killed processes left unfinished is removed, and nothing else", "[run]")
{
    const Scratch scratch;
    const auto run = mfg::RunDirectory::create(scratch / "run");
    fs::create_directories(run.file("checkpoint"));
    const pid_t gone = ::fork();
    if (gone == 0) ::_exit(0);
    ::waitpid(gone, nullptr, 0);
    const std::string left = ".mfg-" + std::to_string(gone) + "-3.tmp",
                      living = ".mfg-" + std::to_string(::getppid()) + "-0.tmp";
    for (const std::string& name : {left, living, "checkpoint/" + left, std::string(".mfg-.tmp"),
                                    std::string(".mfg-x-1.tmp"), std::string("history.csv")})
        write(run.file(name), "x");
    const std::string folder = ".mfg-" + std::to_string(gone) + "-4.tmp";
    fs::create_directories(run.file(folder + "/inner"));
    write(run.file(folder + "/inner/data0"), "x");
    run.remove_unfinished();
    CHECK_FALSE(fs::exists(run.file(left)));
    CHECK_FALSE(fs::exists(run.file(folder)));
    CHECK_FALSE(fs::exists(run.file("checkpoint/" + left)));
    for (const std::string& name :
         {living, std::string(".mfg-.tmp"), std::string(".mfg-x-1.tmp"), std::string("history.csv")})
        CHECK(fs::exists(run.file(name)));
}
