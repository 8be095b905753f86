#include "pg_secrets/aws.h"

#include <fmt/format.h>

#include "aws/client.h"
#include "aws_credentials/chain.h"
#include "aws_model/library.h"
#include "base/text.h"
#include "json/parse.h"

namespace pg_secrets {
namespace {

constexpr std::chrono::seconds kTokenLife{900};

base::Error error_of(const aws::Failure& failure, const std::string& what) {
  base::Code code = base::Code::kUnavailable;
  if (failure.kind == aws::Failure::Kind::kInput) code = base::Code::kInvalid;
  if (failure.kind == aws::Failure::Kind::kConfiguration)
    code = failure.code == "NoCredentials" ? base::Code::kUnauthenticated : base::Code::kInvalid;
  if (failure.kind == aws::Failure::Kind::kService && failure.code.find("AccessDenied") != std::string::npos)
    code = base::Code::kForbidden;
  return {code, fmt::format("{}: {} ({}).", what, failure.message, failure.code), failure.detail};
}

// Of services whose words for "there is none" these are.
bool is_absent(const aws::Failure& failure) {
  return failure.kind == aws::Failure::Kind::kService &&
         (failure.code == "ResourceNotFoundException" || failure.code == "ParameterNotFound");
}

}  // namespace

base::Result<base::Secret> login_token(const sigv4::Keys& keys, const std::string& region, const std::string& host,
                                       const std::string& port, const std::string& login, base::Time now) {
  const std::string authority = fmt::format("{}:{}", host, port);
  const std::string query = "Action=connect&DBUser=" + base::percent_encode(login);
  const sigv4::Field headers[] = {{"host", authority}};
  const sigv4::Signer signer(keys);
  const std::string presigned =
      TRY(signer.presign({"GET", "/", query, headers}, {region, "rds-db"}, sigv4::kEmptyPayloadHash, now, kTokenLife));
  return base::Secret(fmt::format("{}/?{}", authority, presigned));
}

struct Aws::State {
  std::unique_ptr<aws_model::Library> models;
  net::HttpClient http;
  aws_config::Config config;
  std::shared_ptr<aws::CredentialsProvider> credentials;
  std::unique_ptr<aws::Client> client;
};

Aws::Aws(aws_config::Environment environment, const base::Clock& clock, base::Entropy& entropy)
    : environment_(std::move(environment)), clock_(clock), entropy_(entropy) {}
Aws::~Aws() = default;

base::Result<Aws::State*> Aws::state() {
  if (state_) return state_.get();
  auto made = std::make_unique<State>();
  made->models = TRY(aws_model::Library::open(""));
  made->config = TRY(aws_config::Config::load(environment_));
  const aws::Surroundings surroundings{*made->models, made->http, clock_, entropy_};
  made->credentials = aws_credentials::default_chain(surroundings, made->config);
  made->client = std::make_unique<aws::Client>(surroundings, made->config, made->credentials);
  state_ = std::move(made);
  return state_.get();
}

CallAws Aws::caller() {
  return [this](const std::string& service, const std::string& operation,
                json::Object input) -> base::Result<std::optional<json::Value>> {
    State* const own = TRY(state());
    aws::Call call;
    call.service = service;
    call.operation = operation;
    call.input = std::move(input);
    aws::Result<aws::Answer> answer = own->client->call(call);
    if (answer) return std::optional(std::move(answer->output));
    if (is_absent(answer.error())) return std::optional<json::Value>();
    return base::fail(error_of(answer.error(), fmt::format("{} {}", service, operation)));
  };
}

base::Result<base::Secret> Aws::login_token(const std::string& host, const std::string& port,
                                            const std::string& login) {
  State* const own = TRY(state());
  const aws_config::Settings settings = TRY(aws_config::settings_of(own->config, "RDS"));
  if (settings.region.empty())
    return base::fail(base::Code::kInvalid, "A token of IAM is signed for a region: set AWS_REGION.");
  const auto credentials = own->credentials->get(base::Deadline::never());
  if (!credentials) return base::fail(error_of(credentials.error(), "A token of IAM needs credentials"));
  return pg_secrets::login_token((*credentials)->keys, settings.region, host, port, login, clock_.now());
}

base::Result<base::Secret> Aws::password_in(const std::string& place) {
  const std::size_t colon = place.find(':');
  const std::string kind = place.substr(0, colon), name = colon == std::string::npos ? "" : place.substr(colon + 1);
  if ((kind != "secretsmanager" && kind != "ssm") || name.empty())
    return base::fail(
        base::Code::kInvalid,
        fmt::format("{} is no place that a password is read from: secretsmanager:NAME or ssm:NAME.", place));
  const bool is_secret = kind == "secretsmanager";
  const std::optional<json::Value> answer =
      TRY(is_secret ? caller()("secretsmanager", "GetSecretValue", json::Object{{"SecretId", name}})
                    : caller()("ssm", "GetParameter", json::Object{{"Name", name}, {"WithDecryption", true}}));
  if (!answer) return base::fail(base::Code::kNotFound, fmt::format("There is nothing in {}.", place));
  const json::Value* holder = is_secret ? &*answer : answer->get_object().if_contains("Parameter");
  const json::Value* text = holder != nullptr && holder->is_object()
                                ? holder->get_object().if_contains(is_secret ? "SecretString" : "Value")
                                : nullptr;
  if (text == nullptr || !text->is_string())
    return base::fail(base::Code::kInvalid, fmt::format("What stands in {} is no text.", place));
  const base::Result<json::Value> parsed = json::parse(json::view(text->get_string()));
  if (!parsed || !parsed->is_object()) return base::Secret(std::string(json::view(text->get_string())));
  const json::Value* password = parsed->get_object().if_contains("password");
  if (password == nullptr || !password->is_string())
    return base::fail(base::Code::kInvalid, fmt::format("The document in {} has no member `password`.", place));
  return base::Secret(std::string(json::view(password->get_string())));
}

}  // namespace pg_secrets
