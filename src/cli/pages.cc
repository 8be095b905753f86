#include "cli/pages.h"

#include <algorithm>

#include "base/limits.h"

namespace cli {
namespace {

std::size_t elements_of(const json::Value& body) {
  if (const json::Array* array = body.if_array()) return array->size();
  std::size_t most = 0;
  if (const json::Object* object = body.if_object()) {
    for (const auto& member : *object) {
      if (const json::Array* array = member.value().if_array()) most = std::max(most, array->size());
    }
  }
  return most;
}

}  // namespace

void join(json::Value& whole, json::Value page) {
  if (whole.is_array() && page.is_array()) {
    for (json::Value& each : page.get_array()) whole.get_array().push_back(std::move(each));
  } else if (whole.is_object() && page.is_object()) {
    for (auto& member : page.get_object()) {
      json::Value* before = whole.get_object().if_contains(member.key());
      if (before == nullptr)
        whole.get_object().emplace(member.key(), std::move(member.value()));
      else if (before->is_array())
        join(*before, std::move(member.value()));
    }
  }
}

base::Result<Pages> pages(Api& api, Ask ask, std::size_t wanted) {
  ask.query.emplace_back("limit", std::to_string(std::min<std::size_t>(wanted, base::limits::kPageMax)));
  Reply page = TRY(api.call(ask));
  Pages all;
  all.body = std::move(page.body);
  while (!page.next_query.empty() && elements_of(all.body) < wanted) {
    page = TRY(api.next(ask, page));
    join(all.body, std::move(page.body));
  }
  all.more = !page.next_query.empty();
  if (json::Array* array = all.body.if_array(); array != nullptr && array->size() > wanted) {
    array->resize(wanted);
    all.more = true;
  }
  return all;
}

base::Result<std::vector<json::Object>> objects(Api& api, const std::string& path, Query query, std::size_t wanted) {
  Ask ask;
  ask.path = path;
  ask.query = std::move(query);
  Pages all = TRY(pages(api, std::move(ask), wanted));
  std::vector<json::Object> list;
  if (json::Array* array = all.body.if_array()) {
    for (json::Value& each : *array) {
      if (json::Object* object = each.if_object()) list.push_back(std::move(*object));
    }
  }
  return list;
}

base::Result<std::vector<json::Object>> everything(Api& api, const std::string& path, Query query) {
  return objects(api, path, std::move(query), kEverything);
}

}  // namespace cli
