#pragma once
#include "command_line/command.hpp"

Command solve_command();
Command resume_command();
Command evaluate_command();
Command validate_command();
Command list_command();
Command describe_command();
Command check_command();
Command report_command();
Command compare_command();
Command new_command();
Command benchmark_command();
Command complete_command();

/// All of them, in the order of the help.
const std::vector<Command>& commands();
