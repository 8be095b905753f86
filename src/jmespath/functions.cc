#include "jmespath/functions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "json/decode.h"
#include "json/encode.h"

namespace jmespath {

// What a function takes in one place: a set of these.
enum Takes : std::uint16_t {
  kNull = 1,
  kBoolean = 2,
  kNumber = 4,
  kString = 8,
  kArray = 16,
  kObject = 32,
  kNumbers = 64,   // an array of numbers
  kStrings = 128,  // an array of strings
  kExpression = 256,
  kAny = kNull | kBoolean | kNumber | kString | kArray | kObject,
};

struct Function {
  std::string_view name;
  base::Result<Item> (*run)(Call& call);
  std::array<std::uint16_t, 2> takes;
  std::size_t count;
  bool variadic;  // the last one may stand again and again
};

namespace {

using Answer = base::Result<Item>;

Item made(json::Value value) { return Item(std::move(value)); }
Item text_item(std::string_view text) { return Item(json::Value(boost::json::string_view(text.data(), text.size()))); }
std::string_view text_of(const json::Value& value) { return json::view(value.get_string()); }
double real(const json::Value& value) { return value.to_number<double>(); }

// An integer where it is one exactly; a number that is none has no value in JSON.
Item number_item(double number) {
  constexpr double kIntegerEnd = 9223372036854775808.0;
  if (!std::isfinite(number)) return Item();
  if (number == std::floor(number) && number >= -kIntegerEnd && number < kIntegerEnd)
    return made(json::Value(static_cast<std::int64_t>(number)));
  return made(json::Value(number));
}

Answer run_abs(Call& call) {
  const json::Value& value = call.value(0);
  if (value.is_uint64()) return made(value);
  if (value.is_double()) return made(json::Value(std::fabs(value.get_double())));
  const std::int64_t number = value.get_int64();
  if (number == std::numeric_limits<std::int64_t>::min())
    return made(json::Value(static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) + 1));
  return made(json::Value(number < 0 ? -number : number));
}

double sum_of(const json::Array& array) {
  return std::accumulate(array.begin(), array.end(), 0.0,
                         [](double sum, const json::Value& value) { return sum + real(value); });
}

Answer run_sum(Call& call) {
  const json::Array& array = call.value(0).get_array();
  std::int64_t sum = 0;  // exact, for as long as there are only integers
  for (const json::Value& value : array) {
    if (!value.is_int64() || __builtin_add_overflow(sum, value.get_int64(), &sum)) {
      const double real_sum = sum_of(array);
      return std::isfinite(real_sum) ? made(json::Value(real_sum)) : Item();
    }
  }
  return made(json::Value(sum));
}

Answer run_avg(Call& call) {
  const json::Array& array = call.value(0).get_array();
  if (array.empty()) return Item();
  const double average = sum_of(array) / static_cast<double>(array.size());
  return std::isfinite(average) ? made(json::Value(average)) : Item();
}

Answer run_ceil(Call& call) {
  const json::Value& value = call.value(0);
  return value.is_double() ? number_item(std::ceil(value.get_double())) : made(value);
}
Answer run_floor(Call& call) {
  const json::Value& value = call.value(0);
  return value.is_double() ? number_item(std::floor(value.get_double())) : made(value);
}

Answer run_contains(Call& call) {
  const json::Value& subject = call.value(0);
  const json::Value& search = call.value(1);
  if (subject.is_string()) {
    return made(json::Value(search.is_string() && text_of(subject).find(text_of(search)) != std::string_view::npos));
  }
  const json::Array& array = subject.get_array();
  TRY(call.evaluation.spend_for(subject));
  return made(json::Value(
      std::any_of(array.begin(), array.end(), [&](const json::Value& element) { return equal(element, search); })));
}

Answer run_starts_with(Call& call) {
  return made(json::Value(text_of(call.value(0)).starts_with(text_of(call.value(1)))));
}
Answer run_ends_with(Call& call) { return made(json::Value(text_of(call.value(0)).ends_with(text_of(call.value(1))))); }

Answer run_length(Call& call) {
  const json::Value& value = call.value(0);
  std::size_t length = 0;
  if (value.is_string())
    length = base::code_points(text_of(value));
  else
    length = value.is_array() ? value.get_array().size() : value.get_object().size();
  return made(json::Value(static_cast<std::int64_t>(length)));
}

Answer run_join(Call& call) {
  const std::string_view glue = text_of(call.value(0));
  std::string out;
  bool first = true;
  for (const json::Value& part : call.value(1).get_array()) {
    TRY(call.evaluation.spend(0, glue.size() + text_of(part).size()));
    if (!first) out.append(glue);
    first = false;
    out.append(text_of(part));
  }
  return text_item(out);
}

Answer run_keys(Call& call) {
  const json::Object& object = call.value(0).get_object();
  TRY(call.evaluation.spend_for(call.value(0)));
  json::Array out;
  out.reserve(object.size());
  for (const auto& member : object) out.emplace_back(member.key());
  return made(std::move(out));
}
Answer run_values(Call& call) {
  TRY(call.evaluation.spend_for(call.value(0)));
  json::Array out;
  for (const auto& member : call.value(0).get_object()) out.push_back(member.value());
  return made(std::move(out));
}

Answer run_merge(Call& call) {
  json::Object out;
  for (const Item& argument : call.arguments) {
    TRY(call.evaluation.spend_for(argument.get()));
    for (const auto& member : argument.get().get_object()) out.insert_or_assign(member.key(), member.value());
  }
  return made(std::move(out));
}

Answer run_not_null(Call& call) {
  for (Item& argument : call.arguments) {
    if (!argument.is_null()) return std::move(argument);
  }
  return Item();
}

Answer run_reverse(Call& call) {
  const json::Value& value = call.value(0);
  TRY(call.evaluation.spend_for(value));
  if (value.is_array()) {
    json::Array out = value.get_array();
    std::reverse(out.begin(), out.end());
    return made(std::move(out));
  }
  const std::string_view text = text_of(value);
  std::string out;
  out.reserve(text.size());
  for (std::size_t end = text.size(); end > 0;) {
    std::size_t begin = end - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) --begin;
    out.append(text.substr(begin, end - begin));
    end = begin;
  }
  return text_item(out);
}

std::string_view type_name(const json::Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "boolean";
    case boost::json::kind::string:
      return "string";
    case boost::json::kind::array:
      return "array";
    case boost::json::kind::object:
      return "object";
    default:
      return "number";
  }
}
Answer run_type(Call& call) { return text_item(type_name(call.value(0))); }

Answer run_to_array(Call& call) {
  if (call.value(0).is_array()) return std::move(call.arguments[0]);
  json::Array out;
  out.push_back(TRY(call.evaluation.own(std::move(call.arguments[0]))));
  return made(std::move(out));
}

Answer run_to_string(Call& call) {
  if (call.value(0).is_string()) return std::move(call.arguments[0]);
  TRY(call.evaluation.spend_for(call.value(0)));
  const std::string text = json::encode(call.value(0));
  TRY(call.evaluation.spend(1, text.size()));
  return text_item(text);
}

// The grammar of JSON's numbers, which from_chars alone does not keep ("01", "1.", "nan").
bool is_json_number(std::string_view text) {
  const auto digits = [&](std::size_t& at) {
    const std::size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - from;
  };
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const bool zero = at < text.size() && text[at] == '0';
  const std::size_t whole = digits(at);
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits(at) == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits(at) == 0) return false;
  }
  return at == text.size();
}

template <class T>
bool read(std::string_view text, json::Value& out) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  out = number;
  return true;
}

Answer run_to_number(Call& call) {
  const json::Value& value = call.value(0);
  if (value.is_number()) return std::move(call.arguments[0]);
  if (!value.is_string()) return Item();
  const std::string_view text = text_of(value);
  json::Value number;
  if (!is_json_number(text) ||
      !(read<std::int64_t>(text, number) || read<std::uint64_t>(text, number) || read<double>(text, number))) {
    return Item();
  }
  return made(std::move(number));
}

Answer run_map(Call& call) {
  json::Array out;
  for (const json::Value& element : call.value(1).get_array()) {
    TRY(call.evaluation.spend(1));
    out.push_back(TRY(call.evaluation.own(TRY(call.evaluation.run(call.expression(0), element)))));
  }
  return made(std::move(out));
}

// Of two numbers, or two strings.
bool is_less(const json::Value& left, const json::Value& right) {
  return left.is_string() ? text_of(left) < text_of(right) : compare_numbers(left, right) < 0;
}

Answer run_max(Call& call) {
  const json::Array& array = call.value(0).get_array();
  if (array.empty()) return Item();
  return made(json::Value(*std::max_element(array.begin(), array.end(), is_less)));
}
Answer run_min(Call& call) {
  const json::Array& array = call.value(0).get_array();
  if (array.empty()) return Item();
  return made(json::Value(*std::min_element(array.begin(), array.end(), is_less)));
}
// What the expression gives for each element: all numbers, or all strings.
base::Result<std::vector<Item>> keys_of(Call& call) {
  std::vector<Item> keys;
  const json::Array& array = call.value(0).get_array();
  keys.reserve(array.size());
  for (const json::Value& element : array) {
    TRY(call.evaluation.spend(1));
    keys.push_back(TRY(call.evaluation.run(call.expression(1), element)));
    const json::Value& key = keys.back().get();
    if (!key.is_number() && !key.is_string()) {
      return call.refuse(fmt::format("the expression gives {} for element {}; it must give a number or a string",
                                     type_name(key), keys.size() - 1));
    }
    if (key.is_string() != keys.front().get().is_string()) {
      return call.refuse(fmt::format("the expression gives {} for element {} and {} for the first; all must be alike",
                                     type_name(key), keys.size() - 1, type_name(keys.front().get())));
    }
  }
  return keys;
}

// The places of a list's elements in the order of `less`; equal ones stay in their own.
template <class Less>
std::vector<std::size_t> ordered(std::size_t count, Less less) {
  std::vector<std::size_t> places(count);
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
    if (less(a, b)) return true;
    return !less(b, a) && a < b;
  });
  return places;
}

Answer run_sort(Call& call) {
  TRY(call.evaluation.spend_for(call.value(0)));
  const json::Array& array = call.value(0).get_array();
  json::Array out;
  out.reserve(array.size());
  for (const std::size_t place :
       ordered(array.size(), [&](std::size_t a, std::size_t b) { return is_less(array[a], array[b]); }))
    out.push_back(array[place]);
  return made(std::move(out));
}

Answer run_sort_by(Call& call) {
  const std::vector<Item> keys = TRY(keys_of(call));
  TRY(call.evaluation.spend_for(call.value(0)));
  json::Array out;
  out.reserve(keys.size());
  for (const std::size_t place :
       ordered(keys.size(), [&](std::size_t a, std::size_t b) { return is_less(keys[a].get(), keys[b].get()); }))
    out.push_back(call.value(0).get_array()[place]);
  return made(std::move(out));
}

// The first of those that are largest (or smallest).
Answer extreme_by(Call& call, bool largest) {
  const std::vector<Item> keys = TRY(keys_of(call));
  if (keys.empty()) return Item();
  std::size_t best = 0;
  for (std::size_t i = 1; i < keys.size(); ++i) {
    const bool better = largest ? is_less(keys[best].get(), keys[i].get()) : is_less(keys[i].get(), keys[best].get());
    if (better) best = i;
  }
  TRY(call.evaluation.spend_for(call.value(0).get_array()[best]));
  return made(json::Value(call.value(0).get_array()[best]));
}
Answer run_max_by(Call& call) { return extreme_by(call, true); }
Answer run_min_by(Call& call) { return extreme_by(call, false); }

constexpr std::array<Function, 26> kFunctions{{
    {"abs", run_abs, {kNumber}, 1, false},
    {"avg", run_avg, {kNumbers}, 1, false},
    {"ceil", run_ceil, {kNumber}, 1, false},
    {"contains", run_contains, {kArray | kString, kAny}, 2, false},
    {"ends_with", run_ends_with, {kString, kString}, 2, false},
    {"floor", run_floor, {kNumber}, 1, false},
    {"join", run_join, {kString, kStrings}, 2, false},
    {"keys", run_keys, {kObject}, 1, false},
    {"length", run_length, {kString | kArray | kObject}, 1, false},
    {"map", run_map, {kExpression, kArray}, 2, false},
    {"max", run_max, {kNumbers | kStrings}, 1, false},
    {"max_by", run_max_by, {kArray, kExpression}, 2, false},
    {"merge", run_merge, {kObject}, 1, true},
    {"min", run_min, {kNumbers | kStrings}, 1, false},
    {"min_by", run_min_by, {kArray, kExpression}, 2, false},
    {"not_null", run_not_null, {kAny}, 1, true},
    {"reverse", run_reverse, {kArray | kString}, 1, false},
    {"sort", run_sort, {kNumbers | kStrings}, 1, false},
    {"sort_by", run_sort_by, {kArray, kExpression}, 2, false},
    {"starts_with", run_starts_with, {kString, kString}, 2, false},
    {"sum", run_sum, {kNumbers}, 1, false},
    {"to_array", run_to_array, {kAny}, 1, false},
    {"to_number", run_to_number, {kAny}, 1, false},
    {"to_string", run_to_string, {kAny}, 1, false},
    {"type", run_type, {kAny}, 1, false},
    {"values", run_values, {kObject}, 1, false},
}};

std::uint16_t takes_at(const Function& function, std::size_t argument) {
  return function.takes[std::min(argument, function.count - 1)];
}

bool is_taken(std::uint16_t takes, const json::Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return (takes & kNull) != 0;
    case boost::json::kind::bool_:
      return (takes & kBoolean) != 0;
    case boost::json::kind::string:
      return (takes & kString) != 0;
    case boost::json::kind::object:
      return (takes & kObject) != 0;
    case boost::json::kind::array: {
      if ((takes & kArray) != 0) return true;
      const json::Array& array = value.get_array();
      const auto all = [&](auto holds) { return std::all_of(array.begin(), array.end(), holds); };
      return ((takes & kNumbers) != 0 && all([](const json::Value& element) { return element.is_number(); })) ||
             ((takes & kStrings) != 0 && all([](const json::Value& element) { return element.is_string(); }));
    }
    default:
      return (takes & kNumber) != 0;
  }
}

std::string story(std::uint16_t takes) {
  constexpr std::array<std::pair<std::uint16_t, std::string_view>, 8> kNames{{
      {kNull, "null"},
      {kBoolean, "a boolean"},
      {kNumber, "a number"},
      {kString, "a string"},
      {kArray, "an array"},
      {kObject, "an object"},
      {kNumbers, "an array of numbers"},
      {kStrings, "an array of strings"},
  }};
  std::string out;
  for (const auto& [bit, name] : kNames) {
    if ((takes & bit) == 0) continue;
    if (!out.empty()) out.append(" or ");
    out.append(name);
  }
  return out;
}

}  // namespace

tl::unexpected<base::Error> Call::refuse(const std::string& what) const {
  return base::fail(base::Code::kInvalid,
                    fmt::format("JMESPath expression, column {}: {}(): {}.", node.column, node.text, what));
}

const Function* find_function(std::string_view name) {
  const auto found =
      std::lower_bound(kFunctions.begin(), kFunctions.end(), name,
                       [](const Function& function, std::string_view key) { return function.name < key; });
  return found == kFunctions.end() || found->name != name ? nullptr : &*found;
}

std::string unknown_function(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Function& function : kFunctions) names.push_back(function.name);
  const std::string_view meant = json::nearest_name(name, names);
  return meant.empty() ? fmt::format("there is no function {}()", name)
                       : fmt::format("there is no function {}(); did you mean {}()?", name, meant);
}

bool takes_expression(const Function& function, std::size_t argument) {
  return takes_at(function, argument) == kExpression;
}

std::string wrong_count(const Function& function, std::size_t arguments) {
  if (arguments == function.count || (function.variadic && arguments > function.count)) return {};
  return fmt::format("{}() takes {}{} argument{}; {} were given", function.name, function.variadic ? "at least " : "",
                     function.count, function.count == 1 ? "" : "s", arguments);
}

base::Result<Item> call(const Function& function, Call& call) {
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const std::uint16_t takes = takes_at(function, i);
    if (takes == kExpression || is_taken(takes, call.value(i))) continue;
    return call.refuse(fmt::format(
        "argument {} is {}{}; it takes {}", i + 1, type_name(call.value(i)),
        call.value(i).is_array() && (takes & (kNumbers | kStrings)) != 0 ? " of other things" : "", story(takes)));
  }
  return function.run(call);
}

}  // namespace jmespath
