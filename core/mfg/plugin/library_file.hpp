#pragma once
#include <string>

namespace mfg {

/// An Error if a shared library is shorter than its own headers say, as while it is being linked or after a full disk:
/// the loader would map what is not there, and the program would end with a bus error. What is no library at all is the
/// loader's business.
void require_whole_library(const std::string& path);

}  // namespace mfg
