#include "audit/diff.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/digest.h"
#include "json/encode.h"
#include "json/parse.h"

namespace audit {
namespace {

using boost::json::string_view;

struct RecordedType {
  std::string_view type;
  std::string_view thing;   // the attribute with the id of the thing that the item belongs to
  std::string_view label;   // the attribute that tells two items of the type apart
  std::string_view secret;  // an attribute that is never shown; empty: none
};

constexpr std::array<RecordedType, 8> kRecordedTypes = {{
    {"account", "uuid", "uuid", "externalId"},
    {"enablement", "accountUuid", "workspaceId", ""},
    {"node", "uuid", "uuid", ""},
    {"permissions", "nodeUuid", "nodeUuid", ""},
    {"operation", "id", "id", ""},
    {"database", "uuid", "uuid", ""},
    {"database-spec", "databaseUuid", "databaseUuid", ""},
    {"database-run", "databaseUuid", "id", ""},
}};

const RecordedType* recorded(std::string_view type) {
  const auto found = std::find_if(kRecordedTypes.begin(), kRecordedTypes.end(),
                                  [&](const RecordedType& each) { return each.type == type; });
  return found == kRecordedTypes.end() ? nullptr : &*found;
}

string_view to_boost(std::string_view text) { return {text.data(), text.size()}; }

std::string text_of(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(to_boost(name));
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(json::view(*text)) : std::string();
}

base::Result<json::Object> attributes_of(const store::Item* item) {
  if (item == nullptr) return json::Object();
  json::Value value = TRY(json::parse_stored(item->attributes));
  if (!value.is_object()) {
    return base::fail(base::Code::kCorrupt, "A stored item is damaged.", item->key.pk + " has no JSON object");
  }
  return std::move(value.as_object());
}

const json::Value* id_of(const json::Value& value) {
  const auto* object = value.if_object();
  return object != nullptr ? object->if_contains("id") : nullptr;
}

bool has_ids(const json::Value* value) {
  if (value == nullptr || !value->is_array()) return false;
  const json::Array& list = value->as_array();
  return std::all_of(list.begin(), list.end(), [](const json::Value& each) { return id_of(each) != nullptr; });
}

// By the text of their ids; those of one id stay in their order.
using Named = std::pair<std::string, const json::Value*>;
std::vector<Named> by_id(const json::Array& list) {
  std::vector<Named> sorted;
  sorted.reserve(list.size());
  for (const json::Value& each : list) sorted.emplace_back(json::encode(*id_of(each)), &each);
  std::sort(sorted.begin(), sorted.end());  // the values of one list lie in its order
  return sorted;
}

// What is in `list`, and not, just so, in `other`.
json::Array missing_in(const json::Array& list, const json::Array& other) {
  json::Array missing;
  const std::vector<Named> theirs = by_id(other);
  auto at = theirs.begin();
  for (const auto& [id, mine] : by_id(list)) {
    while (at != theirs.end() && at->first < id) ++at;
    const bool pairs = at != theirs.end() && at->first == id;
    if (!pairs || *at->second != *mine) missing.push_back(*mine);
    if (pairs) ++at;
  }
  return missing;
}

// One attribute into both sides, as far as it differs; nullptr: it is not there.
void add_attribute(string_view name, const json::Value* was, const json::Value* is, json::Object& before,
                   json::Object& after) {
  if (was != nullptr && is != nullptr && *was == *is) return;
  if (has_ids(was) && has_ids(is)) {
    json::Array went = missing_in(was->as_array(), is->as_array());
    json::Array came = missing_in(is->as_array(), was->as_array());
    if (!went.empty() || !came.empty()) {  // else only their order changed, and that shows in the whole lists alone
      if (!went.empty()) before[name] = std::move(went);
      if (!came.empty()) after[name] = std::move(came);
      return;
    }
  }
  if (was != nullptr) before[name] = *was;
  if (is != nullptr) after[name] = *is;
}

void hide(const RecordedType& type, json::Object& side) {
  if (type.secret.empty()) return;
  if (json::Value* value = side.if_contains(to_boost(type.secret))) *value = to_boost(kSecret);
}

// A name for the item that neither side has yet.
std::string name_for(const RecordedType& type, const json::Object& attributes, const Difference& so_far) {
  std::string name(type.type);
  const auto taken = [&] { return so_far.before.contains(name) || so_far.after.contains(name); };
  if (taken()) name.append(" ").append(text_of(attributes, type.label));
  while (taken()) name.push_back('\'');  // only where stored ids are damaged
  return name;
}

void bound(Difference& difference) {
  std::size_t bytes = 0;
  for (const json::Object* side : {&difference.before, &difference.after})
    for (const auto& member : *side) bytes += member.key().size() + json::encode(member.value()).size();
  if (bytes <= kDifferenceBytesMax) return;
  for (json::Object* side : {&difference.before, &difference.after})
    for (auto& member : *side) member.value() = digest_of(json::encode(member.value()));
}

}  // namespace

bool is_recorded(std::string_view item_type) { return recorded(item_type) != nullptr; }

json::Object digest_of(std::string_view json_text) {
  return {{"bytes", json_text.size()}, {"sha256", base::hex(crypto::sha256(json_text))}};
}

base::Result<Difference> difference_of(std::span<const store::Change> changes) {
  Difference difference;
  for (const store::Change& change : changes) {
    const RecordedType* type = recorded((change.after != nullptr ? change.after : change.before)->type);
    if (type == nullptr) continue;
    const json::Object was = TRY(attributes_of(change.before));
    const json::Object is = TRY(attributes_of(change.after));
    json::Object before, after;
    for (const auto& member : was)
      add_attribute(member.key(), &member.value(), is.if_contains(member.key()), before, after);
    for (const auto& member : is)
      if (!was.contains(member.key())) add_attribute(member.key(), nullptr, &member.value(), before, after);
    hide(*type, before);
    hide(*type, after);
    const json::Object& whole = change.after != nullptr ? is : was;
    difference.things.push_back(text_of(whole, type->thing));
    const std::string name = name_for(*type, whole, difference);
    if (!before.empty()) difference.before[name] = std::move(before);
    if (!after.empty()) difference.after[name] = std::move(after);
  }
  std::sort(difference.things.begin(), difference.things.end());
  difference.things.erase(std::unique(difference.things.begin(), difference.things.end()), difference.things.end());
  bound(difference);
  return difference;
}

}  // namespace audit
