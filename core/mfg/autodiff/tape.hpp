#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/export.hpp>

#include <algorithm>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace mfg {

class Tape;

/// A dense array `[rows x columns]` that lives on a tape: rows are features, columns are samples (contiguous).
///
/// A small handle, copied freely; it refers to memory of the tape (or to memory outside that outlives the evaluation).
/// Several variables may be views of one array.
class MFG_API Variable {
public:
    Variable() = default;

    Index rows() const { return rows_; }
    Index columns() const { return columns_; }
    /// Distance between the starts of two rows.
    Index stride() const { return stride_; }
    Index size() const { return rows_ * columns_; }
    const Real* data() const { return data_; }
    const Real* row(Index r) const { return data_ + r * stride_; }
    Real operator()(Index r, Index c) const { return row(r)[c]; }
    /// Memory of a new result, to be filled by the operation that made it.
    Real* write() const { return data_; }
    Real* write_row(Index r) const { return data_ + r * stride_; }

    /// False for the empty handle, which formulas use for "identically zero".
    bool exists() const { return tape_ != nullptr; }
    /// Whether derivatives flow through it; constants stay off the tape.
    bool active() const { return array_ >= 0; }
    bool contiguous() const { return stride_ == columns_ || rows_ == 1; }
    /// Whether both are the same view of the same array.
    bool same_as(const Variable& o) const
    {
        return data_ == o.data_ && array_ == o.array_ && rows_ == o.rows_ && columns_ == o.columns_ &&
               stride_ == o.stride_;
    }
    Tape& tape() const { return *tape_; }

    /// Views; they share value and adjoint. An Error if the array has fewer rows or columns.
    Variable rows(Index first, Index count) const;
    Variable columns(Index first, Index count) const;
    /// The same contiguous memory in another shape.
    Variable reshape(Index rows, Index columns) const;

private:
    friend class Tape;
    Variable view(Index offset, Index rows, Index columns) const;

    Tape* tape_ = nullptr;
    Real* data_ = nullptr;
    Index offset_ = 0;  // from the start of the array that it is a view of
    Index rows_ = 0, columns_ = 0, stride_ = 0;
    Index array_ = -1;
};

/// Throws an Error that starts with `name` if the array has another shape.
MFG_API void require_shape(const Variable& v, Index rows, Index columns, const char* name);

/// Memory that is taken piece by piece and given back all at once. Blocks are kept, so that a computation that is
/// repeated with the same shapes allocates nothing.
class MFG_API Arena {
public:
    ~Arena();
    Arena() = default;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    /// Aligned to a cache line.
    void* take(std::size_t bytes);
    /// Gives everything back.
    void clear();
    /// A place to go back to.
    struct Mark {
        std::size_t block, position, used_before;
    };
    Mark mark() const { return {block_, position_, used_before_}; }
    /// Gives back what was taken since `mark`.
    void rewind(const Mark& mark);
    /// Most bytes in use since the last `clear`.
    std::size_t used() const { return std::max(most_, used_before_ + position_); }
    std::size_t capacity() const;

private:
    void add_block(std::size_t bytes);

    struct Block {
        std::byte* memory;
        std::size_t bytes;
    };
    std::vector<Block> blocks_;
    std::size_t block_ = 0, position_ = 0, used_before_ = 0;
    std::size_t most_ = 0;  // in use before a rewind
};

/// How the adjoints of leaves are kept apart: instead of their sum over all samples, one for each group of consecutive
/// samples. That of group g starts `offset + g * stride` numbers behind the adjoint of the leaf.
struct Separation {
    Index samples = 0;  ///< in all; columns of arrays are blocks of so many
    Index group = 1;    ///< consecutive samples that share an adjoint
    Index offset = 0, stride = 0;
};

/// Derivatives flow to a leaf through an operation that cannot keep them apart.
class MFG_API NotSeparable : public Error {
public:
    using Error::Error;
    ~NotSeparable() override;
};

/// Records operations on arrays and differentiates them in reverse.
///
/// Each operation computes its result at once and, where derivatives flow, leaves a pullback: a function that adds the
/// result's adjoint, carried through the operation, to the adjoints of its arguments. Adjoints are made when they are
/// first touched and given back as soon as they have been used, so that a reverse sweep works in little memory.
class MFG_API Tape {
public:
    /// Starts a new computation; all variables of the last one are void. Without recording only values are computed.
    void begin(bool recording);
    bool recording() const { return recording_; }

    /// An array of the tape without adjoint; its entries are not set.
    Variable constant(Index rows, Index columns);
    /// An array filled with one number.
    Variable constant(Index rows, Index columns, Real fill);
    /// A copy of a vector as a column `[n x 1]`.
    Variable constant(const Vector& column);
    /// Refers to memory outside, which must outlive the computation.
    Variable constant_view(const Real* data, Index rows, Index columns);
    /// Refers to memory outside; its adjoint is added to `adjoint` (same shape; may be null where none is wanted).
    Variable leaf(const Real* data, Real* adjoint, Index rows, Index columns);

    /// A new array for the result of an operation, its entries not set. `active`: whether an argument is.
    Variable result(Index rows, Index columns, bool active);
    /// Leaves the pullback of the operation that made `result`. It is called as `pullback(tape, adjoint)` with the
    /// adjoint of `result` (dense, same shape), and only if that was touched. Captures must be plain data.
    template <class Pullback>
    void record(const Variable& result, Pullback pullback);

    /// The adjoint of `v` (row stride `v.stride()`), set to zero if nothing has been added to it so far.
    Real* adjoint(const Variable& v);
    /// The same for an operation that writes every entry of `v`: `fresh` says that entries must be assigned, not added
    /// to. So it is, too, for views of whole rows that nothing has been added to.
    Real* adjoint(const Variable& v, bool& fresh);

    /// Runs all pullbacks in reverse, starting from adjoints that the caller has set through `adjoint`, and uses up
    /// what was recorded.
    void reverse();
    /// The same with the adjoints of leaves kept apart; all of them are set, not added to. Everything stays, and other
    /// adjoints can be set for another sweep. NotSeparable where an operation with a leaf sums over samples in its own
    /// way.
    void reverse(const Separation& separation);
    /// How the adjoint of `v` is kept apart in the sweep that runs; null where it is one array.
    const Separation* separation(const Variable& v) const;
    /// That of the first group, for an operation that writes all of `v` for each group; `fresh` as in `adjoint`.
    Real* separate_adjoint(const Variable& v, bool& fresh);

    /// Counts floating-point operations that were executed (for the benchmark).
    void count(double operations) { operations_ += operations; }
    double operations() const { return operations_; }
    void reset_operations() { operations_ = 0; }

    /// Without recording, the memory of a part of a computation can be used again: all variables made since `mark` are
    /// void after `rewind`.
    using Mark = Arena::Mark;
    Mark mark() const { return arena_.mark(); }
    void rewind(const Mark& mark);

    /// Most bytes in use so far: values, pullbacks and adjoints.
    std::size_t memory() const { return arena_.used(); }

    /// Uninitialised working memory that lives as long as the computation.
    Real* scratch(Index count);
    /// Working memory until the next call; kept from one computation to the next.
    Real* workspace(Index count);
    /// A copy of plain data that lives as long as the computation, for pullbacks.
    template <class Item>
    Item* keep(const Item* items, Index count)
    {
        static_assert(std::is_trivially_destructible_v<Item>, "a pullback captures plain data only");
        auto* copies = static_cast<Item*>(arena_.take(sizeof(Item) * static_cast<std::size_t>(count)));
        for (Index i = 0; i < count; ++i) new (copies + i) Item(items[i]);
        return copies;
    }

private:
    /// A part of an array's adjoint, in entries from its start.
    struct Piece {
        Index begin, end;
    };
    struct ArrayState {
        static constexpr int max_pieces = 4;
        Real* adjoint = nullptr;
        Index size = 0;
        bool touched = false;  // all entries of the adjoint are set; if not, those of the pieces are
        bool outside = false;
        bool set = false;  // all entries that are kept apart
        int pieces = 0;
        Piece piece[max_pieces] = {};
    };
    struct Node {
        void (*run)(Node&, Tape&, const Real* adjoint);
        Node* previous;
        Index array;
    };
    struct FreeList {
        Index size;
        Real* head;
    };

    void require_active(const Variable& v) const;
    void require_summed(const ArrayState& state) const;
    void clear_separate(const ArrayState& state);
    void sweep();
    Real* take_adjoint(Index size);
    void give_adjoint(Real* memory, Index size);
    void complete(ArrayState& state);

    Arena arena_, workspace_;
    std::vector<ArrayState> arrays_;
    std::vector<FreeList> free_;
    Node* last_ = nullptr;
    const Separation* separation_ = nullptr;
    bool recording_ = false;
    double operations_ = 0;
};

template <class Pullback>
void Tape::record(const Variable& result, Pullback pullback)
{
    static_assert(std::is_trivially_destructible_v<Pullback>, "a pullback captures plain data only");
    if (!result.active()) return;
    struct Entry : Node {
        explicit Entry(Pullback p) : pullback(p) {}
        Pullback pullback;
    };
    auto* entry = new (arena_.take(sizeof(Entry))) Entry(pullback);
    entry->run = [](Node& node, Tape& tape, const Real* adjoint) { static_cast<Entry&>(node).pullback(tape, adjoint); };
    entry->previous = last_;
    entry->array = result.array_;
    last_ = entry;
}

}  // namespace mfg
