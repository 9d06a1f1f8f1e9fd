# What `harbor-pull --version` says of the build: the commit, the compiler, the libraries. HARBOR_PULL_COMMIT overrides
# what git says, for builds without a history (the Dockerfile). Read when CMake configures, as ./dev lets it each time.
set(HARBOR_PULL_COMMIT "" CACHE STRING "Commit that is built; empty: what git says")
set(build_commit "${HARBOR_PULL_COMMIT}")
if(build_commit STREQUAL "")
  execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} describe --always --abbrev=12 --dirty --exclude=*
    OUTPUT_VARIABLE build_commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(build_commit STREQUAL "")
  set(build_commit "unknown")
endif()

set(build_libraries "")
foreach(library cpprestsdk nlohmann_json simdjson yaml-cpp spdlog absl prometheus-cpp CLI11)
  string(STRIP "${library} ${${library}_VERSION}" build_library)  # not every package tells its version
  list(APPEND build_libraries "${build_library}")
endforeach()
list(JOIN build_libraries ", " build_libraries)

# For that one source, so that a new commit compiles nothing else.
set_source_files_properties(operator/app/version_text.cpp TARGET_DIRECTORY app PROPERTIES COMPILE_DEFINITIONS
  "BUILD_COMMIT=\"${build_commit}\";BUILD_COMPILER=\"${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}, ${CMAKE_BUILD_TYPE}\";BUILD_LIBRARIES=\"${build_libraries}\"")
