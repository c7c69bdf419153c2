#include <mfg/base/error.hpp>
#include <mfg/network.hpp>

#include <new>

namespace mfg {

VariableList::VariableList(Tape& tape, int size) : size_(size)
{
    constexpr Index bytes = sizeof(Variable), real = sizeof(Real);
    const Index reals = (size * bytes + real - 1) / real;
    variables_ = reinterpret_cast<Variable*>(tape.scratch(reals));
    for (int i = 0; i < size; ++i) new (variables_ + i) Variable();
}

VariableList VariableList::part(int first, int count) const
{
    if (first < 0 || count < 0 || count > size_ - first)
        throw Error("parameters: number " + std::to_string(first) + " to " + std::to_string(first + count - 1) +
                    " are asked for of " + std::to_string(size_));
    VariableList list;
    list.variables_ = variables_ + first;
    list.size_ = count;
    return list;
}

}  // namespace mfg
