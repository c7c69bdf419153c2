#include "property.hpp"

#include <mfg/base/archive.hpp>
#include <mfg/optimizer.hpp>
#include <mfg/plugin/plugin.hpp>

#include <cstring>
#include <memory>

#define OPTIMIZERS(each) each(adam) each(adamw) each(bfgs) each(lbfgs) each(lion) each(rmsprop) each(sgd)

// Each source of a plugin has a description of its own name here.
#define DECLARE(name) extern "C" const mfg::PluginInfo mfg_plugin_##name;
OPTIMIZERS(DECLARE)

namespace {

constexpr std::size_t parameters = 5;

/// (x - 1)^2 with other factors for each entry.
class Bowl final : public mfg::Objective {
public:
    std::size_t size() const override { return parameters; }
    mfg::Evaluation value(const mfg::Vector& theta) override
    {
        mfg::Real sum = 0;
        for (std::size_t i = 0; i < parameters; ++i) sum += (1 + i) * (theta(i) - 1) * (theta(i) - 1);
        return sum;
    }
    mfg::Evaluation value_and_gradient(const mfg::Vector& theta, mfg::Vector& gradient) override
    {
        for (std::size_t i = 0; i < parameters; ++i) gradient(i) = 2 * (1 + i) * (theta(i) - 1);
        return value(theta);
    }
    std::uint64_t revision() const override { return 1; }
};

using Object = std::unique_ptr<mfg::Optimizer, void (*)(void*)>;

Object make(std::size_t number)
{
#define ADDRESS(name) &mfg_plugin_##name,
    static const mfg::PluginInfo* const all[] = {OPTIMIZERS(ADDRESS)};
    const mfg::PluginInfo& info = *all[number % (sizeof all / sizeof *all)];
    mfg::Options::Given few;
    if (info.name == std::string("lbfgs")) few["memory"] = "3";
    mfg::Options options("optimizer", few);
    return {static_cast<mfg::Optimizer*>(info.create(options)), info.destroy};
}

void advance(mfg::Optimizer& optimizer)
{
    Bowl bowl;
    mfg::Vector theta = mfg::make_vector(parameters, 3);
    for (int k = 0; k < 3; ++k) optimizer.step(bowl, theta);
}

}  // namespace

/// The first byte chooses an optimizer. Of the others, three choose an entry of its state, its rows and columns; as
/// many numbers follow as there are, up to eight.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const Object saved_one = make(data[0]), other = make(data[0]);
    advance(*saved_one);
    mfg::Archive saved;
    saved_one->state(saved);
    mfg::Archive::Items items = saved.items();
    std::size_t at = 1;
    while (at + 3 <= size && !items.empty()) {
        const auto entry = std::next(items.begin(), data[at] % items.size());
        entry->second = mfg::make_matrix(data[at + 1], data[at + 2], 1);
        at += 3;
        for (std::size_t i = 0; i < std::min<std::size_t>(8, entry->second.size()); ++i, at += sizeof(mfg::Real))
            if (at + sizeof(mfg::Real) <= size) std::memcpy(entry->second.data() + i, data + at, sizeof(mfg::Real));
    }
    may_refuse([&] {
        mfg::Archive archive(items, parameters);
        other->state(archive);
        // What is taken is fit for the next steps.
        advance(*other);
    });
    return 0;
}
