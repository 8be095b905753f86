// What becomes of a body before it is sent: compressed, summed, and hashed for the signature.
//
// Source: the traits aws.protocols#httpChecksum and smithy.api#requestCompression; botocore 1.44.8, httpchecksum.py
// (which algorithm, header or trailer) and auth.py, S3SigV4Auth (when S3 need not have the payload signed).

#include <algorithm>

#include <fmt/format.h>

#include "aws/failures.h"
#include "aws/plan.h"
#include "base/text.h"
#include "net/gzip.h"
#include "sigv4/sign.h"

namespace aws {

namespace {

using Kind = Failure::Kind;

bool has_checksum_header(const net::Headers& headers) {
  constexpr std::string_view kPrefix = "x-amz-checksum-";
  return std::ranges::any_of(headers.all(), [&](const net::Header& header) {
    if (header.name.size() <= kPrefix.size() ||
        !base::equal_ignoring_case(std::string_view(header.name).substr(0, kPrefix.size()), kPrefix))
      return false;
    const std::string_view rest = std::string_view(header.name).substr(kPrefix.size());
    return !base::equal_ignoring_case(rest, "algorithm") && !base::equal_ignoring_case(rest, "mode") &&
           !base::equal_ignoring_case(rest, "type");
  });
}

void compress(Plan& plan) {
  const aws_config::Settings& settings = plan.book.settings;
  const bool known = std::ranges::find(plan.operation.compression, "gzip") != plan.operation.compression.end();
  if (!known || !settings.request_compression || plan.source != nullptr) return;
  aws_wire::Request& request = plan.request;
  if (request.body.size() < static_cast<std::size_t>(settings.request_compression_bytes_min)) return;
  request.body = net::gzip(request.body);
  const std::optional<std::string_view> before = request.headers.get("Content-Encoding");
  request.headers.set("Content-Encoding", before ? fmt::format("{},gzip", *before) : "gzip");
}

// Which checksum the request is to carry; nothing: none.
Result<std::optional<ChecksumKind>> choose_checksum(Plan& plan, Purpose purpose) {
  const aws_model::HttpChecksum& trait = plan.operation.checksum;
  const std::string_view member = trait.request_algorithm_member;
  if (has_checksum_header(plan.request.headers)) return std::optional<ChecksumKind>();
  if (!member.empty()) {
    if (const json::Value* asked = plan.input.if_contains(member); asked != nullptr && asked->is_string()) {
      const std::string_view name = json::view(asked->get_string());
      const std::optional<ChecksumKind> kind = checksum_kind(name);
      if (!kind) {
        return refuse(
            Kind::kInput, "ChecksumNotSupported",
            fmt::format("The checksum {} is not supported; CRC32, CRC32C, CRC64NVME, SHA1, SHA256 and SHA512 are.",
                        name));
      }
      return kind;
    }
  }
  const bool wanted =
      trait.required || (!member.empty() && plan.book.settings.request_checksum_calculation == "when_supported");
  if (!wanted || purpose == Purpose::kPresign) return std::optional<ChecksumKind>();
  const aws_model::Member* header = plan.operation.input == nullptr ? nullptr : plan.operation.input->find(member);
  if (header != nullptr && !header->location_name.empty())
    plan.request.headers.set(header->location_name, std::string(name_of(ChecksumKind::kCrc32)));
  return std::optional(ChecksumKind::kCrc32);
}

// The payload's SHA-256 and its checksum, in one go through the body.
class Sums final : public ByteEater {
 public:
  explicit Sums(std::optional<ChecksumKind> kind) {
    if (kind) checksum_.emplace(*kind);
  }
  void eat(std::string_view bytes) override {
    hash_.update(bytes);
    if (checksum_) checksum_->update(bytes);
  }
  std::string hash() { return base::hex(hash_.finish()); }
  std::string checksum() { return checksum_->base64(); }

 private:
  crypto::Hasher hash_{crypto::Hasher::Kind::kSha256};
  std::optional<Checksum> checksum_;
};

Result<void> read_body_through(Plan& plan, std::optional<ChecksumKind> kind) {
  Sums sums(kind);
  if (base::Result<void> read = read_through(*plan.source, sums); !read) {
    return refuse(Kind::kInput, "BodyUnreadable",
                  "The body must be readable twice, once for its checksum and its signature: " + read.error().message,
                  read.error().detail);
  }
  plan.payload_hash = sums.hash();
  if (kind) plan.request.headers.set(header_of(*kind), sums.checksum());
  return {};
}

void send_in_chunks(Plan& plan, ChecksumKind kind) {
  net::Headers& headers = plan.request.headers;
  const std::optional<std::string_view> before = headers.get("Content-Encoding");
  headers.set("Content-Encoding", before ? fmt::format("{},aws-chunked", *before) : "aws-chunked");
  headers.set("X-Amz-Trailer", std::string(header_of(kind)));
  if (const std::optional<std::uint64_t> size = plan.source->size())
    headers.set("X-Amz-Decoded-Content-Length", std::to_string(*size));
  if (plan.auth.scheme == Scheme::kNone)
    headers.set("X-Amz-Content-SHA256", std::string(sigv4::kStreamingUnsignedTrailer));
  plan.chunked = std::make_unique<ChunkedBody>(*plan.source, kind);
  plan.source = plan.chunked.get();
  plan.payload_hash = sigv4::kStreamingUnsignedTrailer;
}

Result<void> prepare_stream(Plan& plan, std::optional<ChecksumKind> kind) {
  if (plan.tls && kind) {  // TLS keeps it whole on the way: it need not be read twice
    send_in_chunks(plan, *kind);
    return {};
  }
  if (plan.tls && (plan.operation.unsigned_payload || plan.auth.s3)) {
    plan.payload_hash = sigv4::kUnsignedPayload;
    return {};
  }
  if (plan.auth.scheme != Scheme::kSigV4 && !kind) return {};
  return read_body_through(plan, kind);
}

}  // namespace

Result<void> prepare_body(Plan& plan, Purpose purpose) {
  plan.validates_answer = !plan.operation.checksum.response_algorithms.empty() &&
                          plan.input.if_contains(plan.operation.checksum.request_validation_mode_member) != nullptr;
  compress(plan);
  const std::optional<ChecksumKind> kind = TRY(choose_checksum(plan, purpose));
  if (purpose == Purpose::kPresign && plan.auth.s3) {
    plan.payload_hash = sigv4::kUnsignedPayload;
    return {};
  }
  if (plan.source != nullptr) return prepare_stream(plan, kind);
  if (kind) plan.request.headers.set(header_of(*kind), checksum_of(*kind, plan.request.body));
  if (plan.operation.unsigned_payload && plan.tls)
    plan.payload_hash = sigv4::kUnsignedPayload;
  else
    plan.payload_hash =
        plan.request.body.empty() ? std::string(sigv4::kEmptyPayloadHash) : sigv4::payload_hash(plan.request.body);
  return {};
}

}  // namespace aws
