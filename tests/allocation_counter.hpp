#pragma once

/// Counts what the whole process takes from the heap while `function` runs: every thread and library, but OpenBLAS.
class AllocationCount {
public:
    AllocationCount();
    ~AllocationCount();
    int count() const;
};

template <class Function>
int allocations_of(Function function)
{
    const AllocationCount counter;
    function();
    return counter.count();
}

/// False where the heap cannot be watched (sanitizers have their own).
bool counts_allocations();
