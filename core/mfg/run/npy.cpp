#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/json.hpp>
#include <mfg/run/npy.hpp>

#include <boost/algorithm/string/replace.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#else
#include <xtensor/xadapt.hpp>
#endif

namespace mfg {
namespace {

using Json = nlohmann::ordered_json;

struct Header {
    std::string type;
    bool fortran_order;
    std::vector<std::size_t> shape;
};

/// Reads the header's text, a Python dictionary: `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`. Up to a
/// few letters it is JSON. xtensor's own reader trusts the file, which may come from anywhere, and its writer the
/// global locale.
Header parse_header(std::string_view text)
{
    std::string json;
    for (const char c : text) {
        if (c == ')' || c == ']' || c == '}') {
            const std::size_t last = json.find_last_not_of(" \t");
            if (last != json.npos && json[last] == ',') json.erase(last);
        }
        json += c == '\'' ? '"' : c == '(' ? '[' : c == ')' ? ']' : c;
    }
    boost::replace_all(json, "False", "false");
    boost::replace_all(json, "True", "true");
    try {
        const Json entries = parse_json(json);
        const Json& shape = entries.at("shape");
        const Header header{entries.at("descr"), entries.at("fortran_order").get<bool>(), shape};
        // A name that stands twice leaves one of the three colons to none.
        if (entries.size() != 3 || std::count(text.begin(), text.end(), ':') != 3)
            throw Error("its header has an unexpected entry");
        if (!std::all_of(shape.begin(), shape.end(), [](const Json& extent) { return extent.is_number_unsigned(); }))
            throw Error("its shape has an entry that is no possible size");
        return header;
    } catch (const Json::exception& failure) {
        throw Error("its header is malformed: " + printable(failure.what()));
    }
}

/// Takes the magic, the version and the header off the front of `bytes`, so that the data remain.
Header take_header(std::string_view& bytes)
{
    constexpr std::string_view magic = "\x93NUMPY";
    if (bytes.substr(0, magic.size()) != magic) throw Error("it is not a NumPy file");
    if (bytes.size() < magic.size() + 2) throw Error("it ends within its header");
    const int version = static_cast<unsigned char>(bytes[magic.size()]);
    if (version < 1 || version > 3) throw Error("its version of the format is unknown");
    bytes.remove_prefix(magic.size() + 2);

    const std::size_t count = version == 1 ? 2 : 4;
    std::size_t length = 0;
    for (std::size_t i = 0; i < std::min(count, bytes.size()); ++i)
        length |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    if (bytes.size() < count || bytes.size() - count < length) throw Error("it ends within its header");
    Header header = parse_header(bytes.substr(count, length));
    bytes.remove_prefix(count + length);
    return header;
}

std::size_t element_count(const Header& header, std::size_t available)
{
    // Zero extents count as one here, so that no product of the others can overflow.
    std::size_t bound = 1, count = 1;
    for (const std::size_t extent : header.shape) {
        if (extent > 0 && bound > largest_npy / extent) throw Error("its shape is too large");
        bound *= std::max<std::size_t>(extent, 1);
        count *= extent;
    }
    const std::size_t size = header.type.back() == '4' ? 4 : 8;
    if (count > available / size || count * size != available)
        throw Error("its shape needs " + std::to_string(count) + " entries of " + std::to_string(size) +
                    " bytes, and it holds " + std::to_string(available) + " bytes of data");
    return count;
}

template <std::size_t Rank, class Stored>
Array<Rank> convert(std::string_view data, std::size_t count, const Header& header)
{
    std::array<std::size_t, Rank> shape;
    std::copy(header.shape.begin(), header.shape.end(), shape.begin());
    Array<Rank> result = Array<Rank>::from_shape(shape);
    // Without entries one extent may still be large, and no loop shall run over it.
    if (count == 0) return result;
    std::vector<Stored> values(count);
    std::memcpy(values.data(), data.data(), count * sizeof(Stored));
    if (header.fortran_order)
        result = xt::adapt<xt::layout_type::column_major>(values, shape);
    else
        std::copy(values.begin(), values.end(), result.begin());
    return result;
}

}  // namespace

template <std::size_t Rank>
Array<Rank> parse_npy(std::string_view bytes)
{
    const Header header = take_header(bytes);
    if (header.type != "<f8" && header.type != "<f4" && header.type != "<i8")
        throw Error("entries of type '" + printable(header.type) +
                    "' are not supported; save it as little-endian float64: array.astype('<f8')");
    if (header.shape.size() != Rank)
        throw Error("it has " + std::to_string(header.shape.size()) + " axes where " + std::to_string(Rank) +
                    " are needed");
    const std::size_t count = element_count(header, bytes.size());
    if (header.type == "<f8") return convert<Rank, double>(bytes, count, header);
    if (header.type == "<f4") return convert<Rank, float>(bytes, count, header);
    return convert<Rank, std::int64_t>(bytes, count, header);
}
template <std::size_t Rank>
Array<Rank> read_npy(const std::string& path)
{
    const std::string bytes = read_file(path, largest_npy);
    return in_context("cannot read the array '" + path + "': ", [&] { return parse_npy<Rank>(bytes); });
}

template <std::size_t Rank>
void write_npy(const std::string& path, const Array<Rank>& array)
{
    std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (";
    for (std::size_t i = 0; i < Rank; ++i) header += (i == 0 ? "" : ", ") + std::to_string(array.shape(i));
    header += Rank == 1 ? ",), }" : "), }";
    // The data begin at a multiple of 64 bytes.
    constexpr std::size_t before = 10, line_end = 1, alignment = 64;
    header.append(alignment - (before + header.size() + line_end) % alignment, ' ');
    header += '\n';
    std::string bytes = "\x93NUMPY\x01";
    bytes += {'\0', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
    bytes += header;
    bytes.append(reinterpret_cast<const char*>(array.data()), array.size() * sizeof(Real));
    write_file_atomically(path, bytes);
}

template MFG_API Vector parse_npy(std::string_view bytes);
template MFG_API Matrix parse_npy(std::string_view bytes);
template MFG_API Cube parse_npy(std::string_view bytes);
template MFG_API Vector read_npy(const std::string& path);
template MFG_API Matrix read_npy(const std::string& path);
template MFG_API Cube read_npy(const std::string& path);
template MFG_API void write_npy(const std::string& path, const Vector& array);
template MFG_API void write_npy(const std::string& path, const Matrix& array);
template MFG_API void write_npy(const std::string& path, const Cube& array);

}  // namespace mfg
