#include "aws_wire/path.h"

#include <algorithm>
#include <vector>

#include "json/encode.h"

namespace aws_wire {
namespace {

constexpr std::size_t kKeyBytesMax = 100;  // of a path: the rest of a longer key helps nobody

bool looks_like_a_member(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

void append_step(std::string& out, const Path& step) {
  const bool plain =
      step.kind == Path::Kind::kMember || (step.kind == Path::Kind::kKey && looks_like_a_member(step.name));
  if (plain && step.name.size() <= kKeyBytesMax) {
    if (!out.empty()) out.push_back('.');
    out.append(step.name);
    return;
  }
  out.push_back('[');
  if (step.kind == Path::Kind::kIndex)
    json::append_number(out, static_cast<std::uint64_t>(step.index));
  else if (step.kind == Path::Kind::kHiddenKey)
    out.push_back('*');
  else
    json::append_text(out, step.name.substr(0, kKeyBytesMax));
  out.push_back(']');
}

}  // namespace

std::string Path::text() const {
  std::vector<const Path*> steps;
  for (const Path* step = this; step != nullptr && step->kind != Kind::kRoot; step = step->up) steps.push_back(step);
  std::string out;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) append_step(out, **step);
  return out;
}

}  // namespace aws_wire
