// What is read is written so that it reads the same again; and decoding any text as a described type gives a value or
// an error that says where.

#include <cstdlib>

#include "base/check.h"
#include "json/decode.h"
#include "json/encode.h"
#include "json/formats.h"

namespace {

enum class Kind { kOne, kTwo };

struct Tree {
  static constexpr std::string_view kTypeName = "Tree";
  std::string name;
  std::optional<std::string> id;
  std::optional<std::int64_t> number;
  std::optional<std::uint32_t> small;
  std::optional<double> ratio;
  std::optional<base::Time> time;
  std::optional<Kind> kind;
  std::vector<Tree> children;
  json::Value any;
  template <class V>
  static void describe(V& field) {
    field("name", &Tree::name, {.chars_min = 1, .chars_max = 10});
    field("id", &Tree::id, {.format = &json::kUserIdFormat});
    field("number", &Tree::number, {.min = -10, .max = 10});
    field("small", &Tree::small);
    field("ratio", &Tree::ratio);
    field("time", &Tree::time);
    field("kind", &Tree::kind);
    field("children", &Tree::children, {.items_max = 3, .may_miss = true});
    field("any", &Tree::any, {.may_miss = true});
  }
};

}  // namespace

template <>
inline constexpr auto json::kEnumNames<Kind> = json::names<Kind>({{Kind::kOne, "one"}, {Kind::kTwo, "two"}});

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const base::Result<json::Value> value = json::parse(text);
  if (value) {
    std::string once, twice;
    json::append(once, *value);
    const base::Result<json::Value> again = json::parse(once);
    CHECK(again.has_value(), "what we write, we read");
    json::append(twice, *again);
    CHECK(once == twice, "writing is idempotent");
    CHECK(json::parse_stored(text).has_value(), "what is strict is good enough to be stored");
  } else {
    CHECK(!value.error().message.empty(), "a refusal says why");
  }
  if (const base::Result<Tree> tree = json::decode<Tree>(text)) {
    const base::Result<Tree> again = json::decode<Tree>(json::encode(*tree));
    CHECK(again.has_value() && json::encode(*again) == json::encode(*tree), "a decoded value survives");
  } else if (value) {
    CHECK(!tree.error().fields.empty(), "a refusal says where");
  }
  const base::Result<Tree> stored = json::decode_stored<Tree>(text);
  if (json::internal::read_in_order<Tree>(text)) {
    const base::Result<json::Value> built = json::parse_stored(text);
    CHECK(built.has_value(), "the short way accepts what the long way accepts");
    const base::Result<Tree> slow = json::internal::decode_as<Tree>(*built, json::Mode::kStored);
    CHECK(slow.has_value() && json::encode(*slow) == json::encode(*stored), "and reads the same");
  }
  return 0;
}
