# Compiler settings of everything we compile: warnings are errors, sanitizers by preset, hardening in a release.
add_library(harbor_pull_options INTERFACE)
target_compile_options(harbor_pull_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wno-missing-field-initializers>)
if(HARBOR_PULL_SANITIZE)
  target_compile_options(harbor_pull_options INTERFACE -fsanitize=${HARBOR_PULL_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(harbor_pull_options INTERFACE -fsanitize=${HARBOR_PULL_SANITIZE})
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(harbor_pull_options INTERFACE
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
    -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -ffunction-sections -fdata-sections
    $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection>)
  # Shadow stacks are asked for although Debian's start files carry no mark for them: they need none. The mark for indirect
  # branches is not set: those files are not compiled for it, though all our code is.
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    target_link_options(harbor_pull_options INTERFACE -Wl,-z,shstk)
  endif()
  target_link_options(harbor_pull_options INTERFACE -pie -Wl,-z,relro,-z,now -Wl,--gc-sections -Wl,--as-needed)
endif()
