#include <mfg/autodiff/map_points.hpp>

#include "allocation_counter.hpp"
#include "catch.hpp"

#include <thread>

using namespace mfg;

TEST_CASE("a thread keeps its tapes", "[tape]")
{
    const auto address = [] {
        const KeptTape kept;
        return &*kept;
    };
    const Tape* first = address();
    CHECK(address() == first);
    {
        const KeptTape outer, inner;
        CHECK(&*outer == first);
        CHECK(&*inner != first);
        CHECK(address() != &*inner);
    }
    CHECK(address() == first);

    const Tape* in_use = nullptr;
    const KeptTape mine;
    std::thread([&] { in_use = address(); }).join();
    CHECK(in_use != &*mine);
}

TEST_CASE("maps of points take their memory once", "[tape]")
{
    if (!counts_allocations()) return;
    const Matrix points = make_matrix(100, 2, 0.5);
    const auto map = [&] {
        return map_points(
            points, 1, [](Tape& tape, const Variable& in) { return tape.constant(1, in.columns(), 1); }, 256);
    };
    map();
    // The result alone: a thread of its own evaluates the one batch.
    CHECK(allocations_of(map) == allocations_of([&] { make_matrix(100, 1); }));
}
