#include "drawing/gnuplot_process.hpp"

#include "child_process.hpp"

#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace {

constexpr const char* viridis =
    "0 '#440154', 1 '#482475', 2 '#414487', 3 '#355f8d', 4 '#2a788e', 5 '#21918c', "
    "6 '#22a884', 7 '#44bf70', 8 '#7ad151', 9 '#bddf26', 10 '#fde725'";
// Blue, white, red with even steps of lightness.
constexpr const char* blue_white_red =
    "0 '#053061', 1 '#2166ac', 2 '#4393c3', 3 '#92c5de', 4 '#d1e5f0', 5 '#f7f7f7', "
    "6 '#fddbc7', 7 '#f4a582', 8 '#d6604d', 9 '#b2182b', 10 '#67001f'";

constexpr std::size_t largest_picture = std::size_t(1) << 30;

/// Whether the file ends as a picture of its format does.
bool is_whole(const std::string& path, const std::string& format)
{
    using namespace std::string_view_literals;
    const std::string bytes = mfg::read_file(path, largest_picture);
    const std::string_view picture = std::string_view(bytes).substr(0, bytes.find_last_not_of('\n') + 1);
    return mfg::ends_with(picture, format == "svg" ? "</svg>"sv : format == "png" ? "IEND\xae\x42\x60\x82"sv : "\0;"sv);
}

/// The line of gnuplot's output that says what is wrong: `"figure.gp" line 3: ...`, after a copy of the statement.
std::string first_error(const std::string& output)
{
    std::string first;
    for (const std::string& line : mfg::split(output, '\n')) {
        if (line.find(" line ") != line.npos && line.find("warning") == line.npos) return line;
        if (first.empty() && line.find_first_not_of(" \t^") != line.npos) first = line;
    }
    return first.empty() ? "no message" : first;
}

}  // namespace

GnuplotProcess::GnuplotProcess(const std::string& directory) : directory_(directory), scratch_(directory) {}

void GnuplotProcess::write(const std::string& name, std::string_view bytes) const
{
    mfg::write_file_atomically(scratch_.path() + '/' + name, bytes);
}

std::string GnuplotProcess::add_data(std::string_view bytes)
{
    const std::string name = fmt::format("data{}", files_++);
    write(name, bytes);
    return name;
}

void GnuplotProcess::take(const std::vector<std::string>& endings, const std::string& name) const
{
    const auto drawn = [&](const std::string& ending) { return scratch_.path() + "/figure." + ending; };
    // gnuplot does not say that a disk was full.
    for (const std::string& ending : endings) {
        if (!is_whole(drawn(ending), ending))
            throw mfg::Error("cannot write '" + directory_ + '/' + name + '.' + ending +
                             "': gnuplot did not finish it; is the disk full?");
    }
    for (const std::string& ending : endings) mfg::rename_file(drawn(ending), directory_ + '/' + name + '.' + ending);
}

void GnuplotProcess::run(const std::string& figure) const
{
    const std::string program = find_program("gnuplot");
    if (program.empty())
        throw mfg::Error("gnuplot is not installed, and draws the figures; install gnuplot-nox or gnuplot");
    const std::string log = scratch_.path() + "/log";
    // Without the user's start-up file and variables, which could change what is drawn: GNUTERM names a terminal that
    // may not be there.
    const int code =
        run_to_end({program,
                    {"--default-settings", "main.gp"},
                    log,
                    scratch_.path(),
                    {"GNUTERM", "GNUPLOT_LIB", "GNUPLOT_DEFAULT_GDFONT", "GNUPLOT_FONTPATH", "GNUPLOT_DRIVER_DIR"}});
    if (code != 0)
        throw mfg::Error("gnuplot cannot draw the figure '" + figure + "': " + first_error(mfg::read_file(log)) +
                         "; install gnuplot-nox 5.4 or newer");
}

std::string_view bytes_of(const mfg::Matrix& map)
{
    return {reinterpret_cast<const char*>(map.data()), map.size() * sizeof(mfg::Real)};
}

std::string map_format(const mfg::Matrix& map, const std::array<mfg::Real, 2>& x, const std::array<mfg::Real, 2>& y,
                       const char* third)
{
    const mfg::Real dx = (x[1] - x[0]) / static_cast<mfg::Real>(map.shape(1)),
                    dy = (y[1] - y[0]) / static_cast<mfg::Real>(map.shape(0));
    return fmt::format("array=({},{}) dx={} dy={} origin=({},{}{}) format='%double'", map.shape(1), map.shape(0), dx,
                       dy, x[0] + dx / 2, y[0] + dy / 2, third);
}

std::string set_margins(double left, double right, double bottom, double top)
{
    return fmt::format(
        "set lmargin at screen {}\nset rmargin at screen {}\nset bmargin at screen {}\nset tmargin at screen {}\n",
        left, right, bottom, top);
}

std::string quote(const std::string& text)
{
    // Whatever might mean something is written as a number: single quotes and what is between them are read by several
    // rules, some of which look at the whole line.
    std::string result = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = byte >= 0x80 || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (plain)
            result += c;
        else
            result += fmt::format("\\{:03o}", byte < ' ' || byte == 0x7f ? ' ' : byte);
    }
    return result + '"';
}

mfg::Real drawable(mfg::Real x)
{
    constexpr mfg::Real largest = 1e300, smallest = 1e-300;
    return std::abs(x) < smallest ? 0 : std::clamp(x, -largest, largest);
}

std::string set_palette(bool diverging)
{
    return fmt::format("set palette defined ({})\n", diverging ? blue_white_red : viridis);
}
