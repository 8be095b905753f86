# How every module of the house is built: flags, precompiled headers, unit tests, fuzz targets.
#
#   stewardry_module(NAME LINKS a b ... [SYSTEM lib ...])
#       Makes the static library NAME from *.cc of the current folder. LINKS are modules, and they are its allowed
#       includes. *_test.cc become one program NAME_test, registered with ctest as unit/NAME; each x_fuzz.cc becomes a
#       libFuzzer program x_fuzz where STEWARDRY_FUZZ is on; *_main.cc are left to the folder's own CMakeLists.txt.
#       STEWARDRY_TESTS off (preset release) leaves the tests out, and needs neither GoogleTest nor rapidcheck.
#   stewardry_program(NAME SOURCES ... LINKS ... [SYSTEM ...])
#       Makes a program with the same flags.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(STEWARDRY_TESTS "Build the tests (needs GoogleTest and rapidcheck)" ON)
option(STEWARDRY_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
set(STEWARDRY_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")

find_program(STEWARDRY_CCACHE ccache)
if(STEWARDRY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${STEWARDRY_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
                    -Wimplicit-fallthrough -Werror -fno-strict-aliasing -fstack-protector-strong
                    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns about code in its own headers when it inlines (PR 105329, 105651, 98465). -fpch-preprocess: for ccache.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread
                      -Wno-array-bounds -Wno-missing-field-initializers -fpch-preprocess)
else()
  # libstdc++ 12 sorts stably with what it calls deprecated itself (std::get_temporary_buffer).
  add_compile_options(-Wthread-safety -Wno-missing-field-initializers -Wno-missing-designated-field-initializers
                      -Wno-gnu-statement-expression -Wno-deprecated-declarations)
endif()
if(STEWARDRY_SANITIZE)
  add_compile_options(-fsanitize=${STEWARDRY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${STEWARDRY_SANITIZE})
  if(STEWARDRY_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND STEWARDRY_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=function)
  endif()
endif()
if(STEWARDRY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_link_options(-Wl,--as-needed)

macro(stewardry_dependencies)
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
  find_package(OpenSSL 3 REQUIRED)
  find_package(SQLite3 REQUIRED)
  find_package(fmt 9 REQUIRED)
  find_package(PostgreSQL REQUIRED)
  find_package(ICU REQUIRED COMPONENTS uc)
  find_library(BOOST_JSON_LIBRARY boost_json REQUIRED)
  find_library(BOOST_URL_LIBRARY boost_url REQUIRED)

  if(STEWARDRY_TESTS)
    find_package(GTest REQUIRED)
    find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
  endif()

  # The two precompiled headers; every module reuses the first, every test program the second.
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/pch/empty.cc CONTENT "")  # written once: no rebuild at each configure
  add_library(pch STATIC ${CMAKE_BINARY_DIR}/pch/empty.cc)
  target_precompile_headers(pch PRIVATE <algorithm> <array> <atomic> <charconv> <chrono> <cstdint> <functional> <map>
      <memory> <mutex> <optional> <span> <string> <string_view> <thread> <tuple> <unordered_map> <utility> <variant>
      <vector> <fmt/format.h> <tl/expected.hpp> <boost/json.hpp>)
  target_link_libraries(pch PRIVATE fmt::fmt Threads::Threads)
  target_compile_definitions(pch PRIVATE ${STEWARDRY_DEFINITIONS})
  if(STEWARDRY_TESTS)
    add_library(pch_test STATIC ${CMAKE_BINARY_DIR}/pch/empty.cc)
    target_precompile_headers(pch_test PRIVATE <algorithm> <chrono> <cstdint> <filesystem> <fstream> <functional> <map>
        <memory> <mutex> <optional> <span> <sstream> <string> <string_view> <thread> <variant> <vector>
        <fmt/format.h> <tl/expected.hpp> <boost/json.hpp> <gtest/gtest.h>)
    target_link_libraries(pch_test PRIVATE fmt::fmt Threads::Threads GTest::gtest)
    target_compile_definitions(pch_test PRIVATE ${STEWARDRY_DEFINITIONS})
  endif()
endmacro()

set(STEWARDRY_DEFINITIONS BOOST_ALL_NO_LIB BOOST_JSON_NO_LIB BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_NO_TS_EXECUTORS
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)

function(stewardry_flags target pch)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_compile_definitions(${target} PRIVATE ${STEWARDRY_DEFINITIONS})
  target_precompile_headers(${target} REUSE_FROM ${pch})
endfunction()

function(stewardry_module name)
  cmake_parse_arguments(ARG "" "" "LINKS;SYSTEM;TEST_LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  set(fuzzers ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  if(NOT sources)  # a module that is all headers so far
    set(sources ${CMAKE_BINARY_DIR}/pch/empty.cc)
  endif()
  add_library(${name} STATIC ${sources})
  stewardry_flags(${name} pch)
  target_link_libraries(${name} PUBLIC ${ARG_LINKS} ${ARG_SYSTEM} fmt::fmt Threads::Threads)
  if(tests AND STEWARDRY_TESTS)
    add_executable(${name}_test ${tests})
    stewardry_flags(${name}_test pch_test)
    target_link_libraries(${name}_test PRIVATE ${name} ${ARG_TEST_LINKS} ${RAPIDCHECK_LIBRARY} GTest::gtest
                          GTest::gtest_main)
    add_test(NAME unit/${name} COMMAND ${name}_test --gtest_brief=1)
    set_tests_properties(unit/${name} PROPERTIES TIMEOUT 600)
  endif()
  if(STEWARDRY_FUZZ)
    foreach(source ${fuzzers})
      get_filename_component(fuzzer ${source} NAME_WE)
      add_executable(${fuzzer} ${source})
      stewardry_flags(${fuzzer} pch)
      target_link_libraries(${fuzzer} PRIVATE ${name})
      target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
      set_property(GLOBAL APPEND PROPERTY STEWARDRY_FUZZERS ${fuzzer})
    endforeach()
  endif()
endfunction()

function(stewardry_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;SYSTEM" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  stewardry_flags(${name} pch)
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} ${ARG_SYSTEM})
endfunction()
