# Compiler flags, sanitizers, ccache, linker and precompiled headers: one place, for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")  # no NDEBUG: MOTORCADE_ASSERT has its own switch and stays on
# Where CMAKE_UNITY_BUILD is on (all presets but debug), six files of a library are compiled as one: docs/decisions/0007.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)
set(MOTORCADE_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()
find_program(MOLD ld.mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
                    -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread
                    -Wno-array-bounds -Wno-dangling-pointer -Wno-free-nonheap-object -Wno-mismatched-new-delete
                    -Wno-missing-field-initializers -Wno-subobject-linkage
                    -fdiagnostics-color=auto -fno-omit-frame-pointer -fpch-preprocess
                    "SHELL:--param ggc-min-heapsize=1048576")  # KiB: what is collected below it is time lost
if(MOTORCADE_SANITIZE)
  # GCC's sanitizers bring false positives of its own warnings; the release tree holds them as errors.
  add_compile_options(-Wno-error -fsanitize=${MOTORCADE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MOTORCADE_SANITIZE})
endif()
