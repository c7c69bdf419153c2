#pragma once
#include <mfg/base/export.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mfg {

/// An open file, until the object's end. Failures are Errors: `task`, as in "cannot write 'a.txt'", and the reason.
class MFG_API File {
public:
    /// Takes an open descriptor over; one below 0 is a failure to open the file.
    File(int descriptor, std::string task);
    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    int descriptor() const { return descriptor_; }
    void write(std::string_view bytes);
    /// Puts on disk what was written.
    void sync();
    void close();
    /// Throws the Error for what `errno` says.
    [[noreturn]] void fail() const;

private:
    int descriptor_;
    std::string task_;
};

/// Replaces the file at `path` by one that holds `bytes`, on disk when this returns. Whenever the process is killed,
/// the file is the old one or the new one.
MFG_API void write_file_atomically(const std::string& path, std::string_view bytes);

/// Gives the file another name in the same file system, in place of a file that had it.
MFG_API void rename_file(const std::string& from, const std::string& to);

/// A new directory inside `directory` for what is not finished, which is gone with this object.
class MFG_API ScratchDirectory {
public:
    explicit ScratchDirectory(const std::string& directory);
    ~ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// Removes what processes that are no more had not finished writing in this directory: files and scratch directories.
MFG_API void remove_unfinished_files(const std::string& directory);

/// All bytes of the file. An Error says so if it is no regular file, which may have no end, or has more than `limit`
/// bytes.
MFG_API std::string read_file(const std::string& path, std::size_t limit = std::size_t(64) << 20);

/// The CRC-32 of some bytes.
MFG_API std::uint32_t check_sum(std::string_view bytes);
/// Bytes of this machine's memory: no file that is larger can be of use.
MFG_API std::size_t memory_size();

/// Creates the directory and its parents. One that is there already is kept as it is.
MFG_API void create_directories(const std::string& path);

/// The same, but false if the directory is there already: of several processes, one creates it.
MFG_API bool create_new_directory(const std::string& path);

/// Keeps other processes from taking the same lock, as long as it lives and the process does.
class MFG_API FileLock {
public:
    /// Who else may have it at the same time: nobody, or those who read, too.
    enum class Use { alone, shared };

    /// Creates the file if it is not there, and leaves it there. Where the file system has no locks, or a reader may
    /// not open the file, it is none.
    explicit FileLock(const std::string& path, Use use = Use::alone);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

    /// Whether no other process has it.
    bool mine() const { return mine_; }
    /// Whether the path still leads to the file that is locked; not if it was removed, moved or replaced.
    bool in_place() const;

private:
    std::string path_;
    int descriptor_;
    bool mine_;
};

}  // namespace mfg
