// The bodies of each protocol, for wire.cc alone, which deals with what all have in common: HTTP bindings (binding.h),
// timestamps (scalar.h), tokens. Each protocol is a file of its own.

#pragma once

#include <string>

#include "aws_model/model.h"
#include "aws_wire/wire.h"
#include "base/result.h"
#include "json/value.h"

namespace aws_wire::protocol {

// Body and content type (and, where the protocol has them, target headers and path) of a request.
base::Result<void> encode_json(const aws_model::Service&, const aws_model::Operation&, const json::Object&, Request&);
base::Result<void> encode_rest_json(const aws_model::Service&, const aws_model::Operation&, const json::Object&,
                                    Request&);
base::Result<void> encode_cbor(const aws_model::Service&, const aws_model::Operation&, const json::Object&, Request&);
base::Result<void> encode_query(const aws_model::Service&, const aws_model::Operation&, const json::Object&, Request&);
base::Result<void> encode_ec2(const aws_model::Service&, const aws_model::Operation&, const json::Object&, Request&);
base::Result<void> encode_rest_xml(const aws_model::Service&, const aws_model::Operation&, const json::Object&,
                                   Request&);

// The members that stand in the body, into `output`.
base::Result<void> decode_json(const aws_model::Service&, const aws_model::Operation&, const Reply&,
                               json::Object& output);
base::Result<void> decode_rest_json(const aws_model::Service&, const aws_model::Operation&, const Reply&,
                                    json::Object& output);
base::Result<void> decode_cbor(const aws_model::Service&, const aws_model::Operation&, const Reply&,
                               json::Object& output);
base::Result<void> decode_query(const aws_model::Service&, const aws_model::Operation&, const Reply&,
                                json::Object& output);
base::Result<void> decode_ec2(const aws_model::Service&, const aws_model::Operation&, const Reply&,
                              json::Object& output);
base::Result<void> decode_rest_xml(const aws_model::Service&, const aws_model::Operation&, const Reply&,
                                   json::Object& output);

// Code, message, request id and members, as far as the body or the headers give them; never fails.
ServiceError error_json(const aws_model::Service&, const aws_model::Operation&, const Reply&);  // and rest-json
ServiceError error_cbor(const aws_model::Service&, const aws_model::Operation&, const Reply&);
ServiceError error_xml(const aws_model::Service&, const aws_model::Operation&, const Reply&);  // query, ec2, rest-xml

}  // namespace aws_wire::protocol
