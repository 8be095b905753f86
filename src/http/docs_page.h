// The reference page (/docs): one HTML document, src/http/docs_page.html, put into the program by cmake/embed.cmake. It
// needs nothing from anywhere but /openapi.json of the same server, which it renders in the browser.

#pragma once

#include <string>
#include <string_view>

namespace http {

extern const std::string_view kDocsPage;

// Its Content-Security-Policy: the page's own script and styles, by their SHA-256, and nothing else.
std::string docs_page_policy();

}  // namespace http
