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
/// nothing can be saved and forgotten on loading. Loading a part that is not there is an error, and so is one of
/// another size than it must have: a file may hold anything.
class MFG_API Archive {
public:
    using Items = std::map<std::string, Matrix>;
    static constexpr Index unknown = -1;  ///< number of parameters

    /// For saving.
    Archive() = default;
    /// For loading.
    explicit Archive(Items items) : items_(std::move(items)), loading_(true) {}

    /// The same for the state of something with so many parameters.
    Archive(Items items, Index parameters) : items_(std::move(items)), loading_(true), parameters_(parameters) {}

    bool loading() const { return loading_; }
    const Items& items() const { return items_; }

    void operator()(const std::string& name, Real& number);
    void operator()(const std::string& name, Vector& array);
    void operator()(const std::string& name, Matrix& array);
    /// A vector of a known size.
    void operator()(const std::string& name, Vector& array, Index size);
    /// A vector with an entry for each parameter.
    void per_parameter(const std::string& name, Vector& array);

    template <class Integer, class = std::enable_if_t<std::is_integral_v<Integer>>>
    void operator()(const std::string& name, Integer& number)
    {
        std::uint64_t bits = static_cast<std::uint64_t>(number);
        integer(name, bits);
        if (loading_) number = static_cast<Integer>(bits);
    }

    /// Lets `state(archive)` save or load a part, whose names get `prefix` in front; `parameters` says how many it has.
    template <class State>
    void part(const std::string& prefix, State state, Index parameters = unknown)
    {
        Archive own;
        own.loading_ = loading_;
        own.parameters_ = parameters;
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
    Index parameters_ = unknown;
};

}  // namespace mfg
