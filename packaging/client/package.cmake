# The client library for other programs: one archive with everything except libmd and OpenSSL,
# without link-time optimisation, which would require the same compiler version.
#   cmake --install <build> --component client [--prefix <prefix>]
# Part of CMakeLists.txt.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
file(STRINGS base/version.h version_line REGEX "kLarderVersion")
string(REGEX MATCH "[0-9]+[.][0-9]+[.][0-9]+" larder_version "${version_line}")
set(client_cmake_directory ${CMAKE_INSTALL_LIBDIR}/cmake/larder-client)
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)

# The objects of the floors.  base/ and client/ do not profit from link-time optimisation.
set_target_properties(larder_base larder_client PROPERTIES
  INTERPROCEDURAL_OPTIMIZATION OFF
  POSITION_INDEPENDENT_CODE ON)
add_library(larder_client_package STATIC
            $<TARGET_OBJECTS:larder_base> $<TARGET_OBJECTS:larder_client>)
set_target_properties(larder_client_package PROPERTIES
  OUTPUT_NAME larder-client
  EXPORT_NAME client
  LINKER_LANGUAGE CXX)
target_compile_features(larder_client_package PUBLIC cxx_std_20)
target_include_directories(larder_client_package INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(larder_client_package
  PUBLIC Threads::Threads
  PRIVATE OpenSSL::SSL PkgConfig::libmd)

configure_package_config_file(packaging/client/larder-client-config.cmake.in
  larder-client-config.cmake INSTALL_DESTINATION ${client_cmake_directory})
write_basic_package_version_file(larder-client-config-version.cmake
  VERSION ${larder_version} COMPATIBILITY SameMinorVersion)
configure_file(packaging/client/larder-client.pc.in larder-client.pc @ONLY)

install(TARGETS larder_client_package EXPORT larder-client-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT client)
install(EXPORT larder-client-targets NAMESPACE larder::
        DESTINATION ${client_cmake_directory} COMPONENT client)
install(FILES ${PROJECT_BINARY_DIR}/larder-client-config.cmake
              ${PROJECT_BINARY_DIR}/larder-client-config-version.cmake
        DESTINATION ${client_cmake_directory} COMPONENT client)
install(FILES ${PROJECT_BINARY_DIR}/larder-client.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT client)
# In the tree headers are included from its root.  Installed ones include each other from their
# own folder, so that no file of an application can replace one.
foreach(header IN LISTS LARDER_CLIENT_HEADERS)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
  get_filename_component(name ${header} NAME)
  file(READ ${header} text)
  string(REGEX REPLACE "#include \"(base|client)/" "#include \"" text "${text}")
  file(CONFIGURE OUTPUT installed/larder/${name} CONTENT "${text}" @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/installed/larder/${name}
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/larder COMPONENT client)
endforeach()
