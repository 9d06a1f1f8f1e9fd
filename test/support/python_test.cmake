# Tests in Python: the standard library and PyYAML. Include it where they are defined.
include_guard(GLOBAL)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(python_with_yaml ${Python3_EXECUTABLE})
# Debian's python3-yaml is for Debian's Python, which need not be the first on PATH.
execute_process(COMMAND ${Python3_EXECUTABLE} -c "import yaml" RESULT_VARIABLE lacks_yaml OUTPUT_QUIET ERROR_QUIET)
if(lacks_yaml AND EXISTS /usr/bin/python3)
  set(python_with_yaml /usr/bin/python3)
endif()
# What is included once is still to be known everywhere.
set_property(GLOBAL PROPERTY python_with_yaml ${python_with_yaml})

# harbor_pull_python_test(NAME FILE): a program of unittest that ctest runs as one test.
function(harbor_pull_python_test name file)
  get_property(python GLOBAL PROPERTY python_with_yaml)
  add_test(NAME ${name} COMMAND ${python} -B ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endfunction()
