# Every library that is not ours, found once. Debian 12 package names stand beside each.
set(MOTORCADE_OPENSSL "${CMAKE_SOURCE_DIR}/var/openssl" CACHE PATH "prefix of an OpenSSL >= 3.5; empty: the system's")
if(MOTORCADE_OPENSSL AND EXISTS "${MOTORCADE_OPENSSL}/lib/libcrypto.so")
  set(OPENSSL_ROOT_DIR "${MOTORCADE_OPENSSL}")
  set(OPENSSL_USE_STATIC_LIBS OFF)
  list(APPEND CMAKE_BUILD_RPATH "${MOTORCADE_OPENSSL}/lib")
  list(APPEND CMAKE_INSTALL_RPATH "${MOTORCADE_OPENSSL}/lib")
  # RPATH, not RUNPATH: librdkafka, Paho and libpq must find the same library as we do.
  add_link_options(-Wl,--disable-new-dtags)
endif()
find_package(OpenSSL 3.5 REQUIRED)                                   # see ./dev setup
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)                    # libboost1.81-dev libboost-json1.81-dev
find_package(Protobuf REQUIRED)                                      # libprotobuf-dev protobuf-compiler
find_package(tl-expected REQUIRED)                                   # libexpected-dev
find_package(spdlog REQUIRED)                                        # libspdlog-dev
find_package(yaml-cpp REQUIRED)                                      # libyaml-cpp-dev
find_package(CLI11 REQUIRED)                                         # libcli11-dev
find_package(GTest REQUIRED)                                         # libgtest-dev libgmock-dev
find_package(benchmark REQUIRED)                                     # libbenchmark-dev
find_package(rapidcheck REQUIRED)                                    # librapidcheck-dev
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)             # libzstd-dev
pkg_check_modules(rocksdb REQUIRED IMPORTED_TARGET rocksdb)          # librocksdb-dev
pkg_check_modules(pqxx REQUIRED IMPORTED_TARGET libpqxx)             # libpqxx-dev
pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka)          # librdkafka-dev
find_library(PAHO_C paho-mqtt3as REQUIRED)                           # libpaho-mqtt-dev
find_library(PAHO_CPP paho-mqttpp3 REQUIRED)                         # libpaho-mqttpp-dev

# The vendors, by the names that the edge table uses.
foreach(vendor expected asio beast boost_json openssl libcrypto protobuf zstd rocksdb pqxx rdkafka paho
        yaml spdlog cli11 gtest rapidcheck benchmark)
  add_library(vendor_${vendor} INTERFACE)
  add_library(vendor::${vendor} ALIAS vendor_${vendor})
endforeach()
target_link_libraries(vendor_expected INTERFACE tl::expected)
target_link_libraries(vendor_libcrypto INTERFACE OpenSSL::Crypto)
target_link_libraries(vendor_openssl INTERFACE OpenSSL::SSL OpenSSL::Crypto)
target_link_libraries(vendor_protobuf INTERFACE protobuf::libprotobuf)
target_link_libraries(vendor_zstd INTERFACE PkgConfig::zstd)
target_link_libraries(vendor_rocksdb INTERFACE PkgConfig::rocksdb)
target_link_libraries(vendor_pqxx INTERFACE PkgConfig::pqxx)
target_link_libraries(vendor_rdkafka INTERFACE PkgConfig::rdkafka)
target_link_libraries(vendor_paho INTERFACE ${PAHO_CPP} ${PAHO_C})
target_link_libraries(vendor_yaml INTERFACE yaml-cpp)
target_link_libraries(vendor_spdlog INTERFACE spdlog::spdlog)
target_link_libraries(vendor_cli11 INTERFACE CLI11::CLI11)
target_link_libraries(vendor_gtest INTERFACE GTest::gtest GTest::gmock)
target_link_libraries(vendor_benchmark INTERFACE benchmark::benchmark)
target_link_libraries(vendor_rapidcheck INTERFACE rapidcheck)
target_link_libraries(vendor_boost_json INTERFACE Boost::json)

# Asio and Beast are compiled once, not into every file that includes them.
add_library(asio_compiled STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cpp)
target_compile_definitions(asio_compiled PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
                           BOOST_ASIO_DISABLE_BOOST_ARRAY BOOST_ASIO_DISABLE_BOOST_BIND)
target_link_libraries(asio_compiled PUBLIC Boost::headers Threads::Threads OpenSSL::SSL OpenSSL::Crypto)
add_library(beast_compiled STATIC ${CMAKE_SOURCE_DIR}/cmake/beast.cpp)
target_compile_definitions(beast_compiled PUBLIC BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(beast_compiled PUBLIC asio_compiled)
target_link_libraries(vendor_asio INTERFACE asio_compiled)
target_link_libraries(vendor_beast INTERFACE beast_compiled)
