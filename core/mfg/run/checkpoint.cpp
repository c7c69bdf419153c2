#include <mfg/base/text.hpp>
#include <mfg/run/checkpoint.hpp>
#include <mfg/run/files.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace mfg {
namespace {

const std::string checkpoint_mark = "mfg checkpoint ";
constexpr const char* checkpoint_format = "4";

void put(std::string& bytes, const void* data, std::size_t size)
{
    bytes.append(static_cast<const char*>(data), size);
}
void put(std::string& bytes, std::uint64_t number)
{
    put(bytes, &number, sizeof number);
}
void put(std::string& bytes, const std::string& text)
{
    put(bytes, text.size());
    put(bytes, text.data(), text.size());
}

/// Takes pieces from the front of a text; running out of it is an error.
struct Reader {
    std::string_view rest;

    void take(void* to, std::size_t size)
    {
        if (size > rest.size()) throw Error("it is cut off");
        if (size) std::memcpy(to, rest.data(), size);
        rest.remove_prefix(size);
    }
    std::uint64_t number()
    {
        std::uint64_t value = 0;
        take(&value, sizeof value);
        return value;
    }
    std::string text()
    {
        std::string text(std::min<std::size_t>(number(), rest.size()), '\0');
        take(text.data(), text.size());
        return text;
    }
};

}  // namespace

OtherVersion::~OtherVersion() = default;

// The mark and format, the version, the settings, then for each entry its name, rows, columns and numbers; at the end
// the check sum of all before it. A text is its length and its bytes.
std::string pack_checkpoint(const Checkpoint::Settings& settings, const Archive& state)
{
    std::string bytes = checkpoint_mark + checkpoint_format + "\n";
    put(bytes, std::string(MFG_VERSION));
    put(bytes, settings.size());
    for (const auto& [name, value] : settings) {
        put(bytes, name);
        put(bytes, value);
    }
    put(bytes, state.items().size());
    for (const auto& [name, array] : state.items()) {
        put(bytes, name);
        put(bytes, array.shape(0));
        put(bytes, array.shape(1));
        put(bytes, array.data(), array.size() * sizeof(Real));
    }
    put(bytes, std::uint64_t{check_sum(bytes)});
    return bytes;
}

Checkpoint unpack_checkpoint(const std::string& bytes)
{
    constexpr std::size_t sum_size = sizeof(std::uint64_t);
    if (bytes.size() < checkpoint_mark.size() + sum_size ||
        bytes.compare(0, checkpoint_mark.size(), checkpoint_mark) != 0)
        throw Error("it is not a checkpoint");
    const std::size_t end = bytes.size() - sum_size;
    std::uint64_t sum = 0;
    std::memcpy(&sum, bytes.data() + end, sum_size);
    if (sum != check_sum(std::string_view(bytes).substr(0, end))) throw Error("its check sum is wrong");

    const std::size_t line_end = std::min(bytes.find('\n'), end);
    const std::string format = bytes.substr(checkpoint_mark.size(), line_end - checkpoint_mark.size());
    if (format != checkpoint_format)
        throw OtherVersion("it has format " + printable(format) + ", and mfg " MFG_VERSION " reads format " +
                           checkpoint_format);
    Reader reader{std::string_view(bytes).substr(0, end).substr(std::min(line_end + 1, end))};
    const std::string version = reader.text();
    if (version != MFG_VERSION)
        throw OtherVersion("mfg " + printable(version) + " has written it, and this is mfg " MFG_VERSION);

    Checkpoint checkpoint;
    for (std::uint64_t count = reader.number(); count > 0; --count) {
        std::string name = reader.text();
        checkpoint.settings.emplace_back(std::move(name), reader.text());
    }
    Archive::Items items;
    for (std::uint64_t count = reader.number(); count > 0; --count) {
        const std::string name = reader.text();
        const std::uint64_t rows = reader.number(), columns = reader.number();
        // No array is this long, with entries or without.
        constexpr std::uint64_t longest = std::uint64_t(1) << 40;
        if (std::max(rows, columns) > longest) throw Error("an array in it has no possible size");
        if (columns != 0 && rows > reader.rest.size() / sizeof(Real) / columns) throw Error("it is cut off");
        Matrix array = make_matrix(rows, columns);
        reader.take(array.data(), array.size() * sizeof(Real));
        items[name] = std::move(array);
    }
    if (!reader.rest.empty()) throw Error("it holds more than it says");
    checkpoint.state = Archive(std::move(items));
    return checkpoint;
}

}  // namespace mfg
