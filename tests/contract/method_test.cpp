#include "contract.hpp"

TEST_CASE("every method keeps the contract", "[contract][method]")
{
    require_all_plugins("method", 5);
}
