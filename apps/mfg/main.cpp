/// The driver: one subcommand a file, found in the table below.
#include "commands.hpp"

#include <mfg/plugin/options.hpp>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <new>

namespace {

struct Command {
    const char* name;
    const char* summary;  ///< one line
    int (*run)(const Arguments&);
    const char* help;
};

const std::vector<Command> commands{
    {"solve", "train networks on a problem and write a run directory", solve,
     R"(mfg solve [EXPERIMENT or FILE.ini] [--option value ...]

Trains and writes a run directory. An experiment is a file that is shipped with mfg (see 'mfg list
experiments'); options override it. The config.ini of a run repeats that run.

  --problem, --method, --network, --integrator, --optimizer NAME
                           plugins or their files; --optimizer adam,lbfgs: one a level
  --KIND.OPTION VALUE      an option of a plugin ('mfg describe KIND NAME'): --network.width 32
  --FIELD_network NAME     another network for one field; its options: --FIELD_network.OPTION VALUE
  --training.OPTION VALUE  how long and on how many samples, e.g. --training.iterations 500,1500
  --output DIR             the run directory
  --seed N                 the number that all random numbers follow from (1)
  --threads N              number of threads (0: one for each core); results do not depend on it
  --plugin-path DIR        a directory with plugins, may be repeated
  --quiet                  no progress
)"},
    {"resume", "go on with a run that was interrupted", resume,
     R"(mfg resume DIR [--training.time_limit S] [--threads N] [--quiet]

Goes on from the last checkpoint of a run that was interrupted, killed, out of disk space, or at its time
limit; a run that has no checkpoint yet starts anew from its config.ini. The result is the same, bit for
bit, as if the run had never stopped. A damaged checkpoint is passed over for the one before it; one of
another version of mfg, or of an edited config.ini, is refused.

  --training.time_limit S  another limit; 0 lifts it
  --threads N              number of threads
  --plugin-path DIR        a directory with plugins, may be repeated
  --quiet                  no progress
)"},
    {"evaluate", "evaluate the fields of a run at points of your own", evaluate,
     R"(mfg evaluate DIR --points P.npy [--output DIR2]

Evaluates what a run has learned. P.npy has one point a row: x_1..x_d, t, without t for problems without time.
For each unknown function FIELD (phi, log_density, ...) and each row, in the same order, it writes
FIELD_value.npy, FIELD_time_derivative.npy, FIELD_gradient.npy and FIELD_laplacian.npy.

  --points P.npy           the points, a NumPy array [n x (d + 1)] or [n x d]
  --output DIR2            where to (DIR/evaluation)
  --threads N              number of threads
  --plugin-path DIR        a directory with plugins, may be repeated
)"},
    {"validate", "measure a run anew, and against a solution on a grid", validate,
     R"(mfg validate DIR [--grid DIR2] [--cells N] [--times N] [--domain X_LOW,X_HIGH,Y_LOW,Y_HIGH]

Measures objective, terms and the like of a trained run on fresh samples, also with finer time steps, and
writes DIR/validation.json. Then one agent's best response to the learned population, which does not react,
is looked for: what it saves is the distance from an equilibrium (exploitability). In the plane the
velocities of the run and of a solution on a grid carry the initial density through one upwind
finite-volume scheme, and what both cost is compared; 'mfg report DIR' shows it, with pictures.

  --agents N               agents whose best response is looked for (128); 0: none
  --intervals N            intervals of time of their paths (16)
  --iterations N           steps of the search (200)

  --grid DIR2              a run of method eulerian on the same problem; else 64 x 64 cells and 32
                           intervals of time are solved on the spot
  --cells N                cells of the scheme along each axis (256)
  --times N                intervals of time between which velocities are linear (64)
  --domain ...             of the scheme; default: that of DIR2, else the problem's window and a sixteenth
                           more on each side
  --integrator NAME        another integrator for all paths, e.g. dormand_prince, which adapts its steps
  --integrator.OPTION V    its options, e.g. --integrator.relative_tolerance 1e-9
  --threads N              number of threads
  --plugin-path DIR        a directory with plugins, may be repeated
)"},
    {"list", "list plugins and experiments", list,
     R"(mfg list [KIND or experiments] [--plugin-path DIR]

Lists plugins of one kind (problem, method, network, integrator, optimizer) or of all, and the named
experiments. A plugin that cannot be used is listed with the reason.

Plugins are searched in --plugin-path (may be repeated), then in the directories of the variable
MFG_PLUGIN_PATH (separated by ':'), then in lib/mfg/plugins of this installation.
)"},
    {"describe", "show what a plugin does and its options", describe,
     R"(mfg describe KIND NAME [--format text, markdown or json] [--plugin-path DIR]

Shows a plugin's manual and its options with type, default, range and meaning. NAME may be a file.
'mfg describe training' shows the options of the training.
)"},
    {"report", "make pictures and a web page of a run", report,
     R"(mfg report DIR

Writes pictures (SVG and PNG) into DIR/figures and one self-contained page, DIR/report.html.
)"},
    {"compare", "show runs side by side", compare,
     R"(mfg compare DIR ... [--format text, markdown or json] [--output DIR]

Shows the numbers of finished runs side by side: the settings that differ, the objective and its
terms on fresh samples (also with finer time steps), time, evaluations, errors and residuals.
Runs are named after their directories.

  --format FORMAT          text (the default), markdown or json
  --output DIR             also draws objective and terms over iterations, wall time and gradient
                           evaluations, and writes DIR/comparison.html
)"},
    {"benchmark", "time one objective and one gradient", benchmark,
     R"(mfg benchmark EXPERIMENT [--option value ...]

Times one objective and one gradient of an experiment and prints JSON: samples, value_seconds,
gradient_seconds (medians), operations, peak_gflops, fraction_of_peak, threads. The options are
those of 'mfg solve'.
)"},
};

std::string overview()
{
    std::string text = "mfg solves mean field games with neural networks.\n\n  mfg COMMAND [arguments]\n\n";
    for (const Command& command : commands) {
        text += "  " + std::string(command.name) + std::string(12 - std::string(command.name).size(), ' ') +
                command.summary + "\n";
    }
    return text +
           "\nmfg help COMMAND shows its arguments; mfg --version shows the version.\n"
           "Exit codes: 0 done; 1 bad input, plugin or numerics; 2 usage.\n";
}

const Command& find_command(const std::string& name)
{
    std::vector<std::string> names;
    for (const Command& command : commands) {
        if (name == command.name) return command;
        names.push_back(command.name);
    }
    const std::string nearest = mfg::nearest_name(name, names);
    throw mfg::UsageError("unknown command '" + mfg::printable(name) + "'; " +
                          (nearest.empty() ? "see 'mfg --help'" : "did you mean '" + nearest + "'?"));
}

int run(const Arguments& words)
{
    const auto is_help = [](const std::string& word) { return word == "--help" || word == "-h"; };
    if (words.empty()) throw mfg::UsageError("no command is given; see 'mfg --help'");
    if (words[0] == "--version") {
        std::cout << "mfg " MFG_VERSION "\n";
        return 0;
    }
    if (is_help(words[0]) || words[0] == "help") {
        std::cout << (words.size() == 1 ? overview() : find_command(words[1]).help);
        return 0;
    }
    const Command& command = find_command(words[0]);
    const Arguments arguments(words.begin() + 1, words.end());
    if (std::any_of(arguments.begin(), arguments.end(), is_help)) {
        std::cout << command.help;
        return 0;
    }
    return command.run(arguments);
}

int fail(int code, std::string message)
{
    std::replace(message.begin(), message.end(), '\n', ' ');
    // A path in it may be as long as the system takes an argument.
    constexpr std::size_t half = 2000;
    if (message.size() > 2 * half) message.replace(half, message.size() - 2 * half, " ... ");
    std::cerr << "mfg: " << message << std::endl;
    return code;
}

}  // namespace

int main(int count, char** words)
{
    // A file that would become too large for a limit is an error like a full disk.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        const int code = run(Arguments(words + 1, words + count));
        if (!std::cout.flush()) return fail(1, "cannot write to standard output");
        return code;
    } catch (const mfg::UsageError& failure) {
        return fail(2, failure.what());
    } catch (const std::bad_alloc&) {
        return fail(1, "out of memory; use fewer samples or a smaller network");
    } catch (const std::exception& failure) {
        return fail(1, failure.what());
    } catch (...) {
        return fail(1, "stopped with an unknown exception");
    }
}
