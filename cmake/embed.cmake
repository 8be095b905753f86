# Puts a file into a program, with no tool but CMake: a .cc that defines `extern const std::string_view SYMBOL`.
#
#   stewardry_embed(TARGET FILE SYMBOL)        SYMBOL with its namespace: http::kDocsPage
#
# The .cc is made again whenever the file has changed. Bytes are written as numbers, so any file will do.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(STEWARDRY_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
  function(stewardry_embed target file symbol)
    get_filename_component(name ${file} NAME_WE)
    set(input ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}_embedded.cc)
    add_custom_command(OUTPUT ${output} DEPENDS ${input} ${STEWARDRY_EMBED_SCRIPT} VERBATIM
      COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -DSYMBOL=${symbol} -P ${STEWARDRY_EMBED_SCRIPT})
    target_sources(${target} PRIVATE ${output})
  endfunction()
  return()
endif()

string(REGEX MATCH "^(.*)::([^:]+)$" matched "${SYMBOL}")
set(namespace ${CMAKE_MATCH_1})
set(name ${CMAKE_MATCH_2})
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "(................................................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
get_filename_component(file ${INPUT} NAME)
file(WRITE ${OUTPUT} "// Made from ${file} by cmake/embed.cmake; change that file, not this one.
#include <string_view>

namespace ${namespace} {
namespace {
constexpr unsigned char kBytes[] = {
${bytes}};
}
extern const std::string_view ${name};
const std::string_view ${name}(reinterpret_cast<const char*>(kBytes), sizeof(kBytes));
}  // namespace ${namespace}
")
