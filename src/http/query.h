// The query of a request target, decoded strictly into a described struct: application/x-www-form-urlencoded (WHATWG
// URL;
// '+' is a space), valid UTF-8, no name twice, no unknown name, each value against its rules. An empty value of an
// optional text counts as absent (clients send `organization_id=`). Pure, any thread.
//
// Errors: kInvalid with every problem at once; the pointer of a field error is "query:NAME".

#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "json/decode.h"
#include "json/schema.h"

namespace http {

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

// kInvalid for a broken escape or text that is not UTF-8.
base::Result<QueryPairs> parse_query(std::string_view query);

// For endpoints without parameters: kInvalid where there are any.
base::Result<void> refuse_query(std::string_view query);

struct QueryParameter {
  std::string name;
  bool required = false;
  bool may_be_empty = false;  // which counts as absent
  json::Object schema;
  std::string doc;
};

namespace internal {

// Reads one value; an empty answer means that it was fine.
std::string read_bool(std::string_view text, bool& out);
std::string read_whole(std::string_view text, std::int64_t least, std::int64_t most, std::int64_t& out);
std::string not_one_of(const std::vector<std::string_view>& names);

struct QueryFieldsBase {
  QueryPairs& pairs;
  json::Problems& problems;
  std::vector<std::string_view> known = {};

  // The value of that name, where there is one; a second one is a problem.
  std::optional<std::string> take(std::string_view name);
  void finish();  // what was not taken is unknown
};

template <class T>
struct QueryFields : QueryFieldsBase {
  T& out;
  QueryFields(QueryPairs& all, json::Problems& found, T& target) : QueryFieldsBase{all, found}, out(target) {}

  template <class C, class M>
  void operator()(std::string_view name, M C::* member, const json::Rules& rules = {}) {
    known.push_back(name);
    std::optional<std::string> text = take(name);
    if constexpr (json::is_optional_v<M>) {
      if (!text || text->empty()) return;
      read((out.*member).emplace(), *text, name, rules);
    } else {
      if (!text) {
        if (!rules.may_miss) problems.add("query:" + std::string(name), "is missing");
        return;
      }
      read(out.*member, *text, name, rules);
    }
  }

 private:
  template <class M>
  void read(M& target, std::string& text, std::string_view name, const json::Rules& rules) {
    std::string problem;
    if constexpr (std::is_same_v<M, std::string>) {
      problem = json::problem_with_text(text, rules);
      target = std::move(text);
    } else if constexpr (std::is_same_v<M, bool>) {
      problem = read_bool(text, target);
    } else if constexpr (std::is_enum_v<M>) {
      const std::optional<M> found = json::parse_name<M>(text);
      if (found) {
        target = *found;
      } else {
        std::vector<std::string_view> all;
        for (const auto& [value, label] : json::kEnumNames<M>) all.push_back(label);
        problem = not_one_of(all);
      }
    } else {
      static_assert(std::is_integral_v<M>, "a query member is a text, a whole number, a bool, or an enum");
      std::int64_t wide = 0;
      problem = read_whole(
          text, std::max<std::int64_t>(rules.min, std::is_signed_v<M> ? std::numeric_limits<std::int64_t>::min() : 0),
          std::min<std::int64_t>(rules.max, sizeof(M) < 8 ? static_cast<std::int64_t>(std::numeric_limits<M>::max())
                                                          : std::numeric_limits<std::int64_t>::max()),
          wide);
      target = static_cast<M>(wide);
    }
    if (!problem.empty()) problems.add("query:" + std::string(name), std::move(problem));
  }
};

struct QuerySchemaFields {
  std::vector<QueryParameter>& list;
  json::Components components = {};

  template <class C, class M>
  void operator()(std::string_view name, M C::*, const json::Rules& rules = {}) {
    QueryParameter parameter;
    parameter.name = name;
    parameter.doc = rules.doc;
    parameter.required = !json::is_optional_v<M> && !rules.may_miss;
    parameter.may_be_empty = json::is_optional_v<M>;
    if constexpr (json::is_optional_v<M>)
      parameter.schema = json::internal::schema_of<typename M::value_type>(rules, components);
    else
      parameter.schema = json::internal::schema_of<M>(rules, components);
    list.push_back(std::move(parameter));
  }
};

}  // namespace internal

template <class T>
base::Result<T> decode_query(std::string_view query) {
  QueryPairs pairs = TRY(parse_query(query));
  json::Problems problems;
  T out{};
  internal::QueryFields<T> fields(pairs, problems, out);
  T::describe(fields);
  fields.finish();
  if (!problems.empty()) return base::fail(std::move(problems).to_error(base::Code::kInvalid));
  return out;
}

template <class T>
std::vector<QueryParameter> describe_query() {
  std::vector<QueryParameter> list;
  internal::QuerySchemaFields fields{list};
  T::describe(fields);
  return list;
}

}  // namespace http
