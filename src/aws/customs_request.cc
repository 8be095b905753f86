// Rules about where a request goes, and what it has besides what the model says.

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "aws/checksum.h"
#include "aws/chunked_body.h"
#include "aws/customs_rules.h"
#include "base/text.h"
#include "crypto/hasher.h"

namespace aws::customs {

namespace {

using crypto::Hasher;

// Glacier's digests: of the whole, and of the tree whose leaves are pieces of 1 MiB (Amazon Glacier Developer Guide,
// "Computing checksums").
class TreeHash final : public ByteEater {
 public:
  void eat(std::string_view bytes) override {
    whole_.update(bytes);
    while (!bytes.empty()) {
      const std::size_t count = std::min(bytes.size(), kLeafBytes - filled_);
      leaf_.update(bytes.substr(0, count));
      bytes.remove_prefix(count);
      filled_ += count;
      if (filled_ == kLeafBytes) end_leaf();
    }
  }
  std::string whole() { return base::hex(whole_.finish()); }
  std::string tree() {
    if (filled_ > 0 || level_.empty()) end_leaf();
    while (level_.size() > 1) {
      std::vector<std::string> above;
      for (std::size_t i = 0; i + 1 < level_.size(); i += 2)
        above.push_back(Hasher::of(Hasher::Kind::kSha256, level_[i] + level_[i + 1]));
      if (level_.size() % 2 == 1) above.push_back(level_.back());
      level_ = std::move(above);
    }
    return base::hex(level_.front());
  }

 private:
  static constexpr std::size_t kLeafBytes = 1024 * 1024;

  void end_leaf() {
    level_.push_back(leaf_.finish());
    leaf_ = Hasher(Hasher::Kind::kSha256);
    filled_ = 0;
  }

  Hasher whole_{Hasher::Kind::kSha256}, leaf_{Hasher::Kind::kSha256};
  std::size_t filled_ = 0;
  std::vector<std::string> level_;
};

void add_where_absent(aws_wire::Request& request, std::string_view name, std::string value) {
  if (!request.headers.get(name)) request.headers.add(std::string(name), std::move(value));
}

void without_header(aws_wire::Request& request, std::string_view name) {
  net::Headers kept;
  for (const net::Header& header : request.headers.all()) {
    if (!base::equal_ignoring_case(header.name, name)) kept.add(header.name, header.value);
  }
  request.headers = std::move(kept);
}

}  // namespace

void s3_path_style(const CustomCall& call, const json::Object& input, aws_endpoint::BuiltIns& built_ins) {
  const json::Value* bucket = input.if_contains("Bucket");
  if (call.operation.name == "GetBucketLocation")
    built_ins.s3_path_style = true;
  else if (bucket != nullptr && bucket->is_string() && is_arn(json::view(bucket->get_string())))
    built_ins.s3_path_style = false;
}

Result<void> s3_bucket_out_of_path(CustomCall& call, const json::Object& /*input*/, aws_wire::Request& request) {
  constexpr std::string_view kBucket = "/{Bucket}";
  if (!call.operation.request_uri.starts_with(kBucket)) return {};
  const std::size_t end = std::min(request.path.find('/', 1), request.path.size());
  request.path.erase(0, end);
  return {};
}

Result<void> s3_control_host(CustomCall& call, const json::Object& /*input*/, aws_wire::Request& request) {
  const bool requires_account =
      std::ranges::any_of(call.operation.static_parameters, [](const aws_model::Parameter& parameter) {
        return parameter.name == "RequiresAccountId" && parameter.value == "true";
      });
  if (requires_account && call.operation.host_prefix == "{AccountId}.") request.host_prefix.clear();
  return {};
}

Result<void> predict_host(CustomCall& call, const json::Object& input, aws_wire::Request& /*request*/) {
  const json::Value* endpoint = input.if_contains("PredictEndpoint");
  if (endpoint != nullptr && endpoint->is_string()) call.url = json::view(endpoint->get_string());
  return {};
}

Result<void> accept_json(CustomCall& /*call*/, const json::Object& /*input*/, aws_wire::Request& request) {
  add_where_absent(request, "Accept", "application/json");
  return {};
}

Result<void> glacier_version(CustomCall& call, const json::Object& /*input*/, aws_wire::Request& request) {
  add_where_absent(request, "x-amz-glacier-version", std::string(call.service.version));
  return {};
}

Result<void> glacier_checksums(CustomCall& call, const json::Object& /*input*/, aws_wire::Request& request) {
  TreeHash hash;
  if (request.body_streams && call.body != nullptr) {
    if (base::Result<void> read = read_through(*call.body, hash); !read) {
      Failure failure;
      failure.kind = Failure::Kind::kInput;
      failure.code = "BodyUnreadable";
      failure.message = "The body must be readable twice, first for its checksum: " + read.error().message;
      return tl::unexpected(std::move(failure));
    }
  } else {
    hash.eat(request.body);
  }
  add_where_absent(request, "x-amz-content-sha256", hash.whole());
  add_where_absent(request, "x-amz-sha256-tree-hash", hash.tree());
  return {};
}

Result<void> escape_line_ends(CustomCall& /*call*/, const json::Object& /*input*/, aws_wire::Request& request) {
  std::string escaped;
  for (const char c : request.body) {
    if (c == '\r')
      escaped += "&#xD;";
    else if (c == '\n')
      escaped += "&#xA;";
    else
      escaped += c;
  }
  request.body = std::move(escaped);
  return {};
}

Result<void> get_to_post(CustomCall& call, const json::Object& /*input*/, aws_wire::Request& request) {
  if (call.presigned || request.method != "GET" || request.query.empty()) return {};
  request.method = "POST";
  request.body = std::exchange(request.query, {});
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  return {};
}

Result<void> no_content_type_presigned(CustomCall& call, const json::Object& /*input*/, aws_wire::Request& request) {
  if (call.presigned) without_header(request, "Content-Type");
  return {};
}

Result<void> discovery_version(CustomCall& call, const json::Object& /*input*/, aws_wire::Request& request) {
  if (call.operation.endpoint_operation) request.headers.set("x-amz-api-version", std::string(call.service.version));
  return {};
}

Result<void> lambda_trace(CustomCall& call, const json::Object& /*input*/, aws_wire::Request& request) {
  const auto trace = call.environment.find("_X_AMZN_TRACE_ID");
  if (trace == call.environment.end() || trace->second.empty() ||
      call.environment.find("AWS_LAMBDA_FUNCTION_NAME") == call.environment.end())
    return {};
  constexpr std::string_view kPlain = "-=;:+&[]{}\"',";
  std::string encoded;
  for (const char c : trace->second) {
    if (kPlain.find(c) != std::string_view::npos)
      encoded += c;
    else
      encoded += base::percent_encode({&c, 1});
  }
  add_where_absent(request, "X-Amzn-Trace-Id", encoded);
  return {};
}

}  // namespace aws::customs
