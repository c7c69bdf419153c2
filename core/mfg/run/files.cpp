#include <mfg/base/error.hpp>
#include <mfg/run/files.hpp>

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

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor()
    {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int get() const { return number_; }
    bool close() { return ::close(std::exchange(number_, -1)) == 0; }

private:
    int number_;
};

/// A new file beside its target, removed unless it has taken the target's name.
class Temporary {
public:
    explicit Temporary(const std::string& target)
        : target_(target), directory_(std::filesystem::path(target).parent_path().string()), descriptor_(open())
    {
        if (descriptor_.get() < 0) fail();
    }
    ~Temporary()
    {
        if (!name_.empty()) ::unlink(name_.c_str());
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    void write(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const ssize_t written = ::write(descriptor_.get(), bytes.data(), bytes.size());
            if (written >= 0)
                bytes.remove_prefix(static_cast<std::size_t>(written));
            else if (errno != EINTR)
                fail();
        }
    }

    void take_the_name_of_the_target()
    {
        if (::fsync(descriptor_.get()) != 0 || !descriptor_.close()) fail();
        rename_file(name_, target_);
        name_.clear();
    }

private:
    int open()
    {
        static std::atomic<unsigned> counter{0};
        const std::string prefix = directory_.empty() ? "" : directory_ + '/';
        for (;;) {
            // Not made from the target's name, which may be as long as a name can be.
            name_ = prefix + unfinished_prefix + std::to_string(::getpid()) + '-' + std::to_string(counter++) +
                    unfinished_suffix;
            const int descriptor = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (descriptor >= 0) return descriptor;
            if (errno == EEXIST || errno == EINTR) continue;  // left behind by a killed process of the same number
            const int error = errno;
            name_.clear();
            errno = error;
            return -1;
        }
    }

    [[noreturn]] void fail() const { throw Error("cannot write '" + target_ + "': " + reason(errno)); }

    std::string target_, directory_, name_;
    Descriptor descriptor_;
};

}  // namespace

void write_file_atomically(const std::string& path, std::string_view bytes)
{
    Temporary file(path);
    file.write(bytes);
    file.take_the_name_of_the_target();
}

void rename_file(const std::string& from, const std::string& to)
{
    if (::rename(from.c_str(), to.c_str()) != 0) throw Error("cannot write '" + to + "': " + reason(errno));
    // The new name is safe only once the directory is on disk too; some file systems cannot do this, and the content
    // is safe already, so that a failure here is none.
    const std::string directory = std::filesystem::path(to).parent_path().string();
    const Descriptor parent(::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_CLOEXEC));
    if (parent.get() >= 0) ::fsync(parent.get());
}

void remove_unfinished_files(const std::string& directory)
{
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(directory, failure)) {
        const std::string name = entry.path().filename().string();
        const std::size_t least = unfinished_prefix.size() + unfinished_suffix.size();
        if (name.size() <= least || name.compare(0, unfinished_prefix.size(), unfinished_prefix) != 0 ||
            name.compare(name.size() - unfinished_suffix.size(), unfinished_suffix.size(), unfinished_suffix) != 0)
            continue;
        int writer = 0;
        std::from_chars(name.data() + unfinished_prefix.size(), name.data() + name.size(), writer);
        // This process has none open while it calls this; another one of its number has left them.
        const bool gone = writer == ::getpid() || (writer > 0 && ::kill(writer, 0) != 0 && errno == ESRCH);
        if (gone) std::filesystem::remove(entry.path(), failure);
    }
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
    const auto fail = [&](const std::string& cause) { throw Error("cannot read '" + path + "': " + cause); };
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) fail(reason(errno));
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) fail(reason(errno));
    const auto too_large = [&] { fail("it is larger than " + std::to_string(limit) + " bytes"); };
    const auto expected = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
    if (expected > limit) too_large();

    // The size is a guess only: a pipe has none, and a file may grow.
    std::string bytes;
    std::size_t size = 0;
    for (;;) {
        if (size == bytes.size()) bytes.resize(std::max(expected + 1, size + size / 2 + 4096));
        const ssize_t count = ::read(file.get(), &bytes[size], bytes.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail(reason(errno));
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
        if (size > limit) too_large();
    }
    bytes.resize(size);
    return bytes;
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
