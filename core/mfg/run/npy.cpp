#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/npy.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#if __has_include(<xtensor/io/xnpy.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/io/xnpy.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xnpy.hpp>
#endif

namespace mfg {
namespace {

struct Header {
    std::string type;
    bool fortran_order = false;
    std::vector<std::size_t> shape;
};

/// Reads the header's text, a Python dictionary: `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`.
/// xtensor's own reader trusts the file, which may come from anywhere.
class HeaderParser {
public:
    explicit HeaderParser(std::string_view text) : rest_(text) {}

    Header parse()
    {
        Header header;
        bool has_type = false, has_order = false, has_shape = false;
        expect('{');
        while (!accept('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr" && !has_type) {
                header.type = quoted();
                has_type = true;
            } else if (key == "fortran_order" && !has_order) {
                header.fortran_order = boolean();
                has_order = true;
            } else if (key == "shape" && !has_shape) {
                header.shape = tuple();
                has_shape = true;
            } else {
                throw Error("its header has an unexpected entry");
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skip_spaces();
        if (!has_type || !has_order || !has_shape || !rest_.empty()) throw Error("its header is incomplete");
        return header;
    }

private:
    void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n\r"), rest_.size())); }

    bool accept(char c)
    {
        skip_spaces();
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void expect(char c)
    {
        if (!accept(c)) throw Error(std::string("its header lacks a '") + c + "'");
    }

    std::string quoted()
    {
        const char quote = accept('\'') ? '\'' : '"';
        if (quote == '"' && !accept('"')) throw Error("its header has an entry that is not plain text");
        const std::size_t end = rest_.find(quote);
        if (end == rest_.npos) throw Error("its header has a text without an end");
        const std::string text(rest_.substr(0, end));
        rest_.remove_prefix(end + 1);
        return text;
    }

    bool boolean()
    {
        skip_spaces();
        for (const bool value : {false, true}) {
            const std::string_view name = value ? "True" : "False";
            if (rest_.substr(0, name.size()) != name) continue;
            rest_.remove_prefix(name.size());
            return value;
        }
        throw Error("its header has an order that is neither True nor False");
    }

    std::vector<std::size_t> tuple()
    {
        std::vector<std::size_t> numbers;
        expect('(');
        while (!accept(')')) {
            numbers.push_back(number());
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return numbers;
    }

    std::size_t number()
    {
        skip_spaces();
        std::size_t value = 0, digits = 0;
        for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1), ++digits) {
            value = 10 * value + static_cast<std::size_t>(rest_.front() - '0');
            if (value > largest_npy) throw Error("its shape is too large");
        }
        if (digits == 0) throw Error("its shape has an entry that is not a number");
        return value;
    }

    std::string_view rest_;
};

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
    Header header = HeaderParser(bytes.substr(count, length)).parse();
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

template <std::size_t Rank>
Array<Rank> read(const std::string& path)
{
    const std::string bytes = read_file(path, largest_npy);
    try {
        return parse_npy<Rank>(bytes);
    } catch (const Error& error) {
        throw Error("cannot read the array '" + path + "': " + error.what());
    }
}

}  // namespace

template <std::size_t Rank>
Array<Rank> parse_npy(std::string_view bytes)
{
    const Header header = take_header(bytes);
    if (header.type != "<f8" && header.type != "<f4" && header.type != "<i8")
        throw Error("entries of type '" + printable(header.type) + "' are not supported; save it as float64");
    if (header.shape.size() != Rank)
        throw Error("it has " + std::to_string(header.shape.size()) + " axes where " + std::to_string(Rank) +
                    " are needed");
    const std::size_t count = element_count(header, bytes.size());
    if (header.type == "<f8") return convert<Rank, double>(bytes, count, header);
    if (header.type == "<f4") return convert<Rank, float>(bytes, count, header);
    return convert<Rank, std::int64_t>(bytes, count, header);
}
template MFG_API Vector parse_npy(std::string_view bytes);
template MFG_API Matrix parse_npy(std::string_view bytes);
template MFG_API Cube parse_npy(std::string_view bytes);

void write_npy(const std::string& path, const Vector& array)
{
    write_file_atomically(path, xt::dump_npy(array));
}
void write_npy(const std::string& path, const Matrix& array)
{
    write_file_atomically(path, xt::dump_npy(array));
}
void write_npy(const std::string& path, const Cube& array)
{
    write_file_atomically(path, xt::dump_npy(array));
}

Vector read_npy_vector(const std::string& path)
{
    return read<1>(path);
}
Matrix read_npy_matrix(const std::string& path)
{
    return read<2>(path);
}
Cube read_npy_cube(const std::string& path)
{
    return read<3>(path);
}

}  // namespace mfg
