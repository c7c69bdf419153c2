#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <type_traits>

namespace mfg {

/// Named numbers and arrays that go into a checkpoint and come back from it.
///
/// What has a state names its parts once, in `void state(Archive& archive)`: the same function saves and loads, so
/// nothing can be saved and forgotten on loading. Loading a part that is not there is an error.
class MFG_API Archive {
public:
    using Items = std::map<std::string, Matrix>;

    /// For saving.
    Archive() = default;
    /// For loading.
    explicit Archive(Items items) : items_(std::move(items)), loading_(true) {}

    bool loading() const { return loading_; }
    const Items& items() const { return items_; }

    void operator()(const std::string& name, Real& number);
    void operator()(const std::string& name, Vector& array);
    void operator()(const std::string& name, Matrix& array);
    template <class Integer, class = std::enable_if_t<std::is_integral_v<Integer>>>
    void operator()(const std::string& name, Integer& number)
    {
        std::uint64_t bits = static_cast<std::uint64_t>(number);
        integer(name, bits);
        if (loading_) number = static_cast<Integer>(bits);
    }

    /// The part of this archive whose names start with `prefix` (which is dropped).
    Archive part(const std::string& prefix) const;
    /// Puts all items of `other` in, with `prefix` before their names.
    void insert(const std::string& prefix, const Archive& other);

private:
    const Matrix& find(const std::string& name) const;
    void integer(const std::string& name, std::uint64_t& bits);

    Items items_;
    bool loading_ = false;
};

}  // namespace mfg
