#include <mfg/base/archive.hpp>
#include <mfg/base/error.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/testing/test_objectives.hpp>

#include "catch.hpp"

using namespace mfg;

namespace {

Archive::Items saved_state(Optimizer& optimizer, TestObjective objective)
{
    Vector x = objective.start();
    for (int k = 0; k < 5; ++k) optimizer.step(objective, x);
    Archive saved;
    optimizer.state(saved);
    return saved.items();
}

}  // namespace

TEST_CASE("an archive knows how many numbers belong to a name", "[archive]")
{
    Archive saved;
    Vector three = make_vector(3, 1);
    saved("v", three);
    Archive loaded(saved.items());
    CHECK_NOTHROW(loaded("v", three, 3));
    CHECK(message_of<Error>([&] { loaded("v", three, 4); }) ==
          "checkpoint: entry 'v' has 3 numbers, and 4 are needed; it was written by another configuration");
    Archive of_two(saved.items(), 2);
    CHECK_THAT(message_of<Error>([&] { of_two.per_parameter("v", three); }), ContainsSubstring("2 are needed"));
    of_two.part(
        "", [&](Archive& part) { CHECK_NOTHROW(part.per_parameter("v", three)); }, 3);
}

TEST_CASE("an optimizer refuses a state of other sizes, or is not harmed", "[archive]")
{
    Registry registry;
    for (const char* name : {"sgd", "adam", "adamw", "rmsprop", "lion", "bfgs", "lbfgs"}) {
        const auto optimizer = registry.create<Optimizer>(name), other = registry.create<Optimizer>(name);
        TestObjective objective = test_rosenbrock(6);
        const Archive::Items items = saved_state(*optimizer, objective);
        for (const auto& [entry, array] : items)
            for (const Index size : {0, 1, 5, 7, 20, 22, 1000}) {
                INFO(name << ", " << entry << " with " << size);
                Archive::Items changed = items;
                changed[entry] = make_matrix(1, size, 3);
                Archive archive(changed, 6);
                try {
                    other->state(archive);
                } catch (const Error& refused) {
                    CHECK(std::string(refused.what()).find('\n') == std::string::npos);
                    continue;
                }
                // What is taken is fit for the next steps.
                CHECK((size == 1 || entry == "terms"));
                Vector x = objective.start();
                for (int k = 0; k < 3; ++k) other->step(objective, x);
            }
    }
}
