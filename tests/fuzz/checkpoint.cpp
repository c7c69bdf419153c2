#include "property.hpp"

#include <mfg/run/checkpoint.hpp>

#include <boost/crc.hpp>

#include <cctype>

namespace {

/// What stands before the numbers of settings and of entries.
std::string mark()
{
    std::string bytes = mfg::pack_checkpoint({}, {});
    bytes.resize(bytes.size() - 3 * sizeof(std::uint64_t));
    return bytes;
}

/// No fuzzer guesses a check sum.
std::string with_check_sum(std::string bytes)
{
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size());
    const std::uint64_t sum = crc.checksum();
    return bytes.append(reinterpret_cast<const char*>(&sum), sizeof sum);
}

void load(mfg::Archive archive, const std::string& name)
{
    mfg::Real number = 0;
    std::int64_t whole = 0;
    mfg::Vector vector;
    mfg::Matrix matrix;
    archive(name, vector);
    archive(name, matrix);
    // A name that is asked for comes from the program, and stands in its messages.
    const auto plain = [](unsigned char c) { return std::isalnum(c) || c == '.'; };
    if (name.size() > 9 || !std::all_of(name.begin(), name.end(), plain)) return;
    may_refuse([&] { archive(name, number); });
    may_refuse([&] { archive(name.substr(0, name.find('.')), whole); });
    require(vector.size() == matrix.size(), "an entry is the same as a vector and as a matrix");
}

}  // namespace

/// The bytes are those between the mark and the check sum.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string body = text_of(data, size);
    may_refuse([&] { mfg::unpack_checkpoint(body); });
    may_refuse([&] {
        const mfg::Checkpoint checkpoint = mfg::unpack_checkpoint(with_check_sum(mark() + body));
        const std::string bytes = mfg::pack_checkpoint(checkpoint.settings, checkpoint.state);
        const mfg::Checkpoint again = mfg::unpack_checkpoint(bytes);
        require(bytes == mfg::pack_checkpoint(again.settings, again.state), "what is packed again is the same");
        for (const auto& item : checkpoint.state.items()) load(checkpoint.state, item.first);
    });
    return 0;
}
