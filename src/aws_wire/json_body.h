// JSON bodies along the model, both ways: json 1.0, json 1.1 and rest-json differ only in what stands around them.
//
// A reply is read kindly where services are known to be loose (a number where text is promised, digits in a string
// where a number is, base64 without padding), and refused where guessing would be wrong. Pure; any thread.

#pragma once

#include <string>

#include "aws_model/model.h"
#include "aws_wire/path.h"
#include "aws_wire/wire.h"
#include "base/result.h"
#include "json/value.h"

namespace aws_wire {

// A value of an input that has passed check(), as JSON text. Timestamps are epoch seconds where nothing else is said.
void append_json(std::string& out, const aws_model::Member& member, const json::Value& value);
// The members of a structure; `body_only`: those without a location in the request.
void append_json(std::string& out, const aws_model::Shape& structure, const json::Object& object, bool body_only);

// A reply's value in the one form of values; null: there is nothing. Errors: kUnavailable.
base::Result<json::Value> read_json(const aws_model::Member& member, const json::Value& value, const Path& at);
// The members of `structure` that the reply's value has, into `output`; `body_only`: those without a location.
base::Result<void> read_json(const aws_model::Shape& structure, const json::Value& value, bool body_only,
                             json::Object& output, const Path& at = {});

// The reply's body as a JSON value in `storage`; null where it is empty. Errors: kUnavailable.
base::Result<json::Value> parse_reply(const Reply& reply, const boost::json::storage_ptr& storage);

// "The service's answer has A.b[0], which must be X."
base::Error reply_error(const Path& at, std::string_view story);

// An error's code without namespace and URL: "com.amazon#ValidationException:http://..." is "ValidationException".
std::string_view bare_code(std::string_view code);
// Which of the operation's errors has this code; null: none.
const aws_model::Shape* error_shape(const aws_model::Operation& operation, std::string_view code);
// What x-amzn-query-error says, "Code;Sender": the code of the time when the service spoke query. Empty: nothing.
std::string_view query_error_code(const aws_model::Service& service, const Reply& reply);
std::string request_id(const Reply& reply);
// Members that the model marks as sensitive are left out, also within others.
void drop_sensitive(const aws_model::Shape& shape, json::Object& object);

}  // namespace aws_wire
