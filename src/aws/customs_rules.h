// The functions that the rows of customs.cc name; what each is for is said there. Pure; any thread.

#pragma once

#include <string>
#include <string_view>

#include "aws/customs.h"

namespace aws::customs {

void ec2_filters(CustomCall&, json::Object& input, Problems&);
void logs_from_time(CustomCall&, json::Object& input, Problems&);
void search_return_fields(CustomCall&, json::Object& input, Problems&);
void route53_ids(CustomCall&, json::Object& input, Problems&);
void glacier_account(CustomCall&, json::Object& input, Problems&);
void user_data(CustomCall&, json::Object& input, Problems&);
void s3_bucket_name(CustomCall&, json::Object& input, Problems&);
void s3_encode_keys(CustomCall&, json::Object& input, Problems&);
void s3_copy_source(CustomCall&, json::Object& input, Problems&);
void s3_ascii_metadata(CustomCall&, json::Object& input, Problems&);
void s3_customer_key(CustomCall&, json::Object& input, Problems&);

void s3_path_style(const CustomCall&, const json::Object& input, aws_endpoint::BuiltIns&);

Result<void> s3_bucket_out_of_path(CustomCall&, const json::Object& input, aws_wire::Request&);
Result<void> s3_control_host(CustomCall&, const json::Object& input, aws_wire::Request&);
Result<void> predict_host(CustomCall&, const json::Object& input, aws_wire::Request&);
Result<void> accept_json(CustomCall&, const json::Object& input, aws_wire::Request&);
Result<void> glacier_version(CustomCall&, const json::Object& input, aws_wire::Request&);
Result<void> glacier_checksums(CustomCall&, const json::Object& input, aws_wire::Request&);
Result<void> escape_line_ends(CustomCall&, const json::Object& input, aws_wire::Request&);
Result<void> get_to_post(CustomCall&, const json::Object& input, aws_wire::Request&);
Result<void> no_content_type_presigned(CustomCall&, const json::Object& input, aws_wire::Request&);
Result<void> discovery_version(CustomCall&, const json::Object& input, aws_wire::Request&);
Result<void> lambda_trace(CustomCall&, const json::Object& input, aws_wire::Request&);

void s3_error_within_success(const CustomCall&, aws_wire::Reply&);
void s3_expires(const CustomCall&, aws_wire::Reply&);
bool dynamodb_checksum(const aws_wire::Reply&);
void s3_decode_keys(const CustomCall&, const aws_wire::Reply&, json::Object& output);
void s3_bucket_location(const CustomCall&, const aws_wire::Reply&, json::Object& output);
void console_output(const CustomCall&, const aws_wire::Reply&, json::Object& output);
void oauth_message(const aws_wire::Reply&, aws_wire::ServiceError&);

// Whether an S3 bucket is given by its ARN (of an access point, or on an outpost).
bool is_arn(std::string_view bucket);
// The name of an XML document's root element, and its text where it has no children; empty: there is none.
struct Root {
  std::string_view name, text;
};
Root root_of(std::string_view xml);

}  // namespace aws::customs
