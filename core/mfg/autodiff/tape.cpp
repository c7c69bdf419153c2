#include <mfg/autodiff/operation_support.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mfg {
namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t first_block = std::size_t{1} << 20;

std::size_t aligned(std::size_t bytes)
{
    return (bytes + alignment - 1) / alignment * alignment;
}

void require_range(const char* name, Index first, Index count, Index available)
{
    if (first >= 0 && count >= 0 && count <= available - first) return;
    throw Error(fmt::format("{} {} to {} of an array of {}", name, first, first + count - 1, available));
}

}  // namespace

NotSeparable::~NotSeparable() = default;

Arena::~Arena()
{
    for (const Block& block : blocks_) ::operator delete (block.memory, std::align_val_t{alignment});
}

void Arena::add_block(std::size_t bytes)
{
    blocks_.push_back({static_cast<std::byte*>(::operator new (bytes, std::align_val_t{alignment})), bytes});
}

void* Arena::take(std::size_t bytes)
{
    bytes = aligned(std::max<std::size_t>(bytes, 1));
    if (blocks_.empty()) add_block(std::max(first_block, bytes));
    while (position_ + bytes > blocks_[block_].bytes) {
        used_before_ += position_;
        position_ = 0;
        if (++block_ == blocks_.size()) add_block(std::max(2 * blocks_.back().bytes, bytes));
    }
    void* memory = blocks_[block_].memory + position_;
    position_ += bytes;
    return memory;
}

void Arena::clear()
{
    // One block that holds everything: the same computation then runs through contiguous memory, without a new one.
    if (block_ > 0) {
        const std::size_t total = capacity();
        for (const Block& block : blocks_) ::operator delete (block.memory, std::align_val_t{alignment});
        blocks_.clear();
        add_block(total);
    }
    block_ = position_ = used_before_ = most_ = 0;
}

void Arena::rewind(const Mark& mark)
{
    most_ = used();
    block_ = mark.block;
    position_ = mark.position;
    used_before_ = mark.used_before;
}

std::size_t Arena::capacity() const
{
    std::size_t total = 0;
    for (const Block& block : blocks_) total += block.bytes;
    return total;
}

void fail_shapes(const char* operation, std::initializer_list<Variable> arguments)
{
    std::vector<std::string> shapes;
    for (const Variable& v : arguments)
        shapes.push_back(v.exists() ? fmt::format("[{} x {}]", v.rows(), v.columns()) : "nothing");
    throw Error(fmt::format("{}: shapes that do not fit: {}", operation, joined(shapes)));
}

void require_shape(const Variable& v, Index rows, Index columns, const char* name)
{
    if (v.rows() == rows && v.columns() == columns) return;
    throw Error(
        fmt::format("{}: the shape is [{} x {}] and should be [{} x {}]", name, v.rows(), v.columns(), rows, columns));
}

Variable Variable::rows(Index first, Index count) const
{
    require_range("rows", first, count, rows_);
    return view(first * stride_, count, columns_);
}

Variable Variable::columns(Index first, Index count) const
{
    require_range("columns", first, count, columns_);
    return view(first, rows_, count);
}

Variable Variable::view(Index offset, Index rows, Index columns) const
{
    Variable v = *this;
    v.data_ += offset;
    v.offset_ += offset;
    v.rows_ = rows;
    v.columns_ = columns;
    return v;
}

Variable Variable::reshape(Index rows, Index columns) const
{
    require_shapes(contiguous() && rows >= 0 && columns >= 0 && rows * columns == size(), "reshape", *this);
    Variable v = *this;
    v.rows_ = rows;
    v.columns_ = v.stride_ = columns;
    return v;
}

void Tape::begin(bool recording)
{
    arena_.clear();
    arrays_.clear();
    for (FreeList& list : free_) list.head = nullptr;
    last_ = nullptr;
    recording_ = recording;
}

void Tape::rewind(const Mark& mark)
{
    if (recording_) throw Error("tape: only a computation without derivatives can be rewound");
    arena_.rewind(mark);
}

Real* Tape::scratch(Index count)
{
    return static_cast<Real*>(arena_.take(static_cast<std::size_t>(count) * sizeof(Real)));
}

Real* Tape::workspace(Index count)
{
    workspace_.clear();
    return static_cast<Real*>(workspace_.take(static_cast<std::size_t>(count) * sizeof(Real)));
}

Variable Tape::constant(Index rows, Index columns)
{
    if (rows < 0 || columns < 0) throw Error(fmt::format("tape: an array of {} rows and {} columns", rows, columns));
    Variable v;
    v.tape_ = this;
    v.rows_ = rows;
    v.columns_ = v.stride_ = columns;
    v.data_ = scratch(v.size());
    return v;
}

Variable Tape::constant(Index rows, Index columns, Real fill)
{
    Variable v = constant(rows, columns);
    std::fill_n(v.write(), v.size(), fill);
    return v;
}

Variable Tape::constant(const Vector& column)
{
    Variable v = constant(column.size(), 1);
    std::copy(column.begin(), column.end(), v.write());
    return v;
}

Variable Tape::constant_view(const Real* data, Index rows, Index columns)
{
    return leaf(data, nullptr, rows, columns);
}

Variable Tape::leaf(const Real* data, Real* adjoint, Index rows, Index columns)
{
    Variable v;
    v.tape_ = this;
    v.data_ = const_cast<Real*>(data);  // never written: only results of operations are
    v.rows_ = rows;
    v.columns_ = v.stride_ = columns;
    if (recording_ && adjoint) {
        v.array_ = length(arrays_);
        arrays_.push_back({adjoint, v.size(), true, true, false, 0, {}});
    }
    return v;
}

Variable Tape::result(Index rows, Index columns, bool active)
{
    Variable v = constant(rows, columns);
    if (recording_ && active) {
        v.array_ = length(arrays_);
        arrays_.push_back({nullptr, v.size(), false, false, false, 0, {}});
    }
    return v;
}

Real* Tape::take_adjoint(Index size)
{
    for (FreeList& list : free_) {
        if (list.size != size || !list.head) continue;
        Real* memory = list.head;
        list.head = *reinterpret_cast<Real**>(memory);
        return memory;
    }
    return scratch(size);
}

void Tape::give_adjoint(Real* memory, Index size)
{
    auto list = std::find_if(free_.begin(), free_.end(), [size](const FreeList& f) { return f.size == size; });
    if (list == free_.end()) list = free_.insert(free_.end(), FreeList{size, nullptr});
    *reinterpret_cast<Real**>(memory) = list->head;
    list->head = memory;
}

/// Sets to zero what has not been written.
void Tape::complete(ArrayState& state)
{
    if (state.touched) return;
    if (!state.adjoint) state.adjoint = take_adjoint(state.size);
    std::sort(state.piece, state.piece + state.pieces,
              [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
    Index done = 0;
    for (Index i = 0; i < state.pieces; ++i) {
        std::fill(state.adjoint + done, state.adjoint + state.piece[i].begin, Real{0});
        done = state.piece[i].end;
    }
    std::fill(state.adjoint + done, state.adjoint + state.size, Real{0});
    state.touched = true;
}

void Tape::require_active(const Variable& v) const
{
    if (!v.active() || v.tape_ != this)
        throw Error("tape: an array has no adjoint here; derivatives do not flow to it");
}

void Tape::require_summed(const ArrayState& state) const
{
    if (separation_ && state.outside)
        throw NotSeparable("tape: an operation cannot keep the derivatives of samples apart");
}

const Separation* Tape::separation(const Variable& v) const
{
    return separation_ && arrays_[v.array_].outside ? separation_ : nullptr;
}

void Tape::clear_separate(const ArrayState& state)
{
    const Index groups = separation_->samples / separation_->group;
    for (Index g = 0; g < groups; ++g)
        std::fill_n(state.adjoint + separation_->offset + g * separation_->stride, state.size, Real(0));
}

Real* Tape::separate_adjoint(const Variable& v, bool& fresh)
{
    ArrayState& state = arrays_[v.array_];
    fresh = !state.set && v.size() == state.size;
    if (!state.set && !fresh) clear_separate(state);
    state.set = true;
    return state.adjoint + separation_->offset + v.offset_;
}

Real* Tape::adjoint(const Variable& v)
{
    require_active(v);
    ArrayState& state = arrays_[v.array_];
    require_summed(state);
    complete(state);
    return state.adjoint + v.offset_;
}

Real* Tape::adjoint(const Variable& v, bool& fresh)
{
    require_active(v);
    ArrayState& state = arrays_[v.array_];
    require_summed(state);
    fresh = !state.adjoint && v.size() == state.size;
    if (fresh) {
        state.adjoint = take_adjoint(state.size);
        state.touched = true;
    }
    if (state.touched) return state.adjoint + v.offset_;

    const Index begin = v.offset_, end = begin + v.size();
    fresh = v.contiguous() && state.pieces < ArrayState::max_pieces;
    bool inside = false;
    for (Index i = 0; i < state.pieces; ++i) {
        fresh = fresh && (end <= state.piece[i].begin || state.piece[i].end <= begin);
        inside = inside || (state.piece[i].begin <= begin && end <= state.piece[i].end);
    }
    if (fresh) {
        if (!state.adjoint) state.adjoint = take_adjoint(state.size);
        state.piece[state.pieces++] = {begin, end};
        Index written = 0;
        for (Index i = 0; i < state.pieces; ++i) written += state.piece[i].end - state.piece[i].begin;
        state.touched = written == state.size;
    } else if (!inside) {
        complete(state);
    }
    return state.adjoint + v.offset_;
}

void Tape::sweep()
{
    for (Node* node = last_; node; node = node->previous) {
        // Pullbacks touch adjoints, never add arrays.
        ArrayState& state = arrays_[node->array];
        if (!state.adjoint) continue;
        complete(state);
        node->run(*node, *this, state.adjoint);
        give_adjoint(state.adjoint, state.size);
        state.adjoint = nullptr;
        state.touched = false;
        state.pieces = 0;
    }
}

void Tape::reverse()
{
    sweep();
    last_ = nullptr;
}

void Tape::reverse(const Separation& separation)
{
    for (ArrayState& state : arrays_) state.set = false;
    separation_ = &separation;
    try {
        sweep();
    } catch (...) {
        separation_ = nullptr;
        throw;
    }
    for (const ArrayState& state : arrays_)
        if (state.outside && !state.set) clear_separate(state);
    separation_ = nullptr;
}

}  // namespace mfg
