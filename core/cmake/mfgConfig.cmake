# find_package(mfg) defines the libraries mfg::core and mfg::pde, and the function mfg_add_plugin.
include(CMakeFindDependencyMacro)
find_dependency(xtensor 0.24)
include(${CMAKE_CURRENT_LIST_DIR}/mfgTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/mfg_add_plugin.cmake)
