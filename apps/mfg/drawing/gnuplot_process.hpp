#pragma once
#include <mfg/base/array.hpp>
#include <mfg/run/files.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

/// gnuplot at work in a scratch directory, which is gone with this object.
class GnuplotProcess {
public:
    /// The scratch directory is made inside `directory`, so that results are moved there without a copy.
    explicit GnuplotProcess(const std::string& directory);

    void write(const std::string& name, std::string_view bytes) const;
    /// Writes bytes under a new name, which is returned.
    std::string add_data(std::string_view bytes);
    /// Runs main.gp, no shell involved; `figure` is named where that fails. Interrupted if a signal comes.
    void run(const std::string& figure) const;
    /// Moves the pictures figure.ENDING from the scratch directory to `directory`/NAME.ENDING, if all of them are
    /// whole: else an Error, and those that are there stay.
    void take(const std::vector<std::string>& endings, const std::string& name) const;

private:
    std::string directory_;
    mfg::ScratchDirectory scratch_;
    int files_ = 0;
};

/// The bytes of a map, for a file that gnuplot reads.
std::string_view bytes_of(const mfg::Matrix& map);

/// How to read such a map `[ny x nx]` over a window; `splot` needs a third coordinate of the origin, `,0`.
std::string map_format(const mfg::Matrix& map, const std::array<mfg::Real, 2>& x, const std::array<mfg::Real, 2>& y,
                       const char* third = "");

/// The statements that put a plot to its place: the edges as shares of the picture.
std::string set_margins(double left, double right, double bottom, double top);

/// Text as gnuplot takes it literally.
std::string quote(const std::string& text);

/// The number, or the nearest one that gnuplot can draw: it computes differences and logarithms.
mfg::Real drawable(mfg::Real x);

/// The statement that sets a palette: from dark violet over green to yellow, or from blue over white to red with zero
/// in the middle.
std::string set_palette(bool diverging);
