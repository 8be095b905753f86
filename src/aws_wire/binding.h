// HTTP bindings of rest-json and rest-xml: which members of an input stand in the path, the query and the headers, and
// which of an output in headers and status. The rest is the body's, and the protocol's own.
//
// Source: Smithy 2.0, "HTTP bindings". Pure; any thread.

#pragma once

#include <string>
#include <string_view>

#include "aws_model/model.h"
#include "aws_wire/wire.h"
#include "base/result.h"
#include "json/value.h"

namespace aws_wire {

// Method, path, query and headers of `request` from the operation's template and the members that are bound. Errors:
// kInvalid (a label of the path that is empty; a character that a header cannot carry).
base::Result<void> bind_request(const aws_model::Operation& operation, const json::Object& input, Request& request);

// The members of `shape` (an output, or an error) that stand in headers and status, into `output`. Errors:
// kUnavailable.
base::Result<void> bind_reply(const aws_model::Shape& shape, const Reply& reply, json::Object& output);

// What rest protocols have as body: the payload member's value, or the members without a location.
struct Body {
  const aws_model::Member* payload = nullptr;  // null: the structure's own members
  const json::Value* value = nullptr;          // of the payload; null: absent
  bool streams = false;                        // a payload that streams, or a blob or string taken as it is
  bool any_member = false;                     // whether any member without a location is given
};
Body body_of(const aws_model::Operation& operation, const json::Object& input);

// Unreserved characters (RFC 3986) as they are, everything else %XX; `slash` too where it may stay.
std::string percent_encode(std::string_view text, bool slash_stays = false);

// The member that fills {label} of a path; null: none does.
const aws_model::Member* label_member(const aws_model::Shape* input, std::string_view label);

// Without control characters, which would end a header; and the letters of a name (RFC 9110).
bool is_header_text(std::string_view text);
bool is_header_name(std::string_view text);

}  // namespace aws_wire
