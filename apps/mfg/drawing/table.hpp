#pragma once
#include <string>
#include <vector>

/// Rows of texts under columns, for a terminal, as Markdown and as HTML. A cell `-` says that there is nothing.
struct Table {
    struct Column {
        std::string title;
        bool is_text = false;  ///< stands left; numbers stand right
    };
    struct Row {
        std::vector<std::string> cells;
        bool emphasised = false;
    };

    std::string title;            ///< may be empty
    std::vector<Column> columns;  ///< the first one names the rows
    std::vector<Row> rows = {};

    /// Aligned columns, each line after `indent`. Columns without titles have no head.
    std::string text(const std::string& indent = "") const;
    std::string markdown() const;
    std::string html() const;

private:
    bool has_head() const;
};
