// What goes to stdout: one JSON value and a line break. Pure; any thread.

#pragma once

#include <string>

#include "aws/client.h"
#include "json/value.h"

namespace aws_cli {

// In lines with an indent of two for people, else in one line.
std::string document(const json::Value& value, bool pretty);

// {"method", "url", "headers": {...}, "body"}; a body that is no text is "bodyBase64" instead, one that stands in a
// file "bodyFile".
json::Value as_json(const aws::Prepared& prepared, const std::optional<std::string>& body_file);

}  // namespace aws_cli
