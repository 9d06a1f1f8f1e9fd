# Tests in Python: the standard library and PyYAML. Include it where they are defined.
include_guard(GLOBAL)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(test_python ${Python3_EXECUTABLE})
# Debian's python3-yaml is for Debian's Python, which need not be the first on PATH.
execute_process(COMMAND ${test_python} -c "import yaml" RESULT_VARIABLE lacks_yaml OUTPUT_QUIET ERROR_QUIET)
if(lacks_yaml AND EXISTS /usr/bin/python3)
  set(test_python /usr/bin/python3)
endif()

# harbor_pull_python_test(NAME FILE): a program of unittest that ctest runs as one test.
function(harbor_pull_python_test name file)
  add_test(NAME ${name} COMMAND ${test_python} -B ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endfunction()
