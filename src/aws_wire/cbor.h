// CBOR (RFC 8949) along the model: what Smithy RPC v2 has in its bodies.
//
// Written: definite lengths, the shortest heads, floats as wide as their type, timestamps as tag 1. Read: any
// well-formed item: indefinite lengths, half floats, tags (1 is a timestamp, of others the content is taken), undefined
// as null. Refused: bignums and other numbers beyond 64 bits, texts that are not UTF-8, keys that are not text,
// reserved heads, lengths beyond the end, more than limits::kAwsDepthMax levels, and anything that follows the item.
//
// What is read is untrusted: no length in it is believed before the bytes are there. Pure; any thread.

#pragma once

#include <string>
#include <string_view>

#include "aws_model/model.h"
#include "base/result.h"
#include "json/value.h"

namespace aws_wire {

// A structure of an input that has passed check(), as a map.
void append_cbor(std::string& out, const aws_model::Shape& structure, const json::Object& object);

// The members of `structure` that the map in `bytes` has, into `output`. Errors: kUnavailable.
base::Result<void> read_cbor(const aws_model::Shape& structure, std::string_view bytes, json::Object& output);

// Any item as JSON, without a model: byte strings as base64, timestamps as ISO 8601. Errors: kUnavailable.
base::Result<json::Value> read_cbor(std::string_view bytes);

}  // namespace aws_wire
