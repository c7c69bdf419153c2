#include "contract.hpp"

TEST_CASE("every optimizer keeps the contract", "[contract][optimizer]")
{
    require_all_plugins("optimizer", 4);
}
