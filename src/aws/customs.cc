#include "aws/customs.h"

#include "aws/customs_rules.h"

namespace aws {

namespace {

using namespace customs;

constexpr Rule kRules[] = {
    // Names that the stock clients take instead of the model's.
    {{"ec2", "*", "Filters is Filter", "_add_parameter_aliases"}, {.input = ec2_filters}},
    {{"logs", "CreateExportTask", "fromTime is from", "_add_parameter_aliases"}, {.input = logs_from_time}},
    {{"cloudsearchdomain", "Search", "returnFields is return", "_add_parameter_aliases"},
     {.input = search_return_fields}},

    // Inputs that are made fit.
    {{"route53", "*", "/hostedzone/Z1 is Z1", "fix_route53_ids"}, {.input = route53_ids}},
    {{"glacier", "*", "no accountId is the caller's, -", "inject_account_id"}, {.input = glacier_account}},
    {{"ec2", "RunInstances", "UserData is sent as base64", "base64_encode_user_data"}, {.input = user_data}},
    {{"autoscaling", "CreateLaunchConfiguration", "UserData is sent as base64", "base64_encode_user_data"},
     {.input = user_data}},
    {{"s3", "*", "a bucket is a name or an ARN", "validate_bucket_name"}, {.input = s3_bucket_name}},
    {{"s3", "ListObjects", "keys are asked for URL-encoded, and decoded", "set_list_objects_encoding_type_url"},
     {.input = s3_encode_keys, .output = s3_decode_keys}},
    {{"s3", "ListObjectsV2", "keys are asked for URL-encoded, and decoded", "set_list_objects_encoding_type_url"},
     {.input = s3_encode_keys, .output = s3_decode_keys}},
    {{"s3", "ListObjectVersions", "keys are asked for URL-encoded, and decoded", "set_list_objects_encoding_type_url"},
     {.input = s3_encode_keys, .output = s3_decode_keys}},
    {{"s3", "CopyObject", "CopySource is percent-encoded, and may be {Bucket, Key, VersionId}",
      "handle_copy_source_param"},
     {.input = s3_copy_source}},
    {{"s3", "UploadPartCopy", "CopySource is percent-encoded, and may be {Bucket, Key, VersionId}",
      "handle_copy_source_param"},
     {.input = s3_copy_source}},
    {{"s3", "CopyObject", "metadata is ASCII", "validate_ascii_metadata"}, {.input = s3_ascii_metadata}},
    {{"s3", "PutObject", "metadata is ASCII", "validate_ascii_metadata"}, {.input = s3_ascii_metadata}},
    {{"s3", "CreateMultipartUpload", "metadata is ASCII", "validate_ascii_metadata"}, {.input = s3_ascii_metadata}},
    {{"s3", "*", "a customer's key goes as base64, with its MD5", "sse_md5, copy_source_sse_md5"},
     {.input = s3_customer_key}},

    // Where it goes.
    {{"s3", "*", "path style for GetBucketLocation, never for an ARN", "customize_endpoint_resolver_builtins"},
     {.endpoint = s3_path_style}},
    {{"s3", "*", "the bucket is in the endpoint's URL, not again in the path",
      "remove_bucket_from_url_paths_from_model"},
     {.request = s3_bucket_out_of_path}},
    {{"s3control", "*", "the account is in the endpoint's host, not again before it",
      "remove_accid_host_prefix_from_model"},
     {.request = s3_control_host}},
    {{"machinelearning", "Predict", "goes to PredictEndpoint", "switch_host_machinelearning"},
     {.request = predict_host}},

    // What is sent besides.
    {{"apigateway", "*", "Accept: application/json", "add_accept_header"}, {.request = accept_json}},
    {{"glacier", "*", "x-amz-glacier-version", "add_glacier_version"}, {.request = glacier_version}},
    {{"glacier", "UploadArchive", "digest and tree hash of the body", "add_glacier_checksums"},
     {.request = glacier_checksums}},
    {{"glacier", "UploadMultipartPart", "digest and tree hash of the body", "add_glacier_checksums"},
     {.request = glacier_checksums}},
    {{"s3", "DeleteObjects", "line ends within keys survive XML", "escape_xml_payload"}, {.request = escape_line_ends}},
    {{"s3", "PutBucketLifecycleConfiguration", "line ends within prefixes survive XML", "escape_xml_payload"},
     {.request = escape_line_ends}},
    {{"cloudsearchdomain", "Search", "POST with a form, because queries are long", "change_get_to_post"},
     {.request = get_to_post}},
    {{"polly", "SynthesizeSpeech", "no Content-Type in a presigned URL", "remove_content_type_header_for_presigning"},
     {.request = no_content_type_presigned}},
    {{"*", "*", "x-amz-api-version where an operation finds endpoints", "inject_api_version_header_if_needed"},
     {.request = discovery_version}},
    {{"*", "*", "X-Amzn-Trace-Id within Lambda, so that loops are noticed", "add_recursion_detection_header"},
     {.request = lambda_trace}},
    {{"ec2", "CopySnapshot", "a URL presigned for the source's region", "inject_presigned_url_ec2"},
     {.cross_region_url = "PresignedUrl"}},
    {{"rds", "CopyDBClusterSnapshot", "a URL presigned for the source's region", "inject_presigned_url_rds"},
     {.cross_region_url = "PreSignedUrl"}},
    {{"rds", "CreateDBCluster", "a URL presigned for the source's region", "inject_presigned_url_rds"},
     {.cross_region_url = "PreSignedUrl"}},
    {{"rds", "CopyDBSnapshot", "a URL presigned for the source's region", "inject_presigned_url_rds"},
     {.cross_region_url = "PreSignedUrl"}},
    {{"rds", "CreateDBInstanceReadReplica", "a URL presigned for the source's region", "inject_presigned_url_rds"},
     {.cross_region_url = "PreSignedUrl"}},
    {{"rds", "StartDBInstanceAutomatedBackupsReplication", "a URL presigned for the source's region",
      "inject_presigned_url_rds"},
     {.cross_region_url = "PreSignedUrl"}},
    {{"neptune", "CopyDBClusterSnapshot", "a URL presigned for the source's region", "inject_presigned_url_rds"},
     {.cross_region_url = "PreSignedUrl"}},
    {{"neptune", "CreateDBCluster", "a URL presigned for the source's region", "inject_presigned_url_rds"},
     {.cross_region_url = "PreSignedUrl"}},
    {{"docdb", "CopyDBClusterSnapshot", "a URL presigned for the source's region", "inject_presigned_url_rds"},
     {.cross_region_url = "PreSignedUrl"}},
    {{"docdb", "CreateDBCluster", "a URL presigned for the source's region", "inject_presigned_url_rds"},
     {.cross_region_url = "PreSignedUrl"}},

    // What is not signed, whatever the model says.
    {{"cognito-identity", "GetId", "not signed", "disable_signing"}, {.without_signature = true}},
    {{"cognito-identity", "GetOpenIdToken", "not signed", "disable_signing"}, {.without_signature = true}},
    {{"cognito-identity", "UnlinkIdentity", "not signed", "disable_signing"}, {.without_signature = true}},
    {{"cognito-identity", "GetCredentialsForIdentity", "not signed", "disable_signing"}, {.without_signature = true}},
    {{"sts", "AssumeRoleWithSAML", "not signed", "disable_signing"}, {.without_signature = true}},
    {{"sts", "AssumeRoleWithWebIdentity", "not signed", "disable_signing"}, {.without_signature = true}},

    // Answers that are not what they seem.
    {{"s3", "*", "an error within a 200 is an error", "_handle_200_error"}, {.reply = s3_error_within_success}},
    {{"s3", "*", "an Expires that is no date is left out", "handle_expires_header"}, {.reply = s3_expires}},
    {{"dynamodb", "*", "x-amz-crc32 is that of the body", "retries/special.py, RetryDDBChecksumError"},
     {.intact = dynamodb_checksum}},
    {{"s3", "GetBucketLocation", "the root element is the region", "parse_get_bucket_location"},
     {.output = s3_bucket_location}},
    {{"ec2", "GetConsoleOutput", "Output is base64 on the wire", "decode_console_output"}, {.output = console_output}},
    {{"sso-oidc", "*", "the message is OAuth's error_description", "_map_oauth2_errors"}, {.error = oauth_message}},
};

}  // namespace

std::span<const Rule> all_rules() { return kRules; }

std::vector<const Rule*> rules_of(const aws_model::Service& service, const aws_model::Operation& operation) {
  std::vector<const Rule*> found;
  for (const Rule& rule : all_rules()) {
    const bool of_service = rule.service == "*" || rule.service == service.name;
    if (of_service && (rule.operation == "*" || rule.operation == operation.name)) found.push_back(&rule);
  }
  return found;
}

}  // namespace aws
