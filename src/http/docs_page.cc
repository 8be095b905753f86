#include "http/docs_page.h"

#include "base/check.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace http {
namespace {

// What stands between the first <tag> and its end.
std::string_view inner(std::string_view page, std::string_view tag) {
  const std::string open = "<" + std::string(tag) + ">", close = "</" + std::string(tag) + ">";
  const std::size_t from = page.find(open), to = page.find(close);
  CHECK(from != std::string_view::npos && to != std::string_view::npos && page.find(open, from + 1) == page.npos,
        "the page has one script and one style");
  return page.substr(from + open.size(), to - from - open.size());
}

std::string source(std::string_view text) { return "'sha256-" + base::base64(crypto::sha256(text)) + "'"; }

}  // namespace

std::string docs_page_policy() {
  return "default-src 'none'; script-src " + source(inner(kDocsPage, "script")) + "; style-src " +
         source(inner(kDocsPage, "style")) +
         "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace http
