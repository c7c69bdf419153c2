#include "child_process.hpp"

#include "results/interruption.hpp"

#include <mfg/base/error.hpp>

// The standard library's paths where Boost.Process takes them: then there is nothing of Boost to link.
#define BOOST_PROCESS_USE_STD_FS
#if __has_include(<boost/process/v1/child.hpp>)
#include <boost/process/v1/args.hpp>
#include <boost/process/v1/child.hpp>
#include <boost/process/v1/env.hpp>
#include <boost/process/v1/environment.hpp>
#include <boost/process/v1/error.hpp>
#include <boost/process/v1/io.hpp>
#include <boost/process/v1/search_path.hpp>
#include <boost/process/v1/start_dir.hpp>
namespace boost_process = boost::process::v1;
#else
#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/environment.hpp>
#include <boost/process/error.hpp>
#include <boost/process/io.hpp>
#include <boost/process/search_path.hpp>
#include <boost/process/start_dir.hpp>
namespace boost_process = boost::process;
#endif

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

std::string find_program(const std::string& name)
{
    if (name.find('/') == std::string::npos) return boost_process::search_path(name).string();
    std::error_code failed;
    const bool runs = std::filesystem::is_regular_file(name, failed) && ::access(name.c_str(), X_OK) == 0;
    return runs ? name : "";
}

int run_to_end(const ChildProcess& process)
{
    const auto input = boost_process::std_in < boost_process::null;
    const auto output = (boost_process::std_out & boost_process::std_err) > process.log;
    boost_process::environment environment = boost::this_process::environment();
    for (const std::string& name : process.hidden_variables) environment.erase(name);
    std::error_code failed;
    boost_process::child child(process.program, boost_process::args = process.arguments,
                               boost_process::start_dir = process.directory, input, output, environment, failed);
    if (failed) throw mfg::Error("cannot start '" + process.program + "': " + failed.message());
    while (child.running(failed) && !Interruption::has_come())
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (Interruption::has_come()) {
        child.terminate(failed);
        throw Interrupted();
    }
    return child.exit_code();
}
