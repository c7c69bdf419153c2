/// Feeds the files of a corpus to a reader, where there is no libFuzzer: fuzz_NAME DIRECTORY.
#include "property.hpp"

#include <mfg/run/files.hpp>

#include <filesystem>
#include <iostream>
#include <new>
#include <set>

/// Files of a corpus are small, so that what is larger than this was asked for by a file that only claims to be large.
void* operator new(std::size_t size)
{
    constexpr std::size_t largest = std::size_t(16) << 20;
    if (void* memory = size > largest ? nullptr : std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

int main(int count, char** words)
{
    if (count != 2) return 2;
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(words[1])) files.insert(entry.path());
    for (const std::string& file : files) {
        std::cout << file << std::endl;  // the last one is the culprit if the process ends here
        const std::string bytes = mfg::read_file(file);
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    }
    return files.empty() ? 1 : 0;
}
