// The JSON document that stands in a place of passwords, and what one slot of it says. Pure; any thread.
//
// One login alone: {"username": "app", "password": "..."}, which is what AWS's own rotation functions and drivers read;
// members of others (host, port, dbname ...) stay as they are. Several: {"app": {"username": ..., "password": ...},
// "migrator": {...}}, by the names of the spec.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/value.h"
#include "pg_run/run.h"

namespace pg_secrets {

std::optional<pg_run::Held> held_in(const json::Object& document, const pg_run::Slot& slot);
json::Object with(json::Object document, const pg_run::Slot& slot, const pg_run::Held& held);
// Without this slot; nothing where no other is left.
std::optional<json::Object> without(json::Object document, const pg_run::Slot& slot);

// kInvalid, without a word of the text, where it is no JSON object.
base::Result<json::Object> parse_document(std::string_view text, const std::string& place);
std::string text_of(const json::Object& document);

}  // namespace pg_secrets
