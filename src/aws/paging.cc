#include "aws/paging.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "aws/client.h"
#include "aws/failures.h"

namespace aws {

namespace {

using Kind = Failure::Kind;

Result<jmespath::Expression> compile(std::string_view text) {
  return lift(jmespath::Expression::compile(text), Kind::kConfiguration, "BrokenModel");
}

// What counts as "there is no token": null, an empty text, false, an empty list.
bool is_nothing(const json::Value& value) {
  if (value.is_string()) return value.get_string().empty();
  if (value.is_bool()) return !value.get_bool();
  if (value.is_array()) return value.get_array().empty();
  if (value.is_object()) return value.get_object().empty();
  return value.is_null();
}

// "A.B": its members; quotes around a name are JMESPath's.
std::vector<std::string> path_of(std::string_view key) {
  std::vector<std::string> path;
  while (true) {
    const std::size_t dot = key.find('.');
    std::string name(key.substr(0, dot));
    if (name.size() > 1 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    path.push_back(std::move(name));
    if (dot == std::string_view::npos) return path;
    key.remove_prefix(dot + 1);
  }
}

const json::Value* find(const json::Value& from, const std::vector<std::string>& path) {
  const json::Value* value = &from;
  for (const std::string& name : path) {
    const json::Object* object = value->if_object();
    value = object == nullptr ? nullptr : object->if_contains(name);
    if (value == nullptr || value->is_null()) return nullptr;
  }
  return value;
}

json::Value& make_place(json::Object& into, const std::vector<std::string>& path) {
  json::Object* object = &into;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    json::Value& value = (*object)[path[i]];
    if (!value.is_object()) value.emplace_object();
    object = &value.get_object();
  }
  return (*object)[path.back()];
}

// Lists are joined, numbers and texts added up; of everything else the first stays.
void join(json::Value& place, const json::Value& more) {
  if (place.is_null()) {
    place = more;
  } else if (place.is_array() && more.is_array()) {
    json::Array& list = place.get_array();
    list.insert(list.end(), more.get_array().begin(), more.get_array().end());
  } else if (place.is_int64() && more.is_int64()) {
    place = place.get_int64() + more.get_int64();
  } else if (place.is_number() && more.is_number()) {
    place = place.to_number<double>() + more.to_number<double>();
  } else if (place.is_string() && more.is_string()) {
    place.get_string().append(more.get_string());
  }
}

}  // namespace

Result<PageTurner> PageTurner::make(const aws_model::Paginator& paginator) {
  PageTurner made;
  made.input_tokens_.assign(paginator.input_tokens.begin(), paginator.input_tokens.end());
  for (const std::string_view token : paginator.output_tokens) made.output_tokens_.push_back(TRY(compile(token)));
  if (!paginator.more_results.empty()) made.more_results_ = TRY(compile(paginator.more_results));
  if (made.input_tokens_.size() != made.output_tokens_.size() || made.input_tokens_.empty())
    return refuse(Kind::kConfiguration, "BrokenModel", "The paginator's tokens in and out do not match.");
  return made;
}

Result<std::optional<json::Object>> PageTurner::next(const json::Object& input, const json::Value& page) {
  std::optional<json::Object> last_page;
  if (more_results_) {
    const json::Value more = TRY(lift(more_results_->evaluate(page), Kind::kTransport, "PaginationError"));
    if (is_nothing(more)) return last_page;
  }
  json::Array tokens;
  for (const jmespath::Expression& expression : output_tokens_)
    tokens.push_back(TRY(lift(expression.evaluate(page), Kind::kTransport, "PaginationError")));
  if (std::ranges::all_of(tokens, is_nothing)) return last_page;
  if (tokens == last_) {
    return refuse(Kind::kTransport, "PaginationError",
                  "The service gave the same token for the next page twice; the pages would not end.");
  }
  last_ = tokens;
  std::optional<json::Object> following(input);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (is_nothing(tokens[i]))
      following->erase(input_tokens_[i]);
    else
      (*following)[input_tokens_[i]] = std::move(tokens[i]);
  }
  return following;
}

Result<PageJoiner> PageJoiner::make(const aws_model::Paginator& paginator) {
  PageJoiner made;
  for (const std::string_view key : paginator.result_keys) made.results_.push_back({path_of(key)});
  for (const std::string_view key : paginator.non_aggregate_keys) made.kept_.push_back({path_of(key)});
  return made;
}

Result<void> PageJoiner::add(const json::Value& page) {
  for (const Key& key : results_) {
    if (const json::Value* value = find(page, key.path)) join(make_place(whole_, key.path), *value);
  }
  if (std::exchange(first_, false)) {
    for (const Key& key : kept_) {
      if (const json::Value* value = find(page, key.path)) make_place(whole_, key.path) = *value;
    }
  }
  return {};
}

namespace {

Result<const aws_model::Paginator*> paginator_of(const Call& call, aws_model::Library& models) {
  const aws_model::Service* service = TRY(lift(models.service(call.service), Kind::kInput, "UnknownService"));
  const aws_model::Operation* operation =
      TRY(lift(aws_model::find_operation(*service, call.operation), Kind::kInput, "UnknownOperation"));
  const aws_model::Paginator* paginator = service->paginator(*operation);
  if (paginator == nullptr) {
    return refuse(Kind::kInput, "NoPages",
                  fmt::format("{} {} does not answer in pages; call it once.", service->name, operation->name));
  }
  return paginator;
}

}  // namespace

Result<void> each_page(Client& client, Call call, aws_model::Library& models,
                       const std::function<bool(const json::Value& page)>& page) {
  PageTurner turner = TRY(PageTurner::make(*TRY(paginator_of(call, models))));
  while (true) {
    const Answer answer = TRY(client.call(call));
    if (!page(answer.output)) return {};
    const json::Object none;
    const json::Object& input = call.input.is_object() ? call.input.get_object() : none;
    std::optional<json::Object> following = TRY(turner.next(input, answer.output));
    if (!following) return {};
    call.input = std::move(*following);
  }
}

Result<json::Value> all_pages(Client& client, const Call& call, aws_model::Library& models) {
  PageJoiner joiner = TRY(PageJoiner::make(*TRY(paginator_of(call, models))));
  Result<void> joined;
  TRY(each_page(client, call, models, [&](const json::Value& page) {
    joined = joiner.add(page);
    return joined.has_value();
  }));
  TRY(std::move(joined));
  return joiner.take();
}

}  // namespace aws
