#include "aws_model/model.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace aws_model {

namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The one of `items` (sorted by `key`) that has this name; or that has it once hyphens and case are forgotten, where
// the name is written in the command line's form.
template <class T, class Key>
const T* find_named(std::span<const T> items, Key key, std::string_view name) {
  const auto found = std::lower_bound(items.begin(), items.end(), name,
                                      [&](const T& item, std::string_view n) { return key(item) < n; });
  if (found != items.end() && key(*found) == name) return &*found;
  if (std::any_of(name.begin(), name.end(), is_upper)) return nullptr;
  std::string letters(name);
  std::erase(letters, '-');
  const auto like = std::find_if(items.begin(), items.end(),
                                 [&](const T& item) { return base::equal_ignoring_case(key(item), letters); });
  return like == items.end() || letters.empty() ? nullptr : &*like;
}

// Words that botocore spells by hand.
constexpr std::pair<std::string_view, std::string_view> kSpelledByHand[] = {
    {"CreateCachediSCSIVolume", "create-cached-iscsi-volume"},
    {"DescribeCachediSCSIVolumes", "describe-cached-iscsi-volumes"},
    {"DescribeStorediSCSIVolumes", "describe-stored-iscsi-volumes"},
    {"CreateStorediSCSIVolume", "create-stored-iscsi-volume"},
    {"ListHITsForQualificationType", "list-hits-for-qualification-type"},
    {"ExecutePartiQLStatement", "execute-partiql-statement"},
    {"ExecutePartiQLTransaction", "execute-partiql-transaction"}};

}  // namespace

std::string_view name(Type type) {
  constexpr std::array<std::string_view, 13> kNames{"structure",  "list", "map",      "string", "boolean",
                                                    "integer",    "long", "float",    "double", "bigInteger",
                                                    "bigDecimal", "blob", "timestamp"};
  return kNames[static_cast<std::size_t>(type)];
}

std::string_view name(Protocol protocol) {
  constexpr std::array<std::string_view, 6> kNames{"json",  "rest-json", "rest-xml",
                                                   "query", "ec2",       "smithy-rpc-v2-cbor"};
  return kNames[static_cast<std::size_t>(protocol)];
}

const Member* Shape::find(std::string_view member) const {
  if (by_name.empty()) {
    const auto found = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.name == member; });
    return found == members.end() ? nullptr : &*found;
  }
  const auto found = std::lower_bound(by_name.begin(), by_name.end(), member,
                                      [&](std::uint16_t i, std::string_view n) { return members[i].name < n; });
  return found == by_name.end() || members[*found].name != member ? nullptr : &members[*found];
}

const Operation* Service::operation(std::string_view wanted) const {
  return find_named(operations, [](const Operation& o) { return o.name; }, wanted);
}

const Paginator* Service::paginator(const Operation& of) const {
  const auto found = std::lower_bound(paginators.begin(), paginators.end(), of.name,
                                      [](const Paginator& p, std::string_view n) { return p.operation < n; });
  return found == paginators.end() || found->operation != of.name ? nullptr : &*found;
}

const Waiter* Service::waiter(std::string_view wanted) const {
  return find_named(waiters, [](const Waiter& w) { return w.name; }, wanted);
}

const Shape* Service::shape(std::string_view wanted) const {
  const auto found = std::lower_bound(shapes.begin(), shapes.end(), wanted,
                                      [](const Shape& s, std::string_view n) { return s.name < n; });
  return found == shapes.end() || found->name != wanted ? nullptr : &*found;
}

// A hyphen stands before a capital that begins a word: one after a small letter or digit, and the last one of several
// before a small letter. A plural of capitals at the end ("ARNs") is a word.
std::string command_name(std::string_view name) {
  for (const auto& [word, spelled] : kSpelledByHand) {
    if (word == name) return std::string(spelled);
  }
  std::size_t plural = name.size();
  if (name.ends_with('s')) {
    std::size_t first = name.size() - 1;
    while (first > 0 && is_upper(name[first - 1])) --first;
    if (name.size() - 1 - first >= 2) plural = first;
  }
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    bool begins = false;
    if (i > 0 && is_upper(name[i])) {
      begins = is_lower(name[i - 1]) || is_digit(name[i - 1]) || i == plural ||
               (i < plural && i + 1 < name.size() && is_lower(name[i + 1]));
    }
    if (begins && !out.ends_with('-') && name[i - 1] != '-') out.push_back('-');
    out.push_back(is_upper(name[i]) ? static_cast<char>(name[i] - 'A' + 'a') : name[i]);
  }
  return out;
}

}  // namespace aws_model
