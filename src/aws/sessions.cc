#include "aws/sessions.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "aws/failures.h"

namespace aws {

namespace {

constexpr std::size_t kBucketsMax = 1000;  // a caller with ever new ones must not fill the memory

std::string text_of(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(boost::json::string_view(name.data(), name.size()));
  return value != nullptr && value->is_string() ? std::string(json::view(value->get_string())) : std::string();
}

}  // namespace

std::shared_ptr<CredentialsProvider> Sessions::of(std::string_view bucket, std::string_view origin, Fetch fetch) {
  const std::lock_guard lock(mutex_);
  if (providers_.size() >= kBucketsMax) providers_.clear();
  std::shared_ptr<CredentialsProvider>& provider = providers_[fmt::format("{} {}", bucket, origin)];
  if (!provider) provider = std::make_shared<Refreshing>(clock_, entropy_, std::move(fetch));
  return provider;
}

Result<Credentials> session_in(const json::Value& output) {
  const json::Object* answer = output.if_object();
  const json::Value* member = answer == nullptr ? nullptr : answer->if_contains("Credentials");
  const json::Object none;
  const json::Object& given = member != nullptr && member->is_object() ? member->get_object() : none;
  Credentials session;
  session.keys.access_key_id = text_of(given, "AccessKeyId");
  session.keys.secret_access_key = base::Secret(text_of(given, "SecretAccessKey"));
  session.keys.session_token = base::Secret(text_of(given, "SessionToken"));
  session.expires = base::parse_time(text_of(given, "Expiration"));
  session.source = "a session with the bucket";
  if (session.keys.access_key_id.empty() || session.keys.secret_access_key.reveal().empty() ||
      session.keys.session_token.reveal().empty() || !session.expires)
    return refuse(Failure::Kind::kTransport, "NoSession", "S3 answered CreateSession without a session.");
  return session;
}

}  // namespace aws
