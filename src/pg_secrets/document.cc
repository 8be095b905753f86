#include "pg_secrets/document.h"

#include <fmt/format.h>

#include "json/encode.h"
#include "json/parse.h"

namespace pg_secrets {
namespace {

std::optional<pg_run::Held> entry(const json::Object& object) {
  const json::Value* login = object.if_contains("username");
  const json::Value* password = object.if_contains("password");
  if (login == nullptr || password == nullptr || !login->is_string() || !password->is_string()) return std::nullopt;
  return pg_run::Held{std::string(json::view(login->get_string())),
                      base::Secret(std::string(json::view(password->get_string())))};
}

void set(json::Object& object, const pg_run::Held& held) {
  object["username"] = held.login;
  object["password"] = held.password.reveal();
}

boost::json::string_view key_of(const pg_run::Slot& slot) { return {slot.name.data(), slot.name.size()}; }

bool has_entry(const json::Object& document, const pg_run::Slot& slot) {
  const json::Value* own = document.if_contains(key_of(slot));
  return own != nullptr && own->is_object();
}

}  // namespace

std::optional<pg_run::Held> held_in(const json::Object& document, const pg_run::Slot& slot) {
  if (has_entry(document, slot)) return entry(document.at(key_of(slot)).get_object());
  std::optional<pg_run::Held> only = entry(document);
  return only && (slot.alone || only->login == slot.name) ? only : std::nullopt;
}

json::Object with(json::Object document, const pg_run::Slot& slot, const pg_run::Held& held) {
  if (slot.alone && !has_entry(document, slot)) {
    set(document, held);
    return document;
  }
  if (const std::optional<pg_run::Held> only = entry(document)) {  // it stood alone before
    json::Object own;
    set(own, *only);
    document[only->login] = std::move(own);
    document.erase("username");
    document.erase("password");
  }
  json::Value& own = document[key_of(slot)];
  if (!own.is_object()) own = json::Object();
  set(own.get_object(), held);
  return document;
}

std::optional<json::Object> without(json::Object document, const pg_run::Slot& slot) {
  if (has_entry(document, slot)) {
    document.erase(key_of(slot));
  } else if (held_in(document, slot)) {
    document.erase("username");
    document.erase("password");
  }
  for (const auto& member : document) {
    if (member.value().is_object()) return document;
  }
  return entry(document) ? std::optional(std::move(document)) : std::nullopt;
}

base::Result<json::Object> parse_document(std::string_view text, const std::string& place) {
  const base::Result<json::Value> value = json::parse(text);
  if (!value || !value->is_object())
    return base::fail(base::Code::kInvalid,
                      fmt::format("What stands in {} is no JSON object, as passwords of logins are kept: name another "
                                  "place, or look at that one.",
                                  place));
  return value->get_object();
}

std::string text_of(const json::Object& document) {
  std::string text;
  json::append(text, json::Value(document));
  return text;
}

}  // namespace pg_secrets
