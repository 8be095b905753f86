// The body of a query or ec2 request: "Action=RunInstances&Version=2016-11-15&InstanceId.1=i-1". What both protocols
// share; where they differ is Dialect.
//
//   structure   Outer.Inner=value; nothing where it is empty
//   list        query: Name.member.1=, or Name.1= where it is flattened; empty: "Name=". ec2: Name.1=; empty: nothing
//   map         Name.entry.1.key=&Name.entry.1.value=, or Name.1.key= where it is flattened; empty: nothing
//   scalar      blobs base64, timestamps ISO 8601
//
// Source: Smithy 2.0, "AWS query protocol" and "AWS EC2 query protocol". Pure; not shared between threads.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aws_model/model.h"
#include "aws_wire/wire.h"
#include "json/value.h"

namespace aws_wire::query {

enum class Dialect : std::uint8_t { kQuery, kEc2 };

// Fills in body and content type.
void encode(Dialect dialect, const aws_model::Service& service, const aws_model::Operation& operation,
            const json::Object& input, Request& request);

}  // namespace aws_wire::query
