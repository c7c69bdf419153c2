#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>
#include <mfg/run/files.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mfg {

/// The table of a training: a CSV file that grows by a row at a time.
///
/// Each row reaches the system in one piece, so that a killed process loses none. NaN stands for "not measured here"
/// and is written as an empty cell.
class MFG_API History {
public:
    /// Starts the file again.
    History(const std::string& path, std::vector<std::string> columns);
    /// Goes on with an existing file of the same columns, the first of which is the iteration, after the row of this
    /// one; what is beyond is dropped. A file without rows begins after it.
    History(const std::string& path, std::vector<std::string> columns, std::uint64_t iteration);

    const std::vector<std::string>& columns() const { return columns_; }
    /// The number of rows in the file.
    std::size_t rows() const { return rows_; }

    /// One number a column.
    void append(const std::vector<Real>& row);
    /// Puts all rows on disk: called before a checkpoint that counts on them.
    void sync() { file_->sync(); }

private:
    std::vector<std::string> columns_;
    std::size_t rows_ = 0;
    std::unique_ptr<File> file_;
};

struct HistoryTable {
    std::vector<std::string> columns;
    Matrix rows;  ///< `[rows x columns]`; NaN where a cell is empty

    /// The number of the column of this name, or `columns.size()` when there is none.
    MFG_API std::size_t find(const std::string& name) const;
};

/// The table that such a file's text holds. A last line without its end was cut off by a full disk, and is left out.
MFG_API HistoryTable parse_history(std::string_view text);

/// The table in the file.
MFG_API HistoryTable read_history(const std::string& path);

}  // namespace mfg
