#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>
#include <mfg/run/files.hpp>

#include <boost/crc.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mfg {
namespace {

const std::string unfinished_prefix = ".mfg-", unfinished_suffix = ".tmp";

std::string reason(int error)
{
    return std::generic_category().message(error);
}

/// A name in the directory that says which process writes there.
std::string unfinished_name(const std::filesystem::path& directory)
{
    static std::atomic<unsigned> counter{0};
    const std::string number = std::to_string(::getpid()) + '-' + std::to_string(counter++);
    return (directory / (unfinished_prefix + number + unfinished_suffix)).string();
}

/// Creates a file beside `target`, `name`; below 0 where that fails.
int create_beside(const std::string& target, std::string& name)
{
    const std::filesystem::path directory = std::filesystem::path(target).parent_path();
    for (;;) {
        // Not made from the target's name, which may be as long as a name can be.
        name = unfinished_name(directory);
        const int descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        // One that exists was left behind by a killed process of the same number.
        if (descriptor >= 0 || (errno != EEXIST && errno != EINTR)) return descriptor;
    }
}

}  // namespace

File::File(int descriptor, std::string task) : descriptor_(descriptor), task_(std::move(task))
{
    if (descriptor_ < 0) fail();
}

File::~File()
{
    if (descriptor_ >= 0) ::close(descriptor_);
}

void File::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written >= 0)
            bytes.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR)
            fail();
    }
}

void File::sync()
{
    // A pipe or a device has no disk to be put on.
    if (::fsync(descriptor_) != 0 && errno != EINVAL) fail();
}

void File::close()
{
    if (::close(std::exchange(descriptor_, -1)) != 0) fail();
}

void File::fail() const
{
    throw Error(task_ + ": " + reason(errno));
}

void write_file_atomically(const std::string& path, std::string_view bytes)
{
    std::string name;
    File file(create_beside(path, name), "cannot write '" + path + "'");
    try {
        file.write(bytes);
        file.sync();
        file.close();
        rename_file(name, path);
    } catch (...) {
        ::unlink(name.c_str());
        throw;
    }
}

void rename_file(const std::string& from, const std::string& to)
{
    if (::rename(from.c_str(), to.c_str()) != 0) throw Error("cannot write '" + to + "': " + reason(errno));
    // The new name is safe only once the directory is on disk too; some file systems cannot do this, and the content
    // is safe already, so that a failure here is none.
    const std::string directory = std::filesystem::path(to).parent_path().string();
    const int parent = ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_CLOEXEC);
    if (parent < 0) return;
    ::fsync(parent);
    ::close(parent);
}

std::uint32_t check_sum(std::string_view bytes)
{
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

void remove_unfinished_files(const std::string& directory)
{
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(directory, failure)) {
        const std::string name = entry.path().filename().string();
        if (!starts_with(name, unfinished_prefix) || !ends_with(name, unfinished_suffix)) continue;
        int writer = 0;
        std::from_chars(name.data() + unfinished_prefix.size(), name.data() + name.size(), writer);
        // This process has none open while it calls this; another one of its number has left them.
        const bool gone = writer == ::getpid() || (writer > 0 && ::kill(writer, 0) != 0 && errno == ESRCH);
        if (gone) std::filesystem::remove_all(entry.path(), failure);
    }
}

ScratchDirectory::ScratchDirectory(const std::string& directory)
{
    do {
        path_ = unfinished_name(directory);
        if (::mkdir(path_.c_str(), 0777) == 0) return;
    } while (errno == EEXIST);
    throw Error("cannot create a directory in '" + directory + "': " + reason(errno));
}

ScratchDirectory::~ScratchDirectory()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

FileLock::FileLock(const std::string& path, Use use)
    : path_(path), descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)), mine_(true)
{
    const bool shared = use == Use::shared;
    if (descriptor_ < 0 && shared) return;
    if (descriptor_ < 0) throw Error("cannot write '" + path + "': " + reason(errno));
    while (::flock(descriptor_, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        mine_ = errno != EWOULDBLOCK;
        break;
    }
}

FileLock::~FileLock()
{
    if (descriptor_ >= 0) ::close(descriptor_);
}

bool FileLock::in_place() const
{
    struct stat locked {
    }, present{};
    return ::fstat(descriptor_, &locked) == 0 && ::stat(path_.c_str(), &present) == 0 &&
           locked.st_dev == present.st_dev && locked.st_ino == present.st_ino;
}

std::string read_file(const std::string& path, std::size_t limit)
{
    const std::string task = "cannot read '" + path + "'";
    // Without O_NONBLOCK a pipe would wait for its writer.
    const File file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC), task);
    struct stat status {};
    if (::fstat(file.descriptor(), &status) != 0) file.fail();
    if (S_ISDIR(status.st_mode)) throw Error(task + ": " + reason(EISDIR));
    if (!S_ISREG(status.st_mode)) throw Error(task + ": it is not a regular file; save it as one first");
    const auto too_large = [&] { throw Error(task + ": it is larger than " + std::to_string(limit) + " bytes"); };
    const auto expected = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
    if (expected > limit) too_large();

    // The size is a guess only: a file may grow.
    std::string bytes;
    std::size_t size = 0;
    for (;;) {
        if (size == bytes.size()) bytes.resize(std::max(expected + 1, size + size / 2 + 4096));
        const ssize_t count = ::read(file.descriptor(), &bytes[size], bytes.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) file.fail();
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
        if (size > limit) too_large();
    }
    bytes.resize(size);
    return bytes;
}

std::size_t memory_size()
{
    return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(::sysconf(_SC_PAGE_SIZE));
}

bool create_new_directory(const std::string& path)
{
    const std::string parent = std::filesystem::path(path).parent_path().string();
    if (!parent.empty()) create_directories(parent);
    if (::mkdir(path.c_str(), 0777) == 0) return true;
    if (errno == EEXIST) return false;
    throw Error("cannot create the directory '" + path + "': " + reason(errno));
}

void create_directories(const std::string& path)
{
    std::error_code error, ignored;
    std::filesystem::create_directories(path, error);
    // What counts is that the directory is there: some libraries call a trailing slash an error.
    if (!std::filesystem::is_directory(path, ignored)) {
        const std::string cause = error ? error.message() : "there is a file of this name";
        throw Error("cannot create the directory '" + path + "': " + cause);
    }
}

}  // namespace mfg
