#pragma once
#include <mfg/base/export.hpp>

#include <stdexcept>
#include <string>

namespace mfg {

/// A failure that a user can act on. The message is one line: what, where, what to do. The driver prints it and exits
/// with 1.
class MFG_API Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
    ~Error() override;
};

/// The command line itself is wrong; the driver exits with 2.
class MFG_API UsageError : public Error {
public:
    using Error::Error;
    ~UsageError() override;
};

/// A method cannot treat a problem; the message says why.
class MFG_API UnsupportedProblem : public Error {
public:
    using Error::Error;
    ~UnsupportedProblem() override;
};

/// A computation left the finite numbers, or could not go on.
class MFG_API NumericalError : public Error {
public:
    using Error::Error;
    ~NumericalError() override;
};

/// What `function` returns; an Error that it throws gets `context`, as in "cannot read 'a.csv': ", in front.
template <class Function>
auto in_context(const std::string& context, Function function)
{
    try {
        return function();
    } catch (const Error& failure) {
        throw Error(context + failure.what());
    }
}

}  // namespace mfg
