# mfg_describe_compiler() writes share/mfg/compiler.json: how `mfg` compiles a plugin that is a single source, with the
# compiler and the flags of this build. Relative paths are those from the folder above bin/; the build tree uses the
# headers of the source tree, an installation its own.
function(mfg_describe_compiler)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  separate_arguments(flags UNIX_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}")
  list(APPEND flags ${CMAKE_CXX17_STANDARD_COMPILE_OPTION} ${CMAKE_CXX_COMPILE_OPTIONS_PIC}
    ${CMAKE_CXX_COMPILE_OPTIONS_VISIBILITY}hidden ${CMAKE_CXX_COMPILE_OPTIONS_VISIBILITY_INLINES_HIDDEN})
  get_directory_property(options DIRECTORY ${PROJECT_SOURCE_DIR} COMPILE_OPTIONS)
  list(FILTER options EXCLUDE REGEX "^-W")
  get_directory_property(definitions DIRECTORY ${PROJECT_SOURCE_DIR} COMPILE_DEFINITIONS)
  list(TRANSFORM definitions PREPEND "-D")
  list(APPEND flags ${options} ${definitions})

  separate_arguments(link_flags UNIX_COMMAND "${CMAKE_SHARED_MODULE_CREATE_CXX_FLAGS} ${CMAKE_MODULE_LINKER_FLAGS}")
  list(APPEND link_flags "-Wl,--as-needed")
  if(NOT MFG_CHECKED)
    list(APPEND link_flags "-Wl,--no-undefined")
  endif()

  set(directories)
  foreach(library xtensor xtl)
    if(TARGET ${library})
      get_target_property(of_library ${library} INTERFACE_INCLUDE_DIRECTORIES)
      list(APPEND directories ${of_library})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES directories)
  list(REMOVE_ITEM directories ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES})

  foreach(list flags link_flags directories)
    set(json_${list})
    foreach(word ${${list}})
      string(REPLACE "\\" "\\\\" word "${word}")
      string(REPLACE "\"" "\\\"" word "${word}")
      list(APPEND json_${list} "\"${word}\"")
    endforeach()
    string(REPLACE ";" ", " json_${list} "${json_${list}}")
  endforeach()
  foreach(place build installation)
    if(place STREQUAL build)
      set(file ${CMAKE_BINARY_DIR}/share/mfg/compiler.json)
      set(headers "\"${PROJECT_SOURCE_DIR}/core\", \"${PROJECT_SOURCE_DIR}/pde\"")
    else()
      set(file ${CMAKE_BINARY_DIR}/installation/compiler.json)
      set(headers "\"include\"")
    endif()
    file(CONFIGURE OUTPUT ${file} @ONLY CONTENT [[{
  "compiler": "@CMAKE_CXX_COMPILER@",
  "flags": [@json_flags@],
  "headers": [@headers@],
  "headers_of_others": [@json_directories@],
  "link_flags": [@json_link_flags@],
  "libraries": ["lib/libmfg_core.so", "lib/libmfg_pde.so"]
}
]])
  endforeach()
  install(FILES ${CMAKE_BINARY_DIR}/installation/compiler.json DESTINATION share/mfg)
endfunction()
