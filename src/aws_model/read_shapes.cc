#include "aws_model/read_shapes.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace aws_model {

namespace {

constexpr std::size_t kMembersSearchedInTurn = 12;  // with more, find() is given an order by name

constexpr std::pair<std::string_view, Type> kTypes[] = {{"structure", Type::kStructure},
                                                        {"list", Type::kList},
                                                        {"map", Type::kMap},
                                                        {"string", Type::kString},
                                                        {"character", Type::kString},
                                                        {"boolean", Type::kBoolean},
                                                        {"integer", Type::kInteger},
                                                        {"short", Type::kInteger},
                                                        {"byte", Type::kInteger},
                                                        {"long", Type::kLong},
                                                        {"float", Type::kFloat},
                                                        {"double", Type::kDouble},
                                                        {"blob", Type::kBlob},
                                                        {"timestamp", Type::kTimestamp},
                                                        {"bigInteger", Type::kBigInteger},
                                                        {"bigDecimal", Type::kBigDecimal}};

constexpr std::pair<std::string_view, Location> kLocations[] = {
    {"uri", Location::kUri},         {"querystring", Location::kQuery},     {"header", Location::kHeader},
    {"headers", Location::kHeaders}, {"statusCode", Location::kStatusCode}, {"body", Location::kBody}};

constexpr std::pair<std::string_view, TimestampFormat> kFormats[] = {{"iso8601", TimestampFormat::kIso8601},
                                                                     {"rfc822", TimestampFormat::kRfc822},
                                                                     {"unixTimestamp", TimestampFormat::kEpochSeconds}};

// What a word of a closed set stands for; `fallback` where it is absent.
template <class T, std::size_t N>
T word_of(const Fields& fields, std::string_view key, const std::pair<std::string_view, T> (&words)[N], T fallback) {
  const json::Value* value = fields.find(key);
  if (value == nullptr) return fallback;
  const auto* string = value->if_string();
  if (string == nullptr) {
    fields.reading().refuse(fields.path().at(key), "This must be a string.");
    return fallback;
  }
  const std::string_view text = json::view(*string);
  for (const auto& [word, meaning] : words) {
    if (base::equal_ignoring_case(word, text)) return meaning;
  }
  fields.reading().refuse(fields.path().at(key), fmt::format("\"{}\" is not known here.", text));
  return fallback;
}

// A shape that has nothing else need not be asked for everything else.
constexpr std::string_view kCommonTraits[] = {"type",  "members", "required", "member", "key",
                                              "value", "enum",    "min",      "max",    "pattern"};

std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Shapes Shapes::read(const Fields& model) {
  Reading& reading = model.reading();
  const json::Object& section = model.section("shapes");
  const json::Path place = model.path().at("shapes");

  std::vector<std::pair<std::string_view, const json::Value*>> sources;
  sources.reserve(section.size());
  for (const auto& [name, value] : section) sources.emplace_back(view(name), &value);
  std::sort(sources.begin(), sources.end());

  Shapes shapes;
  shapes.all_ = reading.array<Shape>(sources.size());
  shapes.by_name_.reserve(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    Shape& shape = shapes.all_[i];
    shape.name = reading.keep(sources[i].first);
    shapes.by_name_.emplace(shape.name, &shape);
    const json::Path here = place.at(shape.name);
    shapes.read_traits(Fields(reading, *sources[i].second, here), shape);
  }
  // Only now: a member has traits of the shape that it names.
  for (std::size_t i = 0; i < sources.size() && !reading.error(); ++i) {
    const json::Path here = place.at(shapes.all_[i].name);
    shapes.read_children(Fields(reading, *sources[i].second, here), shapes.all_[i]);
  }
  return shapes;
}

Shape* Shapes::named_by(const Fields& reference) const {
  const json::Value* value = reference.find("shape");
  const auto* name = value == nullptr ? nullptr : value->if_string();
  if (name == nullptr) {
    reference.reading().refuse(reference.path().at("shape"), "This must be the name of a shape.");
    return nullptr;
  }
  const auto found = by_name_.find(json::view(*name));
  if (found != by_name_.end()) return found->second;
  reference.reading().refuse(reference.path().at("shape"), fmt::format("There is no shape \"{}\".", json::view(*name)));
  return nullptr;
}

void Shapes::read_traits(const Fields& fields, Shape& shape) const {
  if (fields.find("type") == nullptr) {
    fields.reading().refuse(fields.path().at("type"), "This must be the type of the shape.");
    return;
  }
  shape.type = word_of(fields, "type", kTypes, Type::kString);
  const std::span<std::string_view> enumeration = fields.texts("enum");
  std::sort(enumeration.begin(), enumeration.end());
  shape.enumeration = enumeration;
  shape.min = fields.number("min");
  shape.max = fields.number("max");
  shape.pattern = fields.text("pattern");
  const bool has_more = std::any_of(fields.object().begin(), fields.object().end(), [](const auto& entry) {
    return std::find(std::begin(kCommonTraits), std::end(kCommonTraits), view(entry.key())) == std::end(kCommonTraits);
  });
  if (has_more) read_other_traits(fields, shape);
}

void Shapes::read_other_traits(const Fields& fields, Shape& shape) const {
  shape.location_name = fields.text("locationName");
  shape.xml_namespace = fields.xml_namespace("xmlNamespace");
  shape.timestamp_format = word_of(fields, "timestampFormat", kFormats, TimestampFormat::kOfProtocol);
  shape.is_union = fields.flag("union");
  shape.is_document = fields.flag("document");
  shape.is_event_stream = fields.flag("eventstream");
  shape.is_event = fields.flag("event");
  shape.sensitive = fields.flag("sensitive");
  shape.streaming = fields.flag("streaming");
  shape.requires_length = fields.flag("requiresLength");
  shape.flattened = fields.flag("flattened");
  shape.wrapper = fields.flag("wrapper");
  shape.sparse = fields.flag("sparse");
  shape.is_exception = fields.flag("exception");
  shape.fault = fields.flag("fault");
  if (const json::Value* retryable = fields.find("retryable")) {
    const json::Path here = fields.path().at("retryable");
    shape.retryable = true;
    shape.throttling = Fields(fields.reading(), *retryable, here).flag("throttling");
  }
  if (const json::Value* error = fields.find("error")) {
    const json::Path here = fields.path().at("error");
    const Fields said(fields.reading(), *error, here);
    shape.is_exception = true;
    shape.error_code = said.text("code");
    shape.error_status = said.integer("httpStatusCode");
  }
}

void Shapes::read_children(const Fields& fields, Shape& shape) const {
  if (shape.type == Type::kStructure) {
    read_members(fields, shape);
  } else if (shape.type == Type::kList) {
    shape.element = read_child(fields, "member");
  } else if (shape.type == Type::kMap) {
    shape.key = read_child(fields, "key");
    shape.element = read_child(fields, "value");
  }
}

void Shapes::read_members(const Fields& fields, Shape& shape) const {
  Reading& reading = fields.reading();
  const json::Object& section = fields.section("members");
  const json::Path place = fields.path().at("members");
  const std::span<Member> members = reading.array<Member>(section.size());
  shape.members = members;
  if (members.size() > std::numeric_limits<std::uint16_t>::max()) {
    reading.refuse(place, "A structure has at most 65535 members.");
    return;
  }
  std::size_t next = 0;
  for (const auto& [name, value] : section) {
    Member& member = members[next++];
    member.name = reading.keep(view(name));
    const json::Path here = place.at(member.name);
    read_member(Fields(reading, value, here), member);
  }
  if (members.size() > kMembersSearchedInTurn) {
    const auto order = reading.array<std::uint16_t>(members.size());
    std::iota(order.begin(), order.end(), std::uint16_t{0});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return members[a].name < members[b].name; });
    shape.by_name = order;
  }
  const auto member_of = [&](std::string_view key, std::string_view name) -> Member* {
    const Member* found = shape.find(name);
    if (found != nullptr) return &members[static_cast<std::size_t>(found - members.data())];
    reading.refuse(fields.path().at(key), fmt::format("There is no member \"{}\".", name));
    return nullptr;
  };
  for (const std::string_view name : fields.texts("required")) {
    if (Member* member = member_of("required", name)) member->required = true;
  }
  const std::string_view payload = fields.text("payload");
  if (!payload.empty()) shape.payload = member_of("payload", payload);
}

void Shapes::read_member(const Fields& fields, Member& member) const {
  const Shape* shape = named_by(fields);
  if (shape == nullptr) return;
  member.shape = shape;
  member.location_name = fields.text("locationName");
  if (fields.object().size() > (member.location_name.empty() ? 1U : 2U)) {  // most members have nothing else
    member.query_name = fields.text("queryName");
    if (const json::Value* parameter = fields.find("contextParam")) {
      const json::Path here = fields.path().at("contextParam");
      member.context_param = Fields(fields.reading(), *parameter, here).text("name");
    }
    member.location = word_of(fields, "location", kLocations, Location::kBody);
    member.timestamp_format = word_of(fields, "timestampFormat", kFormats, TimestampFormat::kOfProtocol);
    member.xml_namespace = fields.xml_namespace("xmlNamespace");
    member.flattened = fields.flag("flattened");
    member.streaming = fields.flag("streaming");
    member.xml_attribute = fields.flag("xmlAttribute");
    member.json_value = fields.flag("jsonvalue");
    member.idempotency_token = fields.flag("idempotencyToken");
    member.host_label = fields.flag("hostLabel");
    member.event_payload = fields.flag("eventpayload");
    member.deprecated = fields.flag("deprecated");
  }
  if (member.location_name.empty()) member.location_name = shape->location_name;
  if (member.timestamp_format == TimestampFormat::kOfProtocol) member.timestamp_format = shape->timestamp_format;
  if (member.xml_namespace.uri.empty()) member.xml_namespace = shape->xml_namespace;
  member.flattened |= shape->flattened;
  member.streaming |= shape->streaming;
}

const Member* Shapes::read_child(const Fields& fields, std::string_view key) const {
  const json::Path here = fields.path().at(key);
  const json::Value* value = fields.find(key);
  if (value == nullptr) {
    fields.reading().refuse(here, "This must be an object that names a shape.");
    return nullptr;
  }
  Member& member = fields.reading().array<Member>(1).front();
  read_member(Fields(fields.reading(), *value, here), member);
  return &member;
}

}  // namespace aws_model
