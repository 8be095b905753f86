// The configuration file: TOML 1.0, tables for settings, [[issuer]] for each issuer of tokens.

#define TOML_EXCEPTIONS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include "app/config.h"

namespace app::internal {
namespace {

std::string place(const std::string& file, const toml::node& node) {
  return fmt::format("{}:{}", file, node.source().begin.line);
}

// A scalar as text; none for what is no scalar.
std::optional<std::string> scalar(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return std::string(flag->get() ? "true" : "false");
  return std::nullopt;
}

struct Reader {
  const std::string& file;
  FileContents contents = {};
  std::string problems = {};

  void complain(const toml::node& node, std::string_view what) {
    if (!problems.empty()) problems.push_back('\n');
    problems.append(place(file, node)).append(": ").append(what);
  }

  void read_table(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
      if (name == "issuer")
        read_issuers(node);
      else if (const auto* inner = node.as_table())
        read_table(*inner, name);
      else
        read_setting(name, node);
    }
  }

  void read_setting(const std::string& name, const toml::node& node) {
    Given given{{}, place(file, node)};
    if (std::optional<std::string> text = scalar(node)) {
      given.values.push_back(std::move(*text));
    } else if (const auto* list = node.as_array()) {
      for (const toml::node& element : *list) {
        std::optional<std::string> item = scalar(element);
        if (!item) return complain(element, name + " must be a list of texts");
        given.values.push_back(std::move(*item));
      }
    } else {
      return complain(node, name + " has a type that no setting has");
    }
    contents.settings.emplace(name, std::move(given));
  }

  void read_issuers(const toml::node& node) {
    const auto* list = node.as_array();
    if (list == nullptr || !list->is_array_of_tables()) return complain(node, "issuers are written as [[issuer]]");
    for (const toml::node& element : *list) {
      contents.issuers.emplace_back();
      read_issuer(*element.as_table(), contents.issuers.back());
    }
  }

  void read_issuer(const toml::table& table, identity::Issuer& issuer) {
    for (const auto& [key, node] : table) {
      const std::string_view name = key.str();
      if (name == "name")
        take(node, issuer.name);
      else if (name == "audiences")
        take(node, issuer.audiences);
      else if (name == "algorithms")
        take(node, issuer.algorithms);
      else if (name == "jwks_url")
        take(node, issuer.jwks_url);
      else if (name == "jwks_file")
        take(node, issuer.jwks_file);
      else if (name == "trust_file")
        take(node, issuer.trust_file);
      else if (name == "user_claim")
        take(node, issuer.user_claim);
      else if (name == "workspace_claim")
        take(node, issuer.workspace_claim);
      else if (name == "cognito_access_token")
        take(node, issuer.cognito_access_token);
      else if (name == "user_claim_is_uuid")
        take(node, issuer.user_claim_is_uuid);
      else
        complain(node, fmt::format("{} is not a member of an issuer; known are name, audiences, algorithms, jwks_url, "
                                   "jwks_file, trust_file, "
                                   "user_claim, user_claim_is_uuid, workspace_claim, cognito_access_token",
                                   name));
    }
  }

  void take(const toml::node& node, std::string& out) {
    if (const auto* text = node.as_string())
      out = text->get();
    else
      complain(node, "this must be a text");
  }
  void take(const toml::node& node, bool& out) {
    if (const auto* flag = node.as_boolean())
      out = flag->get();
    else
      complain(node, "this must be true or false");
  }
  void take(const toml::node& node, std::vector<std::string>& out) {
    const auto* list = node.as_array();
    if (list == nullptr) return complain(node, "this must be a list of texts");
    for (const toml::node& element : *list) take(element, out.emplace_back());
  }
};

}  // namespace

base::Result<FileContents> read_config_file(const std::string& file) {
  const toml::parse_result parsed = toml::parse_file(file);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return base::fail(base::Code::kInvalid, fmt::format("{}:{}:{}: {}", file, error.source().begin.line,
                                                        error.source().begin.column, error.description()));
  }
  Reader reader{file};
  reader.read_table(parsed.table(), "");
  if (!reader.problems.empty()) return base::fail(base::Code::kInvalid, reader.problems);
  return std::move(reader.contents);
}

}  // namespace app::internal
