// One pass over the bytes. An item is a head (a major type of three bits and an argument) and what the argument counts;
// argument 31 means that the parts follow until a break, 0xff. The first error stops everything and is kept.

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "aws_wire/cbor.h"
#include "aws_wire/json_body.h"
#include "aws_wire/members.h"
#include "aws_wire/path.h"
#include "aws_wire/scalar.h"
#include "base/limits.h"
#include "base/text.h"

namespace aws_wire {
namespace {

using aws_model::Member;
using aws_model::Shape;
using aws_model::Type;
namespace limits = base::limits;

enum Major : unsigned { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };

constexpr std::uint8_t kBreak = 0xff;
constexpr std::uint64_t kEpochTag = 1, kBignumTag = 2, kNegativeBignumTag = 3;
constexpr std::size_t kReservedMax = 64;  // elements that room is made for before they are seen

struct Head {
  Major major = kUnsigned;
  unsigned info = 0;
  std::uint64_t argument = 0;
  bool indefinite = false;
  bool epoch = false;  // a tag 1 stood before it

  [[nodiscard]] bool is_null() const { return major == kSimple && (info == 22 || info == 23); }
};

double half_to_double(std::uint64_t bits) {
  const int exponent = static_cast<int>((bits >> 10) & 0x1f);
  const auto mantissa = static_cast<double>(bits & 0x3ff);
  double number = 0;
  if (exponent == 0)
    number = std::ldexp(mantissa, -24);
  else if (exponent != 31)
    number = std::ldexp(mantissa + 1024, exponent - 25);
  else
    number = mantissa == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  return (bits & 0x8000) != 0 ? -number : number;
}

// The double that has a float's shortest digits: 1.1f is 1.1, not 1.10000002384.
double by_shortest_digits(float number) {
  if (!std::isfinite(number)) return number;
  std::array<char, 64> buffer{};
  const auto printed = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  double wide = 0;
  std::from_chars(buffer.data(), printed.ptr, wide);
  return wide;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] base::Error take_error() { return std::move(*error_); }

  bool whole_structure(const Shape& shape, json::Object& output) {
    const Path root;
    Head head;
    if (!next(head)) return false;
    if (!head.is_null()) {
      if (head.major != kMap) return refuse(root, "must be a map.");
      if (!structure(shape, head, output, root)) return false;
    }
    return at_end();
  }
  bool whole_value(json::Value& out) {
    Head head;
    return next(head) && any(head, out) && at_end();
  }

 private:
  // --- errors

  bool broken(std::string_view story) {
    if (!error_) {
      error_.emplace(base::Code::kUnavailable,
                     fmt::format("The service's answer is not the CBOR that its protocol promises: {} (byte {}).",
                                 story, position_));
    }
    return false;
  }
  bool refuse(const Path& at, std::string_view story) {
    if (!error_) error_.emplace(reply_error(at, story));
    return false;
  }
  bool at_end() { return position_ == bytes_.size() || broken("something follows the end of the value"); }

  // --- bytes

  [[nodiscard]] std::size_t left() const { return bytes_.size() - position_; }
  bool at_break() {
    if (left() == 0 || static_cast<std::uint8_t>(bytes_[position_]) != kBreak) return false;
    ++position_;
    return true;
  }
  bool take(std::uint64_t count, std::string_view& out) {
    if (count > left()) return broken("it ends too early");
    out = bytes_.substr(position_, static_cast<std::size_t>(count));
    position_ += static_cast<std::size_t>(count);
    return true;
  }

  bool raw_head(Head& head) {
    if (left() == 0) return broken("it ends too early");
    const auto first = static_cast<std::uint8_t>(bytes_[position_++]);
    head.major = static_cast<Major>(first >> 5);
    head.info = first & 0x1f;
    head.argument = head.info;
    head.indefinite = false;
    if (head.info < 24) return true;
    if (head.info == 31) {
      head.indefinite = true;
      if (head.major >= kBytes && head.major <= kMap) return true;
      return broken(first == kBreak ? "a break that ends nothing" : "an indefinite length where none can be");
    }
    if (head.info > 27) return broken("a reserved head");
    std::string_view argument;
    if (!take(std::uint64_t{1} << (head.info - 24), argument)) return false;
    head.argument = 0;
    for (const char c : argument) head.argument = (head.argument << 8) | static_cast<std::uint8_t>(c);
    return true;
  }

  // The head of the next item, with tags taken off.
  bool next(Head& head) {
    head.epoch = false;
    std::size_t tags = 0;
    while (raw_head(head)) {
      if (head.major != kTag) return true;
      if (head.argument == kBignumTag || head.argument == kNegativeBignumTag)
        return broken("a bignum: numbers of more than 64 bits are not read");
      if (++tags > limits::kAwsDepthMax) return broken("too many tags");
      head.epoch = head.argument == kEpochTag;
    }
    return false;
  }

  // --- strings

  // A view of the bytes, or of `joined` where the string came in parts.
  bool string(const Head& head, std::string_view& out, std::string& joined) {
    if (!head.indefinite) return take(head.argument, out);
    while (!at_break()) {
      Head part;
      std::string_view chunk;
      if (!raw_head(part)) return false;
      if (part.major != head.major || part.indefinite) return broken("a string's part of another type");
      if (!take(part.argument, chunk)) return false;
      joined.append(chunk);
    }
    out = joined;
    return true;
  }
  bool text(const Head& head, std::string_view& out, std::string& joined) {
    if (!string(head, out, joined)) return false;
    return base::is_utf8(out) || broken("a text that is not UTF-8");
  }
  bool key(std::string_view& out, std::string& joined) {
    Head head;
    if (!next(head)) return false;
    if (head.major != kText) return broken("a key that is not text");
    return text(head, out, joined);
  }

  // --- parts of arrays and maps

  // Runs `part` for each element or entry; it reads all of one.
  template <class Part>
  bool parts(const Head& head, Part part) {
    if (depth_ >= limits::kAwsDepthMax)
      return broken(fmt::format("it is nested too deeply; {} levels are the limit", limits::kAwsDepthMax));
    // An entry has two bytes at least, an element one.
    if (!head.indefinite && head.argument > left() / (head.major == kMap ? 2 : 1)) return broken("it ends too early");
    ++depth_;
    for (std::uint64_t i = 0; head.indefinite ? !at_break() : i < head.argument; ++i) {
      if (!part(static_cast<std::size_t>(i))) return false;
    }
    --depth_;
    return true;
  }

  static std::size_t room_for(const Head& head) {
    return head.indefinite ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(head.argument, kReservedMax));
  }

  // --- along the model

  bool structure(const Shape& shape, const Head& head, json::Object& output, const Path& at) {
    output.reserve(output.size() + std::min(room_for(head), shape.members.size()));
    return parts(head, [&](std::size_t) {
      std::string_view name;
      std::string joined;
      Head head_of_value;
      if (!key(name, joined)) return false;
      const Member* member = member_named(shape, name);
      if (!next(head_of_value)) return false;
      if (member == nullptr) return skip(head_of_value);
      if (head_of_value.is_null()) return true;
      json::Value read;
      if (!value(*member, head_of_value, read, at.member(member->name))) return false;
      output.insert_or_assign(boosted(member->name), std::move(read));
      return true;
    });
  }

  static const Member* member_named(const Shape& shape, std::string_view name) {
    const Member* member = shape.find(name);
    if (member != nullptr) return member;
    for (const Member& each : shape.members) {
      if (each.location_name == name) return &each;
    }
    return nullptr;
  }

  bool value(const Member& member, const Head& head, json::Value& out, const Path& at) {
    const Shape& shape = *member.shape;
    if (shape.is_document) return any(head, out);
    switch (shape.type) {
      case Type::kStructure:
        if (head.major != kMap) return refuse(at, "must be a map.");
        return structure(shape, head, out.emplace_object(), at);
      case Type::kList:
        return list(shape, head, out, at);
      case Type::kMap:
        return map(shape, head, out, at);
      case Type::kString:
        if (head.major != kText) return refuse(at, "must be a text.");
        return text_value(head, out);
      case Type::kBlob:
        if (head.major != kBytes) return refuse(at, "must be a byte string.");
        return bytes_value(head, out);
      case Type::kBoolean:
        if (head.major != kSimple || (head.info != 20 && head.info != 21)) return refuse(at, "must be true or false.");
        out = head.info == 21;
        return true;
      case Type::kTimestamp:
        return timestamp(head, out, at);
      default:
        return number(shape, head, out, at);
    }
  }

  bool list(const Shape& shape, const Head& head, json::Value& out, const Path& at) {
    if (head.major != kArray) return refuse(at, "must be an array.");
    json::Array& array = out.emplace_array();
    array.reserve(room_for(head));
    return parts(head, [&](std::size_t i) {
      Head element;
      if (!next(element)) return false;
      if (element.is_null()) {
        if (shape.sparse) array.emplace_back(nullptr);
        return true;
      }
      return value(*shape.element, element, array.emplace_back(nullptr), at.at(i));
    });
  }

  bool map(const Shape& shape, const Head& head, json::Value& out, const Path& at) {
    if (head.major != kMap) return refuse(at, "must be a map.");
    json::Object& object = out.emplace_object();
    object.reserve(room_for(head));
    return parts(head, [&](std::size_t) {
      std::string_view name;
      std::string joined;
      Head head_of_value;
      if (!key(name, joined) || !next(head_of_value)) return false;
      if (head_of_value.is_null() && !shape.sparse) return true;
      json::Value read;
      if (!head_of_value.is_null() &&
          !value(*shape.element, head_of_value, read, at.key(name, shape.key->shape->sensitive)))
        return false;
      object.insert_or_assign(boosted(name), std::move(read));
      return true;
    });
  }

  bool text_value(const Head& head, json::Value& out) {
    std::string_view read;
    std::string joined;
    if (!text(head, read, joined)) return false;
    out = boosted(read);
    return true;
  }
  bool bytes_value(const Head& head, json::Value& out) {
    std::string_view read;
    std::string joined;
    if (!string(head, read, joined)) return false;
    out = boosted(base::base64(read));
    return true;
  }

  // --- numbers

  // Major types 0, 1 and 7 as a JSON number. `single`: it was a float of single precision.
  bool any_number(const Head& head, json::Value& out, bool& single) {
    single = false;
    if (head.major == kUnsigned) {
      if (head.argument <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        out = static_cast<std::int64_t>(head.argument);
      else
        out = head.argument;
      return true;
    }
    if (head.major == kNegative) {
      if (head.argument > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return broken("a negative number beyond 64 bits");
      out = -static_cast<std::int64_t>(head.argument) - 1;
      return true;
    }
    if (head.info == 25) {
      out = half_to_double(head.argument);
    } else if (head.info == 26) {
      single = true;
      out = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(head.argument)));
    } else {
      out = std::bit_cast<double>(head.argument);
    }
    return true;
  }

  static bool is_number(const Head& head) {
    return head.major <= kNegative || (head.major == kSimple && head.info >= 25 && head.info <= 27);
  }

  bool number(const Shape& shape, const Head& head, json::Value& out, const Path& at) {
    const bool floating = shape.type == Type::kFloat || shape.type == Type::kDouble;
    if (!is_number(head)) return refuse(at, floating ? "must be a number." : "must be a whole number.");
    bool single = false;
    if (!any_number(head, out, single)) return false;
    if (floating) {
      const auto wide = out.to_number<double>();
      out = number_value(single ? by_shortest_digits(static_cast<float>(wide)) : wide);
      return true;
    }
    if (shape.type == Type::kBigDecimal || out.is_uint64()) return true;
    const std::optional<std::int64_t> whole = whole_number(out);
    if (!whole) return refuse(at, "must be a whole number.");
    out = *whole;
    return true;
  }

  // Tag 1 may be missing, or the text of another protocol's form.
  bool timestamp(const Head& head, json::Value& out, const Path& at) {
    std::optional<Instant> instant;
    if (head.major == kText) {
      std::string_view read;
      std::string joined;
      if (!text(head, read, joined)) return false;
      instant = parse_instant(read);
    } else if (is_number(head)) {
      bool single = false;
      if (!any_number(head, out, single)) return false;
      instant = read_instant(out);
    }
    if (!instant) return refuse(at, "must be a timestamp.");
    out = boosted(iso8601(*instant));
    return true;
  }

  // --- without a model

  bool any(const Head& head, json::Value& out) {
    switch (head.major) {
      case kBytes:
        return bytes_value(head, out);
      case kText:
        return text_value(head, out);
      case kArray: {
        json::Array& array = out.emplace_array();
        return parts(head, [&](std::size_t) {
          Head element;
          return next(element) && any(element, array.emplace_back(nullptr));
        });
      }
      case kMap: {
        json::Object& object = out.emplace_object();
        return parts(head, [&](std::size_t) {
          std::string_view name;
          std::string joined;
          Head head_of_value;
          json::Value read;
          if (!key(name, joined) || !next(head_of_value) || !any(head_of_value, read)) return false;
          object.insert_or_assign(boosted(name), std::move(read));
          return true;
        });
      }
      default:
        return any_scalar(head, out);
    }
  }

  bool any_scalar(const Head& head, json::Value& out) {
    if (head.is_null()) {
      out = nullptr;
      return true;
    }
    if (head.major == kSimple && (head.info == 20 || head.info == 21)) {
      out = head.info == 21;
      return true;
    }
    if (!is_number(head)) return broken("a simple value that means nothing here");
    bool single = false;
    if (!any_number(head, out, single)) return false;
    if (head.epoch) {
      const std::optional<Instant> instant = read_instant(out);
      if (!instant) return broken("a timestamp that is none");
      out = boosted(iso8601(*instant));
    } else if (out.is_double()) {
      const double wide = out.get_double();
      out = number_value(single ? by_shortest_digits(static_cast<float>(wide)) : wide);
    }
    return true;
  }

  // An item that nobody asked for; its maps may have keys of any type.
  bool skip(const Head& head) {
    std::string_view unread;
    std::string joined;
    switch (head.major) {
      case kBytes:
        return string(head, unread, joined);
      case kText:
        return text(head, unread, joined);
      case kArray:
        return parts(head, [&](std::size_t) { return skip_next(); });
      case kMap:
        return parts(head, [&](std::size_t) { return skip_next() && skip_next(); });
      default:
        return true;
    }
  }
  bool skip_next() {
    Head head;
    return next(head) && skip(head);
  }

  std::string_view bytes_;
  std::size_t position_ = 0;
  std::size_t depth_ = 0;
  std::optional<base::Error> error_;
};

}  // namespace

base::Result<void> read_cbor(const Shape& structure, std::string_view bytes, json::Object& output) {
  Reader reader(bytes);
  if (!reader.whole_structure(structure, output)) return base::fail(reader.take_error());
  return {};
}

base::Result<json::Value> read_cbor(std::string_view bytes) {
  Reader reader(bytes);
  json::Value value;
  if (!reader.whole_value(value)) return base::fail(reader.take_error());
  return value;
}

}  // namespace aws_wire
