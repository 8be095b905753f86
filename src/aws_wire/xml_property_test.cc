// Random shapes and random values of them: what is encoded and decoded again is the same value.
//
// The answers' decoder is the requests' mirror for XML. For forms the mirror is here: a decoder that follows the model
// and takes each parameter out of the form, so that a parameter too many is found as well.

#include <map>
#include <optional>

#include <rapidcheck.h>

#include "aws_wire/scalar.h"
#include "aws_wire/xml_test_support.h"
#include "base/text.h"

namespace aws_wire::testing {
namespace {

constexpr Type kScalars[] = {Type::kString, Type::kBoolean, Type::kInteger,  Type::kLong,
                             Type::kDouble, Type::kBlob,    Type::kTimestamp};

std::string random_text() {
  static const std::vector<std::string> pieces{
      "a", "B", "7", " ", "&", "<",   ">",         "\"",    "'",    "\r",       "\n",           "\t",
      "+", "%", "=", ".", ";", "]]>", "<![CDATA[", "&amp;", "\x01", "\xC3\xA4", "\xE2\x80\xA8", "\xF0\x9F\x98\x80"};
  std::string text;
  for (const std::string& piece : *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces)))
    text.append(piece);
  return text;
}

class Generator {
 public:
  explicit Generator(Models& models) : models_(models) {}

  Shape* structure(int depth) {
    std::vector<Member> members;
    const int count = *rc::gen::inRange(1, 5);
    for (int i = 0; i < count; ++i) {
      Member member = part(depth);
      member.name = name("M", i);
      if (*rc::gen::arbitrary<bool>()) member.location_name = name("loc", i);
      if (const Type type = member.shape->type; type == Type::kList || type == Type::kMap) {
        member.flattened = *rc::gen::arbitrary<bool>();
        // One element's name for the list and its elements: the encoder of XML goes by the list's, the decoder by the
        // elements', and AWS's models never have two.
        if (member.flattened && type == Type::kList) {
          Member element = *member.shape->element;
          element.location_name = member.location_name;
          member.shape = models_.list(element);
        }
      }
      if (member.shape->type == Type::kString && *rc::gen::inRange(0, 4) == 0) {
        member.xml_attribute = true;
        member.xml_namespace = {};
      }
      members.push_back(member);
    }
    return models_.structure("S", std::move(members));
  }

  json::Object object(const Shape& shape) {
    json::Object object;
    for (const Member& member : shape.members) {
      if (*rc::gen::inRange(0, 4) == 0) continue;
      object[boost::json::string_view(member.name.data(), member.name.size())] = value(*member.shape, member.flattened);
    }
    return object;
  }

 private:
  std::string_view name(std::string_view stem, int number) {
    return names_.emplace_back(std::string(stem) + std::to_string(number));
  }

  Member part(int depth) {
    const int kind = depth == 0 ? 0 : *rc::gen::inRange(0, 5);
    Member member;
    if (kind == 1) {
      member.shape = structure(depth - 1);
    } else if (kind == 2) {
      Member element = part(depth - 1);
      if (*rc::gen::arbitrary<bool>()) element.location_name = "item";
      member.shape = models_.list(element);
    } else if (kind == 3) {
      Member key{.shape = models_.shape(Type::kString)};
      Member mapped = part(depth - 1);
      if (*rc::gen::arbitrary<bool>()) {
        key.location_name = "Name";
        mapped.location_name = "Value";
      }
      member.shape = models_.map(key, mapped);
    } else {
      member.shape = models_.shape(*rc::gen::elementOf(std::vector<Type>(std::begin(kScalars), std::end(kScalars))));
      if (member.shape->type == Type::kTimestamp)
        member.timestamp_format = *rc::gen::element(TimestampFormat::kOfProtocol, TimestampFormat::kIso8601,
                                                    TimestampFormat::kRfc822, TimestampFormat::kEpochSeconds);
      if (*rc::gen::inRange(0, 3) == 0) member.xml_namespace = {"", "urn:x"};
    }
    return member;
  }

  // Lists that are flattened cannot be empty: they would be absent.
  json::Value value(const Shape& shape, bool flattened = false) {
    const int count = *rc::gen::inRange(flattened ? 1 : 0, 4);
    switch (shape.type) {
      case Type::kStructure:
        return object(shape);
      case Type::kList: {
        json::Array array;
        for (int i = 0; i < count; ++i) array.push_back(value(*shape.element->shape));
        return array;
      }
      case Type::kMap: {
        json::Object object;
        for (int i = 0; i < count; ++i) object[std::to_string(i) + random_text()] = value(*shape.element->shape);
        return object;
      }
      case Type::kBoolean:
        return *rc::gen::arbitrary<bool>();
      case Type::kInteger:
        return static_cast<std::int64_t>(*rc::gen::arbitrary<std::int32_t>());
      case Type::kLong:
        return *rc::gen::arbitrary<std::int64_t>();
      case Type::kDouble:
        return *rc::gen::arbitrary<double>();
      case Type::kBlob:
        return json::Value(base::base64(*rc::gen::arbitrary<std::string>()));
      case Type::kTimestamp:
        return json::Value(iso8601({*rc::gen::inRange<std::int64_t>(0, 4'102'444'800), 0}));
      default:
        return json::Value(random_text());
    }
  }

  Models& models_;
  std::deque<std::string> names_;
};

TEST(XmlProperties, RestXmlBodiesReadBackTheSame) {
  EXPECT_TRUE(rc::check("any shape, any value", [] {
    Models models;
    Generator generator(models);
    Operation operation{.name = "Op", .input_as_member = {.location_name = "Root"}};
    const Shape* shape = generator.structure(3);
    operation.input = shape;
    operation.output = shape;
    const json::Object input = generator.object(*shape);
    Request request;
    RC_ASSERT(protocol::encode_rest_xml(Service{}, operation, input, request).has_value());
    json::Object output;
    const base::Result<void> result =
        protocol::decode_rest_xml(Service{}, operation, Reply{.body = request.body}, output);
    if (!result) RC_FAIL(result.error().message + ": " + request.body);
    RC_LOG() << request.body;
    RC_ASSERT(text_of(output) == text_of(input));
  }));
}

// Takes a form apart by the model.
class FormReader {
 public:
  FormReader(std::string_view form, bool ec2) : ec2_(ec2) {
    while (!form.empty()) {
      const std::string_view pair = form.substr(0, form.find('&'));
      form.remove_prefix(std::min(form.size(), pair.size() + 1));
      const std::size_t equals = pair.find('=');
      const auto name = base::percent_decode(pair.substr(0, equals));
      const auto value = base::percent_decode(pair.substr(equals + 1));
      RC_ASSERT(name && value);
      RC_ASSERT(parameters_.emplace(*name, *value).second);
    }
  }

  std::optional<std::string> take(const std::string& name) {
    const auto at = parameters_.find(name);
    if (at == parameters_.end()) return std::nullopt;
    std::string value = at->second;
    parameters_.erase(at);
    return value;
  }
  [[nodiscard]] bool empty() const { return parameters_.empty(); }

  json::Object structure(const Shape& shape, const std::string& prefix) {
    json::Object object;
    for (const Member& member : shape.members) {
      const std::string own = prefix + name_of(member, member.name);
      // Where nothing of it is in the form, it was absent or is an empty structure or map: both are absent here.
      if (const auto value = read(member, member.flattened, own, prefix))
        object[boost::json::string_view(member.name.data(), member.name.size())] = *value;
    }
    return object;
  }

 private:
  std::string name_of(const Member& member, std::string_view otherwise) const {
    if (ec2_ && !member.query_name.empty()) return std::string(member.query_name);
    std::string name(member.location_name.empty() ? otherwise : member.location_name);
    if (ec2_ && !member.location_name.empty()) name[0] = static_cast<char>(std::toupper(name[0]));
    return name;
  }

  [[nodiscard]] bool has(const std::string& key) const {
    const auto at = parameters_.lower_bound(key);
    return at != parameters_.end() && at->first.starts_with(key) &&
           (at->first.size() == key.size() || at->first[key.size()] == '.' || parameters_.contains(key) ||
            has_below(key + "."));
  }
  [[nodiscard]] bool has_below(const std::string& key) const {
    const auto at = parameters_.lower_bound(key);
    return at != parameters_.end() && at->first.starts_with(key);
  }

  std::optional<json::Value> read(const Member& member, bool flattened, const std::string& key, const std::string& up) {
    const Shape& shape = *member.shape;
    if (shape.type == Type::kStructure) {
      json::Object object = structure(shape, key + ".");
      return object.empty() ? std::nullopt : std::optional<json::Value>(std::move(object));
    }
    if (shape.type == Type::kList) return list(shape, flattened, key, up);
    if (shape.type == Type::kMap) return map(shape, flattened, key);
    const auto text = take(key);
    if (!text) return std::nullopt;
    const auto value = read_scalar(member, *text);
    RC_ASSERT(value.has_value());
    return value;
  }

  std::optional<json::Value> list(const Shape& shape, bool flattened, const std::string& key, const std::string& up) {
    json::Array array;
    if (!ec2_ && take(key)) return array;
    std::string stem = key + ".";
    if (!ec2_ && !flattened) stem += name_of(*shape.element, "member") + ".";
    if (!ec2_ && flattened && !shape.element->location_name.empty())
      stem = up + std::string(shape.element->location_name) + ".";
    for (std::size_t i = 1; has(stem + std::to_string(i)); ++i) {
      const auto item = read(*shape.element, false, stem + std::to_string(i), stem);
      RC_ASSERT(item.has_value());
      array.push_back(*item);
    }
    return array.empty() ? std::nullopt : std::optional<json::Value>(std::move(array));
  }

  std::optional<json::Value> map(const Shape& shape, bool flattened, const std::string& key) {
    json::Object object;
    const std::string stem = key + (flattened ? "." : ".entry.");
    for (std::size_t i = 1; has(stem + std::to_string(i)); ++i) {
      const std::string pair = stem + std::to_string(i) + ".";
      const auto name = take(pair + name_of(*shape.key, "key"));
      RC_ASSERT(name.has_value());
      const auto item = read(*shape.element, false, pair + name_of(*shape.element, "value"), pair);
      if (item) object[*name] = *item;
    }
    return object.empty() ? std::nullopt : std::optional<json::Value>(std::move(object));
  }

  std::map<std::string, std::string> parameters_;
  bool ec2_;
};

// A form does not say that a structure or map is empty (ec2: nor a list), so the value that can be compared is the one
// without them; nothing: it is such a one itself. Elements of lists count, and the rest of the list with them.
std::optional<json::Value> without_empty(const json::Value& value, bool ec2) {
  if (value.is_object()) {
    json::Object object;
    for (const auto& [name, item] : value.get_object()) {
      if (auto kept = without_empty(item, ec2)) object[name] = *kept;
    }
    return object.empty() ? std::nullopt : std::optional<json::Value>(std::move(object));
  }
  if (!value.is_array()) return value;
  json::Array array;
  for (const json::Value& item : value.get_array()) {
    if (auto kept = without_empty(item, ec2)) array.push_back(*kept);
  }
  if (array.empty() && (ec2 || !value.get_array().empty())) return std::nullopt;
  return array;
}

// Elements that leave no trace leave a gap in the numbers, which the reader would take for the end.
bool has_gaps(const json::Value& value, bool ec2) {
  if (value.is_object()) {
    for (const auto& pair : value.get_object()) {
      if (has_gaps(pair.value(), ec2)) return true;
    }
  } else if (value.is_array()) {
    for (const json::Value& item : value.get_array()) {
      if (has_gaps(item, ec2) || !without_empty(item, ec2)) return true;
    }
  }
  return false;
}

void check_form(bool ec2) {
  Models models;
  Generator generator(models);
  Operation operation{.name = "Op"};
  const Shape* shape = generator.structure(3);
  operation.input = shape;
  const json::Object input = generator.object(*shape);
  RC_PRE(!has_gaps(input, ec2));
  Request request;
  const Service service{.version = "1"};
  RC_ASSERT((ec2 ? protocol::encode_ec2 : protocol::encode_query)(service, operation, input, request).has_value());
  FormReader reader(request.body, ec2);
  RC_ASSERT(reader.take("Action") == "Op");
  RC_ASSERT(reader.take("Version") == "1");
  const json::Object output = reader.structure(*shape, "");
  RC_LOG() << request.body;
  const json::Value expected = without_empty(input, ec2).value_or(json::Object());
  RC_ASSERT(text_of(output) == text_of(expected.get_object()));
  RC_ASSERT(reader.empty());
}

TEST(XmlProperties, QueryFormsReadBackTheSame) {
  EXPECT_TRUE(rc::check("query", [] { check_form(false); }));
}

TEST(XmlProperties, Ec2FormsReadBackTheSame) {
  EXPECT_TRUE(rc::check("ec2", [] { check_form(true); }));
}

TEST(XmlProperties, NoAnswerOfAnyBytesBreaksTheDecoder) {
  EXPECT_TRUE(rc::check("cut and changed answers", [] {
    Models models;
    Generator generator(models);
    Operation operation{.name = "Op", .input_as_member = {.location_name = "Root"}};
    const Shape* shape = generator.structure(3);
    operation.input = shape;
    operation.output = shape;
    Request request;
    RC_ASSERT(protocol::encode_rest_xml(Service{}, operation, generator.object(*shape), request).has_value());
    if (request.body.empty()) request.body = "<Root></Root>";
    const std::size_t size = *rc::gen::inRange<std::size_t>(1, request.body.size());
    json::Object output;
    RC_ASSERT(!protocol::decode_rest_xml(Service{}, operation, Reply{.body = request.body.substr(0, size)}, output));
    request.body[size] = *rc::gen::arbitrary<char>();
    (void)protocol::decode_rest_xml(Service{}, operation, Reply{.body = request.body}, output).has_value();
  }));
}

}  // namespace
}  // namespace aws_wire::testing
