#include <mfg/base/error.hpp>
#include <mfg/plugin/library_file.hpp>

#include <fmt/format.h>

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>

namespace mfg {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Section = ElfW(Shdr);

/// Entries of a file's own tables of segments and sections.
class Library {
public:
    explicit Library(const std::string& path) : file_(path, std::ios::binary | std::ios::ate)
    {
        size_ = file_ ? static_cast<std::uint64_t>(file_.tellg()) : 0;
    }

    std::uint64_t size() const { return size_; }

    template <class Entry>
    bool read(std::uint64_t offset, Entry& entry)
    {
        if (size_ < sizeof entry || offset > size_ - sizeof entry) return false;
        file_.seekg(static_cast<std::streamoff>(offset));
        return static_cast<bool>(file_.read(reinterpret_cast<char*>(&entry), sizeof entry));
    }

private:
    std::ifstream file_;
    std::uint64_t size_ = 0;
};

/// Where a part of the file ends, however large its numbers are.
std::uint64_t end_of(std::uint64_t offset, std::uint64_t size)
{
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    return size > largest - offset ? largest : offset + size;
}

/// The end of the table of `count` entries and of all that these say about the file.
template <class Entry, class End>
std::uint64_t end_of_table(Library& library, std::uint64_t offset, std::uint64_t count, const End& end)
{
    std::uint64_t needed = end_of(offset, count * sizeof(Entry));
    for (std::uint64_t i = 0; i < count && needed <= library.size(); ++i)
        if (Entry entry{}; library.read(offset + i * sizeof entry, entry)) needed = std::max(needed, end(entry));
    return needed;
}

}  // namespace

void require_whole_library(const std::string& path)
{
    Library library(path);
    Header header{};
    if (!library.read(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return;
    if (header.e_phentsize != sizeof(Segment)) return;
    const std::uint64_t segments = end_of_table<Segment>(
        library, header.e_phoff, header.e_phnum, [](const Segment& s) { return end_of(s.p_offset, s.p_filesz); });
    const std::uint64_t sections = end_of_table<Section>(library, header.e_shoff, header.e_shnum, [](const Section& s) {
        return s.sh_type == SHT_NOBITS ? 0 : end_of(s.sh_offset, s.sh_size);
    });
    const std::uint64_t needed = std::max(segments, sections);
    if (needed > library.size())
        throw Error(
            fmt::format("it is cut off after {} bytes; wait until it is built, or build it again", library.size()));
}

}  // namespace mfg
