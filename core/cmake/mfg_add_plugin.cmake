# What the project and every project with its own plugin include: the latter through find_package(mfg).

# Code without optimisation is slower by an order of magnitude.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "build type" FORCE)
endif()

# mfg_add_plugin(KIND NAME SOURCE...) builds KIND_NAME.so, a plugin that `mfg` finds by its name.
#
# KIND is one of problem, network, integrator, optimizer, method; NAME is what users type, [a-z][a-z0-9_]*, and equal to
# the name in the source's MFG_PLUGIN. The library exports one symbol and lands in <build>/lib/mfg/plugins. The lines with
# `///` on top of the first source are the manual that `mfg describe` shows; they land in <build>/share/mfg/manuals. What
# else a plugin needs is given to its target: target_link_libraries(KIND_NAME PRIVATE ...).
function(mfg_add_plugin kind name)
  set(kinds problem network integrator optimizer method)
  if(NOT kind IN_LIST kinds)
    message(FATAL_ERROR "mfg_add_plugin: kind '${kind}' must be one of: ${kinds}")
  endif()
  if(NOT name MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "mfg_add_plugin: name '${name}' must be lower case letters, digits and _, a letter first")
  endif()
  if(NOT ARGN)
    message(FATAL_ERROR "mfg_add_plugin: ${kind} ${name} has no source file")
  endif()

  set(target ${kind}_${name})
  list(GET ARGN 0 main_source)
  get_filename_component(main_source ${main_source} ABSOLUTE)
  set(manuals ${CMAKE_BINARY_DIR}/share/mfg/manuals)
  file(MAKE_DIRECTORY ${manuals})
  add_custom_command(
    OUTPUT ${manuals}/${target}.md
    COMMAND sed -n -e "/^\\/\\/\\//!q" -e "s/^\\/\\/\\/ \\{0,1\\}//p" ${main_source} > ${manuals}/${target}.md
    DEPENDS ${main_source}
    VERBATIM)

  add_library(${target} MODULE ${ARGN} ${manuals}/${target}.md)
  target_link_libraries(${target} PRIVATE mfg::core)
  if(kind STREQUAL method)
    target_link_libraries(${target} PRIVATE mfg::pde)
  endif()
  set_target_properties(${target} PROPERTIES
    PREFIX "" SUFFIX ".so"
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/mfg/plugins
    BUILD_RPATH_USE_ORIGIN ON
    INSTALL_RPATH "$ORIGIN/../.."
    INSTALL_RPATH_USE_LINK_PATH ON)
  if(NOT MFG_CHECKED)
    target_link_options(${target} PRIVATE LINKER:--no-undefined)
  endif()
  set_property(GLOBAL APPEND PROPERTY MFG_PLUGINS ${target})
  install(TARGETS ${target} LIBRARY DESTINATION lib/mfg/plugins)
  install(FILES ${manuals}/${target}.md DESTINATION share/mfg/manuals)
endfunction()

# mfg_rename_plugin(KIND FORMER NAME) lets the plugin be found by its former name, too.
function(mfg_rename_plugin kind former name)
  set(alias ${CMAKE_BINARY_DIR}/lib/mfg/plugins/${kind}_${former}.alias)
  file(WRITE ${alias} "${name}\n")
  install(FILES ${alias} DESTINATION lib/mfg/plugins)
endfunction()
