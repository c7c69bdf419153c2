#include <mfg/network.hpp>

#include <cassert>
#include <new>

namespace mfg {

VariableList::VariableList(Tape& tape, int size) : size_(size)
{
    const std::size_t reals = (static_cast<std::size_t>(size) * sizeof(Variable) + sizeof(Real) - 1) / sizeof(Real);
    variables_ = reinterpret_cast<Variable*>(tape.scratch(reals));
    for (int i = 0; i < size; ++i) new (variables_ + i) Variable();
}

VariableList VariableList::part(int first, int count) const
{
    assert(first + count <= size_);
    VariableList list;
    list.variables_ = variables_ + first;
    list.size_ = count;
    return list;
}

Network::~Network() = default;

VariableList Network::prepare(Tape&, const VariableList& parameters, const NetworkInput&) const
{
    return parameters;
}

}  // namespace mfg
