#pragma once
#include "drawing/figures.hpp"

#include <set>
#include <string>
#include <vector>

/// The pictures of a page: they are drawn into one folder, each under a name of its own.
class Pictures {
public:
    /// Creates the folder, and removes what killed processes had not finished there.
    explicit Pictures(std::string folder);

    /// Draws a figure; the result is HTML. A figure of very many panels becomes several pictures.
    std::string draw(const Drawing& drawing);
    /// The same for many.
    template <class Drawings>
    std::string draw_all(const Drawings& drawings)
    {
        std::string html;
        for (const auto& drawing : drawings) html += draw(drawing);
        return html;
    }

private:
    std::string draw_one(const Figure& figure);
    std::string draw_one(Animation animation);
    /// The figure's name as one of a file, which no other figure has.
    std::string file_name(const std::string& name);

    std::string folder_;
    std::set<std::string> taken_;
};
