// Everything about a call that is decided before it is sent: the input made fit and checked, the endpoint, the encoded
// request with its headers, its checksums, and how it is to be signed. What a plan does not know is the time, so that
// each attempt can be signed anew.
//
// A Plan belongs to one call and one thread.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/book.h"
#include "aws/chunked_body.h"
#include "aws/client.h"
#include "aws/customs.h"
#include "aws_wire/wire.h"

namespace aws {

enum class Purpose : std::uint8_t {
  kSend,
  kShow,     // for people: sensitive members are masked before they are encoded
  kPresign,  // as a URL
};

enum class Scheme : std::uint8_t { kNone, kSigV4, kBearer };

struct Auth {
  Scheme scheme = Scheme::kNone;
  std::string signing_name, signing_region;
  bool s3 = false;              // S3's variant of the canonical request
  bool bucket_session = false;  // by a session with the plan's bucket (sessions.h)
  std::string token;            // of kBearer. A secret.
};

struct Plan {
  Plan(Book& of_book, const aws_model::Operation& of_operation, const OperationNotes& of_notes,
       const aws_config::Environment& environment)
      : book(of_book), operation(of_operation), notes(of_notes), custom{of_book.service, of_operation, environment} {}

  Book& book;
  const aws_model::Operation& operation;
  const OperationNotes& notes;
  CustomCall custom;
  json::Object input;
  std::string region;
  std::string bucket;  // of S3; empty: none, or an ARN
  aws_wire::Request request;
  std::optional<std::string> endpoint_url;  // that the caller gave
  std::string origin;                       // scheme and authority
  bool tls = false;
  bool endpoint_given = false;  // by the caller or the configuration
  bool in_cell = false;         // moved to the address that the service named
  Auth auth;
  std::string payload_hash;
  net::BodySource* source = nullptr;  // null: the request's own body
  std::unique_ptr<ChunkedBody> chunked;
  bool validates_answer = false;  // checksums of the answer
  std::string proxy;

  [[nodiscard]] std::string url() const;
};

// What planning needs of a client.
struct Planner {
  const Surroundings& surroundings;
  const aws_config::Config& config;
  Shelf& shelf;
  CredentialsProvider* credentials;

  // `region_found`: where S3 said that the bucket is; empty: not yet.
  Result<std::unique_ptr<Plan>> plan(const Call& call, Purpose purpose, const std::string& region_found = {}) const;
};

// How the request is to be signed, out of what the endpoint, the operation and the service say. Pure but for the
// environment's tokens.
Result<Auth> choose_auth(const Plan& plan, const aws_endpoint::Endpoint& endpoint, const Call& call,
                         const aws_config::Config& config);

// Checksums, compression and the payload's hash; reads a streamed body through where they must be known before.
Result<void> prepare_body(Plan& plan, Purpose purpose);

// The input with sensitive members replaced by "***".
json::Value masked(const aws_model::Shape& shape, const json::Value& value);

inline constexpr std::string_view kMask = "***";

}  // namespace aws
