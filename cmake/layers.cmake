# The house's fences. Each target may link exactly what its row allows, and sees only the headers of what it links:
# one include root per target, so that a header of something that is not linked is "no such file".
#
#   motorcade_library(<name> <folder> SOURCES … [DEPS <ours>…] [VENDORS <vendor>…])
#
# <name> is a row of the table below; "ours" after the colon, vendors after the bar.
set(MOTORCADE_EDGES
  "events: | expected"
  "digest: | libcrypto"
  "events_wire: events | protobuf expected"
  "otap: digest | openssl zstd expected"
  "engine_core: events digest | expected"
  "engine_ports: events | asio expected"
  "engine_shell: engine_core engine_ports events events_wire digest otap | asio expected"
  "engine_edge: events events_wire engine_ports digest | asio expected"
  "projections_core: events | expected"
  "projections_runner: projections_core engine_ports events events_wire | asio expected"
  "adapters_memory: engine_ports events | asio expected"
  "adapters_rocksdb: engine_ports events events_wire digest | asio expected rocksdb zstd"
  "adapters_kafka: engine_ports events events_wire digest | asio expected rdkafka boost_json"
  "adapters_files: engine_ports events digest | asio expected libcrypto"
  "adapters_openssl: engine_ports events digest otap | asio expected openssl"
  "adapters_https: engine_edge engine_ports events events_wire digest | asio expected beast boost_json openssl"
  "adapters_mqtt: engine_edge engine_ports events events_wire | asio expected paho openssl"
  "adapters_postgres: projections_core projections_runner engine_ports events | asio expected pqxx boost_json"
  "vehicle_agent_core: events otap digest | expected"
  "vehicle_agent_doip: | asio expected openssl"
  "vehicle_agent_uds: digest | expected"
  "vehicle_agent_zone_link: vehicle_agent_doip vehicle_agent_uds digest | asio expected"
  "vehicle_agent_ecu: vehicle_agent_uds vehicle_agent_doip digest | asio expected"
  "vehicle_agent_zonal_gateway: vehicle_agent_zone_link vehicle_agent_ecu vehicle_agent_uds vehicle_agent_doip digest otap | asio expected"
  "vehicle_agent_vmg: vehicle_agent_zone_link vehicle_agent_core vehicle_agent_doip vehicle_agent_uds events events_wire otap digest | asio expected beast openssl paho"
  "vehicle_agent_fleet: vehicle_agent_vmg vehicle_agent_zone_link vehicle_agent_zonal_gateway vehicle_agent_ecu vehicle_agent_core vehicle_agent_doip vehicle_agent_uds events events_wire otap digest | asio expected openssl paho"
)

# These wait for networks and disks most of the time: -O1 is enough, and compiles a fifth faster.
set(MOTORCADE_WAITING_FLAGS $<$<CONFIG:Release>:-O1>)
set(MOTORCADE_WAITING "^(adapters_(https|mqtt|postgres|files|openssl)|vehicle_agent_.*)$")

function(motorcade_row name out_ours out_vendors)
  foreach(row IN LISTS MOTORCADE_EDGES)
    if(row MATCHES "^${name}:([^|]*)\\|(.*)$")
      string(STRIP "${CMAKE_MATCH_1}" ours)
      string(STRIP "${CMAKE_MATCH_2}" vendors)
      string(REGEX REPLACE " +" ";" ours "${ours}")
      string(REGEX REPLACE " +" ";" vendors "${vendors}")
      set(${out_ours} "${ours}" PARENT_SCOPE)
      set(${out_vendors} "${vendors}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "${name} has no row in the edge table (cmake/layers.cmake); say first what it may link")
endfunction()

# One precompiled header per kind of target; libraries reuse std, asio or beast (by what they may see), programs app,
# tests test_std or test_asio.
function(motorcade_pch kind)
  add_library(motorcade_pch_${kind} OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
  target_precompile_headers(motorcade_pch_${kind} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch_${kind}.hpp)
  target_link_libraries(motorcade_pch_${kind} PRIVATE ${ARGN})
endfunction()
set(MOTORCADE_TEST_FLAGS -O0)  # tests are compiled more often than they are run; what they test is optimised
if(NOT MOTORCADE_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  list(APPEND MOTORCADE_TEST_FLAGS -g0)  # an assertion says file and line; a sanitizer needs the rest
endif()
motorcade_pch(std vendor::expected)
motorcade_pch(asio vendor::asio vendor::expected)
motorcade_pch(beast vendor::beast vendor::boost_json vendor::expected)
motorcade_pch(app vendor::asio vendor::cli11 vendor::yaml vendor::expected)
motorcade_pch(test_std vendor::gtest vendor::expected)
motorcade_pch(test_asio vendor::gtest vendor::asio vendor::expected)
target_compile_options(motorcade_pch_test_std PRIVATE ${MOTORCADE_TEST_FLAGS})
target_compile_options(motorcade_pch_test_asio PRIVATE ${MOTORCADE_TEST_FLAGS})

function(motorcade_library name folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;VENDORS" ${ARGN})
  motorcade_row(${name} allowed_ours allowed_vendors)
  foreach(dep IN LISTS ARG_DEPS)
    if(NOT dep IN_LIST allowed_ours)
      message(FATAL_ERROR "Fence: ${name} may not link ${dep}. Allowed: ${allowed_ours} (cmake/layers.cmake)")
    endif()
    if(NOT TARGET motorcade_${dep})
      message(FATAL_ERROR "Fence: ${name} links ${dep}, which is not defined yet: lower layers come first")
    endif()
  endforeach()
  foreach(vendor IN LISTS ARG_VENDORS)
    if(NOT vendor IN_LIST allowed_vendors)
      message(FATAL_ERROR "Fence: ${name} may not see ${vendor}. Allowed: ${allowed_vendors} (cmake/layers.cmake)")
    endif()
  endforeach()

  set(root ${CMAKE_BINARY_DIR}/include_roots/${name})
  get_filename_component(parent ${root}/${folder} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${folder} ${root}/${folder} SYMBOLIC)

  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.hpp)
  list(TRANSFORM headers REPLACE "^${CMAKE_SOURCE_DIR}/" "${root}/")
  if(ARG_SOURCES)
    add_library(motorcade_${name} STATIC ${ARG_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(motorcade_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(motorcade::${name} ALIAS motorcade_${name})
  target_include_directories(motorcade_${name} ${scope} ${root})
  target_sources(motorcade_${name} ${scope} FILE_SET HEADERS BASE_DIRS ${root} FILES ${headers})
  set_target_properties(motorcade_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  if(ARG_SOURCES AND name MATCHES "${MOTORCADE_WAITING}")
    target_compile_options(motorcade_${name} PRIVATE ${MOTORCADE_WAITING_FLAGS})
  endif()
  list(TRANSFORM ARG_DEPS PREPEND motorcade::)
  list(TRANSFORM ARG_VENDORS PREPEND vendor::)
  target_link_libraries(motorcade_${name} ${scope} ${ARG_DEPS} ${ARG_VENDORS})
  if(ARG_SOURCES)
    set(pch std)
    if("vendor::boost_json" IN_LIST ARG_VENDORS AND "vendor::beast" IN_LIST ARG_VENDORS)
      set(pch beast)
    elseif("vendor::asio" IN_LIST ARG_VENDORS)
      set(pch asio)
    endif()
    target_precompile_headers(motorcade_${name} REUSE_FROM motorcade_pch_${pch})
  endif()
endfunction()

# motorcade_test(<name> [WHOLE] [OPTIMISED] SOURCES … LINK <ours or vendor::x>… [LABELS …] [TIMEOUT s] [PCH std|asio]):
# one GoogleTest program, every case a ctest entry named <name>.<Suite>.<Case>; WHOLE: one entry, <name>, because the
# cases share a costly server; OPTIMISED: the test's own code is hot. Label "asan" marks what the sanitizer run takes
# too; a sanitizer's tree has only those, and their names begin with the preset's ("asan.").
add_custom_target(motorcade_tests)  # every GoogleTest program; all that a sanitizer's tree needs to build
function(motorcade_test name)
  cmake_parse_arguments(ARG "WHOLE;OPTIMISED" "TIMEOUT;PCH" "SOURCES;LINK;LABELS" ${ARGN})
  set(prefix "")
  if(MOTORCADE_SANITIZE)
    if(NOT "asan" IN_LIST ARG_LABELS)
      return()
    endif()
    get_filename_component(prefix ${CMAKE_BINARY_DIR} NAME)
    string(APPEND prefix ".")
  endif()
  add_executable(${name}_test ${ARG_SOURCES})
  add_dependencies(motorcade_tests ${name}_test)
  set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests
                        UNITY_BUILD_BATCH_SIZE 8)
  target_link_libraries(${name}_test PRIVATE ${ARG_LINK} vendor::gtest GTest::gtest_main)
  target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  if(NOT ARG_PCH)
    set(ARG_PCH std)
  endif()
  if(ARG_OPTIMISED)
    target_precompile_headers(${name}_test REUSE_FROM motorcade_pch_${ARG_PCH})
  else()
    target_precompile_headers(${name}_test REUSE_FROM motorcade_pch_test_${ARG_PCH})
    target_compile_options(${name}_test PRIVATE ${MOTORCADE_TEST_FLAGS})
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(ARG_WHOLE)
    add_test(NAME ${prefix}${name} COMMAND ${name}_test)
    set_tests_properties(${prefix}${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
    return()
  endif()
  include(GoogleTest)
  gtest_discover_tests(${name}_test TEST_PREFIX "${prefix}${name}." DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

# motorcade_script_test(<name> COMMAND … [LABELS …] [TIMEOUT s]): a test that is a script (end to end, tidy, models).
function(motorcade_script_test name)
  cmake_parse_arguments(ARG "SERIAL" "TIMEOUT" "COMMAND;LABELS" ${ARGN})
  if(MOTORCADE_SANITIZE)
    return()
  endif()
  add_test(NAME ${name} COMMAND ${ARG_COMMAND} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}" RUN_SERIAL "${ARG_SERIAL}"
    ENVIRONMENT "MOTORCADE_BIN=${CMAKE_BINARY_DIR}/bin;MOTORCADE_BUILD=${CMAKE_BINARY_DIR}")
endfunction()
