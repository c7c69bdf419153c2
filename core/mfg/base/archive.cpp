#include <mfg/base/archive.hpp>
#include <mfg/base/error.hpp>

#include <algorithm>

namespace mfg {

const Matrix& Archive::find(const std::string& name) const
{
    const auto found = items_.find(name);
    if (found == items_.end()) throw Error("checkpoint: no entry '" + name + "'; it was written by something else");
    return found->second;
}

void Archive::operator()(const std::string& name, Real& number)
{
    if (!loading_) {
        items_[name] = make_matrix(1, 1, number);
        return;
    }
    const Matrix& stored = find(name);
    if (stored.size() != 1) throw Error("checkpoint: entry '" + name + "' is not a number");
    number = stored(0, 0);
}

void Archive::integer(const std::string& name, std::uint64_t& bits)
{
    // Halves of 32 bits are exact in a Real, whatever the integer.
    constexpr Real half = 4294967296;
    Real low = static_cast<Real>(bits & 0xffffffffu), high = static_cast<Real>(bits >> 32);
    (*this)(name + ".low", low);
    (*this)(name + ".high", high);
    if (!(low >= 0 && low < half && high >= 0 && high < half))
        throw Error("checkpoint: entry '" + name + "' is not an integer");
    bits = static_cast<std::uint64_t>(low) | (static_cast<std::uint64_t>(high) << 32);
}

void Archive::operator()(const std::string& name, Vector& array)
{
    Matrix row = make_matrix(1, array.size());
    std::copy(array.begin(), array.end(), row.begin());
    (*this)(name, row);
    array = make_vector(row.size());
    std::copy(row.begin(), row.end(), array.begin());
}

void Archive::operator()(const std::string& name, Vector& array, Index size)
{
    (*this)(name, array);
    if (!loading_ || length(array) == size) return;
    throw Error("checkpoint: entry '" + name + "' has " + std::to_string(array.size()) + " numbers, and " +
                std::to_string(size) + " are needed; it was written by another configuration");
}

void Archive::per_parameter(const std::string& name, Vector& array)
{
    // Where nobody says how many there are, the first such vector does.
    if (parameters_ == unknown) {
        (*this)(name, array);
        parameters_ = length(array);
    } else {
        (*this)(name, array, parameters_);
    }
}

void Archive::operator()(const std::string& name, Matrix& array)
{
    if (loading_)
        array = find(name);
    else
        items_[name] = array;
}

}  // namespace mfg
