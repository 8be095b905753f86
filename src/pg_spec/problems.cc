#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/limits.h"
#include "json/pointer.h"
#include "pg_spec/yaml.h"

namespace pg_spec::internal {
namespace {

// What stands there: children are in the order of the document, so the last that begins at or before the place has it.
std::string pointer_to(const Node& root, Position at) {
  std::string pointer;
  const Node* node = &root;
  while (true) {
    if (node->is_map()) {
      auto next = std::ranges::upper_bound(node->members, at, {}, &Member::at);
      if (next == node->members.begin()) return pointer;
      const Member& member = *std::prev(next);
      json::append_pointer(pointer, member.key);
      if (member.at == at) return pointer;
      node = &member.value;
    } else if (node->is_list()) {
      auto next = std::ranges::upper_bound(node->items, at, {}, &Node::at);
      if (next == node->items.begin()) return pointer;
      json::append_pointer(pointer, std::to_string(next - node->items.begin() - 1));
      node = &*std::prev(next);
    } else {
      return pointer;
    }
  }
}

}  // namespace

void Problems::add(Position at, std::string message) {
  ++count_;
  // They come nearly in the order of the document; what is beyond is counted only.
  if (problems_.size() <= base::limits::kFieldErrorsMax * 10) problems_.push_back({at, count_, std::move(message)});
}

base::Error Problems::error(std::string_view file_name, const Node& root) const {
  std::vector<Problem> sorted = problems_;
  std::ranges::sort(sorted, {}, [](const Problem& each) { return std::tuple(each.at, each.number); });
  // One name that several parts need is one problem.
  const auto same = [](const Problem& a, const Problem& b) { return a.at == b.at && a.message == b.message; };
  sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
  base::Error error(base::Code::kInvalid, "");
  for (const Problem& each : sorted) {
    if (error.fields.size() == base::limits::kFieldErrorsMax) break;
    error.fields.push_back(
        {pointer_to(root, each.at), fmt::format("line {}, column {}: {}", each.at.line, each.at.column, each.message)});
  }
  error.message = fmt::format("{} is no database spec", file_name);
  const std::size_t count = problems_.size() < count_ ? count_ : sorted.size();
  if (count == 1) error.message += ": " + error.fields.front().message + ".";
  if (count > 1) {
    error.message += fmt::format(": {} problems, the first in {}.", count, error.fields.front().message);
  }
  return error;
}

}  // namespace pg_spec::internal
