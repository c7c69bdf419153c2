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

    /// Lets `state(archive)` save or load a part, whose names get `prefix` in front.
    template <class State>
    void part(const std::string& prefix, State state)
    {
        Archive own;
        own.loading_ = loading_;
        for (const auto& [name, array] : items_)
            if (name.compare(0, prefix.size(), prefix) == 0) own.items_[name.substr(prefix.size())] = array;
        state(own);
        for (const auto& [name, array] : own.items_) items_[prefix + name] = array;
    }

private:
    const Matrix& find(const std::string& name) const;
    void integer(const std::string& name, std::uint64_t& bits);

    Items items_;
    bool loading_ = false;
};

}  // namespace mfg
