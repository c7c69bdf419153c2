#include <mfg/base/export.hpp>

extern "C" MFG_API int something_else();
int something_else()
{
    return 0;
}
