# Tests on a real control plane. Include it where they are defined.
include_guard(GLOBAL)

# ctest builds the control plane first, once; after that it is a matter of milliseconds.
foreach(version 1.37 1.34)
  add_test(NAME control_plane_${version} COMMAND ${CMAKE_SOURCE_DIR}/test/cluster/build ${version})
  set_tests_properties(control_plane_${version} PROPERTIES
    LABELS cluster TIMEOUT 3600 FIXTURES_SETUP control_plane_${version} RESOURCE_LOCK control_plane_build)
endforeach()

# harbor_pull_cluster_test(NAME SOURCES... [LIBS...] [VERSIONS...] [TIMEOUT S] [NO_OPERATOR]): a Catch2 program that ctest
# runs once for each version of Kubernetes (1.37 and 1.34 when none is named), as NAME_VERSION; as NAME when only one is
# named. The operator is built before it, unless NO_OPERATOR is said.
function(harbor_pull_cluster_test name)
  cmake_parse_arguments(arg "NO_OPERATOR" "TIMEOUT" "SOURCES;LIBS;VERSIONS" ${ARGN})
  if(NOT arg_VERSIONS)
    set(arg_VERSIONS 1.37 1.34)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  list(LENGTH arg_VERSIONS count)
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE catch_main test_support ${arg_LIBS})
  if(TARGET harbor-pull AND NOT arg_NO_OPERATOR)
    add_dependencies(${name} harbor-pull)
  endif()
  foreach(version ${arg_VERSIONS})
    set(test ${name}_${version})
    if(count EQUAL 1)
      set(test ${name})
    endif()
    add_test(NAME ${test} COMMAND ${name} --order lex)
    set_tests_properties(${test} PROPERTIES LABELS cluster TIMEOUT ${arg_TIMEOUT}
      FIXTURES_REQUIRED control_plane_${version} ENVIRONMENT HARBOR_PULL_TEST_KUBERNETES=${version})
  endforeach()
endfunction()
