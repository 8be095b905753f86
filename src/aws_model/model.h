// AWS's service models in memory: services, operations, shapes, with every trait that decides what goes over the wire.
// They are read out of botocore's files (aws_model/library.h) and are the one source of what Stewardry knows of an API.
//
// A Service never changes once it is made, holds everything that it points to, and may be read by any thread. Names
// and texts are views into it; shapes are shared and may be recursive. What the model leaves out has the value of the
// member's initialiser here.
//
// Source of the traits' meaning: the Smithy 2.0 specification (constraint traits, HTTP binding, XML binding, AWS
// protocols) under the names that botocore's JSON gives them.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aws_model {

enum class Type : std::uint8_t {
  kStructure,  // with a union or a document among them: see Shape
  kList,
  kMap,
  kString,  // and botocore's "character"
  kBoolean,
  kInteger,  // and "byte", "short"
  kLong,
  kFloat,
  kDouble,
  kBigInteger,
  kBigDecimal,
  kBlob,
  kTimestamp,
};
std::string_view name(Type type);  // as botocore writes it

enum class TimestampFormat : std::uint8_t { kOfProtocol, kIso8601, kRfc822, kEpochSeconds };
enum class Location : std::uint8_t { kBody, kUri, kQuery, kHeader, kHeaders, kStatusCode };
enum class Protocol : std::uint8_t { kJson, kRestJson, kRestXml, kQuery, kEc2, kCbor };
std::string_view name(Protocol protocol);  // as botocore writes it: "smithy-rpc-v2-cbor"

struct XmlNamespace {
  std::string_view prefix, uri;
};

struct Shape;

// A member of a structure; also the member of a list, and the key and the value of a map (whose name is then empty).
struct Member {
  std::string_view name;
  const Shape* shape = nullptr;
  std::string_view location_name;  // or its shape's; empty: the member's own name
  std::string_view query_name;     // ec2 only
  std::string_view context_param;  // the endpoint parameter that this member gives
  Location location = Location::kBody;
  TimestampFormat timestamp_format = TimestampFormat::kOfProtocol;  // or its shape's
  XmlNamespace xml_namespace;                                       // or its shape's
  bool required = false;
  bool flattened = false;  // it, or its shape
  bool streaming = false;  // it, or its shape
  bool xml_attribute = false;
  bool json_value = false;  // JSON text in a header, base64 around it
  bool idempotency_token = false;
  bool host_label = false;
  bool event_payload = false;
  bool deprecated = false;
};

struct Shape {
  std::string_view name;
  Type type = Type::kString;
  std::span<const Member> members;                // of a structure, in the model's order; find() is fast
  std::span<const std::uint16_t> by_name;         // of many members: their order by name; else empty
  const Member* payload = nullptr;                // of a structure: the member that is the whole body
  const Member* element = nullptr;                // of a list; of a map: its value
  const Member* key = nullptr;                    // of a map
  std::span<const std::string_view> enumeration;  // sorted; empty: anything
  std::optional<double> min, max;  // length of strings (code points), blobs (bytes), lists, maps; else range
  std::string_view pattern;        // for people: it is not checked, and AWS's own are not all right
  std::string_view location_name;  // of structures that are payloads, and of lists and maps
  XmlNamespace xml_namespace;
  TimestampFormat timestamp_format = TimestampFormat::kOfProtocol;
  bool is_union = false;
  bool is_document = false;  // any JSON value
  bool is_event_stream = false;
  bool is_event = false;
  bool sensitive = false;
  bool streaming = false;
  bool requires_length = false;  // a stream whose length must be known before
  bool flattened = false;
  bool wrapper = false;  // query: the result stands one element deeper
  bool sparse = false;
  // Of an exception.
  bool is_exception = false;
  bool fault = false;  // the server's
  bool retryable = false, throttling = false;
  std::string_view error_code;  // what the service sends, where that is not the shape's name
  int error_status = 0;

  [[nodiscard]] const Member* find(std::string_view member) const;
};

struct Parameter {  // of an endpoint rule set, given by an operation
  std::string_view name;
  std::string_view value;  // static: the JSON value; from the operation's input: a JMESPath expression
};

struct HttpChecksum {  // aws.protocols#httpChecksum
  bool required = false;
  std::string_view request_algorithm_member;
  std::string_view request_validation_mode_member;
  std::span<const std::string_view> response_algorithms;
};

struct Operation {
  std::string_view name;
  std::string_view method;       // of HTTP
  std::string_view request_uri;  // a template: "/{Bucket}/{Key+}?list-type=2"
  int response_code = 0;         // 0: not said
  const Shape* input = nullptr;  // null: takes nothing
  const Shape* output = nullptr;
  std::string_view result_wrapper;  // of query and ec2's outputs
  Member input_as_member;           // locationName and xmlNamespace of the input's root element in rest-xml
  std::span<const Shape* const> errors;
  std::string_view host_prefix;            // "{AccountId}."
  std::span<const std::string_view> auth;  // "aws.auth#sigv4", "smithy.api#noAuth", ...; empty: the service's
  bool no_auth = false;                    // authtype "none"
  bool unsigned_payload = false;           // authtype "v4-unsigned-body", or the trait
  HttpChecksum checksum;
  std::span<const std::string_view> compression;  // encodings of the request that the service takes
  std::span<const Parameter> static_parameters, input_parameters;
  bool endpoint_operation = false;
  bool endpoint_discovery = false, endpoint_discovery_required = false;
  bool idempotent = false, read_only = false, deprecated = false;
};

struct Paginator {
  std::string_view operation;
  std::span<const std::string_view> input_tokens, output_tokens, result_keys, non_aggregate_keys;  // JMESPath
  std::string_view more_results, limit_key;
};

struct Acceptor {
  enum class Matcher : std::uint8_t { kPath, kPathAll, kPathAny, kStatus, kError };
  enum class State : std::uint8_t { kSuccess, kFailure, kRetry };
  Matcher matcher = Matcher::kPath;
  State state = State::kRetry;
  std::string_view argument;  // JMESPath, of the path matchers
  std::string_view expected;  // a JSON value
};

struct Waiter {
  std::string_view name, operation;
  int delay_s = 0, attempts_max = 0;
  std::span<const Acceptor> acceptors;
};

struct Service {
  std::string_view name;  // as botocore names it: the folder
  std::string_view version, service_id, endpoint_prefix, signing_name, full_name;
  std::string_view signature_version;      // "v4", "s3", "bearer", "v2" ...
  std::span<const std::string_view> auth;  // in the order of preference
  std::span<const Protocol> protocols;     // in the order in which we prefer them; never empty
  std::string_view json_version, target_prefix;
  std::string_view global_endpoint;
  XmlNamespace xml_namespace;
  bool query_compatible = false;              // error codes as the query protocol had them: x-amzn-query-error
  std::span<const Operation> operations;      // sorted by name
  std::span<const Paginator> paginators;      // sorted by operation
  std::span<const Waiter> waiters;            // sorted by name
  std::span<const Shape> shapes;              // sorted by name
  std::span<const Parameter> client_context;  // name, type

  // Letter by letter, or in the command line's form: "get-item". In that form hyphens may stand anywhere or be left
  // out.
  [[nodiscard]] const Operation* operation(std::string_view name) const;
  [[nodiscard]] const Paginator* paginator(const Operation& operation) const;
  [[nodiscard]] const Waiter* waiter(std::string_view name) const;  // "TableExists" or "table-exists"
  [[nodiscard]] const Shape* shape(std::string_view name) const;
};

// A name in the form of AWS's command line, as botocore makes it: "DescribeDBInstances" is "describe-db-instances".
std::string command_name(std::string_view name);

}  // namespace aws_model
