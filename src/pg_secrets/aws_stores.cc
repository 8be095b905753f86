#include <fmt/format.h>

#include "pg_secrets/document.h"
#include "pg_secrets/stores.h"

namespace pg_secrets {
namespace {

constexpr std::string_view kCurrentStage = "AWSCURRENT", kPendingStage = "AWSPENDING";
constexpr std::string_view kDescription = "Database logins, set by stewardry";

std::string text_member(const json::Value& value, std::string_view name) {
  const json::Value* member = value.is_object() ? value.get_object().if_contains(name) : nullptr;
  return member != nullptr && member->is_string() ? std::string(json::view(member->get_string())) : std::string();
}

class SecretsManager final : public Backend {
 public:
  explicit SecretsManager(CallAws call) : call_(std::move(call)) {}

  base::Result<std::optional<json::Object>> read(const std::string& name, Stage stage) override {
    const std::optional<json::Value> answer = TRY(get(name, stage));
    if (!answer) return std::optional<json::Object>();
    return std::optional(TRY(parse_document(text_member(*answer, "SecretString"), "secretsmanager:" + name)));
  }

  base::Result<void> write_pending(const std::string& name, const json::Object& document) override {
    // The first version of a secret is its current one, whatever stages are asked for: so that one has nothing in it.
    if (!TRY(get(name, Stage::kCurrent)))
      TRY(call_("secretsmanager", "CreateSecret",
                json::Object{{"Name", name}, {"SecretString", "{}"}, {"Description", kDescription}}));
    return put(name, document, kPendingStage);
  }

  base::Result<void> publish(const std::string& name, const json::Object& document, bool is_pending) override {
    if (!is_pending) return put(name, document, kCurrentStage);
    const std::optional<json::Value> pending = TRY(get(name, Stage::kPending));
    const std::optional<json::Value> current = TRY(get(name, Stage::kCurrent));
    if (!pending || !current)
      return base::fail(base::Code::kConflict, fmt::format("Somebody changed secretsmanager:{} meanwhile.", name));
    TRY(call_("secretsmanager", "UpdateSecretVersionStage",
              json::Object{{"SecretId", name},
                           {"VersionStage", kCurrentStage},
                           {"MoveToVersionId", text_member(*pending, "VersionId")},
                           {"RemoveFromVersionId", text_member(*current, "VersionId")}}));
    return drop_pending(name);
  }

  base::Result<void> drop_pending(const std::string& name) override {
    const std::optional<json::Value> pending = TRY(get(name, Stage::kPending));
    if (!pending) return {};
    TRY(call_("secretsmanager", "UpdateSecretVersionStage",
              json::Object{{"SecretId", name},
                           {"VersionStage", kPendingStage},
                           {"RemoveFromVersionId", text_member(*pending, "VersionId")}}));
    return {};
  }

 private:
  base::Result<std::optional<json::Value>> get(const std::string& name, Stage stage) {
    return call_(
        "secretsmanager", "GetSecretValue",
        json::Object{{"SecretId", name}, {"VersionStage", stage == Stage::kCurrent ? kCurrentStage : kPendingStage}});
  }

  base::Result<void> put(const std::string& name, const json::Object& document, std::string_view stage) {
    const std::optional<json::Value> put =
        TRY(call_("secretsmanager", "PutSecretValue",
                  json::Object{{"SecretId", name},
                               {"SecretString", text_of(document)},
                               {"VersionStages", json::Array{boost::json::string_view(stage.data(), stage.size())}}}));
    if (!put)
      return base::fail(base::Code::kConflict, fmt::format("Somebody removed secretsmanager:{} meanwhile.", name));
    return {};
  }

  CallAws call_;
};

class Parameters final : public Backend {
 public:
  explicit Parameters(CallAws call) : call_(std::move(call)) {}

  base::Result<std::optional<json::Object>> read(const std::string& name, Stage stage) override {
    const std::optional<json::Value> answer =
        TRY(call_("ssm", "GetParameter", json::Object{{"Name", name_of(name, stage)}, {"WithDecryption", true}}));
    const json::Value* parameter =
        answer && answer->is_object() ? answer->get_object().if_contains("Parameter") : nullptr;
    if (parameter == nullptr) return std::optional<json::Object>();
    return std::optional(TRY(parse_document(text_member(*parameter, "Value"), "ssm:" + name)));
  }

  base::Result<void> write_pending(const std::string& name, const json::Object& document) override {
    return put(name_of(name, Stage::kPending), document);
  }

  base::Result<void> publish(const std::string& name, const json::Object& document, bool is_pending) override {
    TRY(put(name, document));
    return is_pending ? drop_pending(name) : base::Result<void>();
  }

  base::Result<void> drop_pending(const std::string& name) override {
    TRY(call_("ssm", "DeleteParameter", json::Object{{"Name", name_of(name, Stage::kPending)}}));
    return {};
  }

 private:
  static std::string name_of(const std::string& name, Stage stage) {
    return stage == Stage::kCurrent ? name : name + ".pending";
  }

  base::Result<void> put(const std::string& name, const json::Object& document) {
    TRY(call_("ssm", "PutParameter",
              json::Object{{"Name", name},
                           {"Value", text_of(document)},
                           {"Type", "SecureString"},
                           {"Overwrite", true},
                           {"Description", kDescription}}));
    return {};
  }

  CallAws call_;
};

}  // namespace

std::unique_ptr<Backend> secrets_manager(CallAws call) { return std::make_unique<SecretsManager>(std::move(call)); }
std::unique_ptr<Backend> parameters(CallAws call) { return std::make_unique<Parameters>(std::move(call)); }

}  // namespace pg_secrets
