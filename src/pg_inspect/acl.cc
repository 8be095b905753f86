#include "pg_inspect/acl.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <fmt/format.h>

namespace pg_inspect {
namespace {

using pg_model::Grant;
using pg_model::Oid;
using pg_model::Privileges;

tl::unexpected<base::Error> no_acl(std::string_view text) {
  constexpr std::size_t kShownMax = 200;
  return base::fail(base::Code::kCorrupt, "The server's list of privileges cannot be read.",
                    fmt::format("of the text {}", text.substr(0, kShownMax)));
}

Privileges privilege_of(char letter) {
  switch (letter) {
    case 'a':
      return pg_model::kInsert;
    case 'r':
      return pg_model::kSelect;
    case 'w':
      return pg_model::kUpdate;
    case 'd':
      return pg_model::kDelete;
    case 'D':
      return pg_model::kTruncate;
    case 'x':
      return pg_model::kReferences;
    case 't':
      return pg_model::kTrigger;
    case 'X':
      return pg_model::kExecute;
    case 'U':
      return pg_model::kUsage;
    case 'C':
      return pg_model::kCreate;
    case 'T':
      return pg_model::kTemporary;
    case 'c':
      return pg_model::kConnect;
    case 's':
      return pg_model::kSet;
    case 'A':
      return pg_model::kAlterSystem;
    case 'm':
      return pg_model::kMaintain;
    default:
      return 0;
  }
}

// The elements one after the other. One that the server put no quotes around is a part of the text; any other is
// written out into a buffer, and holds until the next one.
class Elements {
 public:
  explicit Elements(std::string_view array) : array_(array) {
    well_formed_ = array.size() >= 2 && array.front() == '{' && array.back() == '}';
    if (well_formed_) rest_ = array.substr(1, array.size() - 2);
  }

  [[nodiscard]] bool done() const { return !well_formed_ || rest_.empty(); }
  [[nodiscard]] bool well_formed() const { return well_formed_; }

  std::string_view next() {
    std::string_view element;
    if (rest_.front() == '"') {
      element = quoted();
    } else {
      const std::size_t end = std::min(rest_.find(','), rest_.size());
      element = rest_.substr(0, end);
      rest_.remove_prefix(end);
      if (element.empty() || element.find_first_of("\"{}\\") != std::string_view::npos) well_formed_ = false;
    }
    if (rest_.empty()) return element;
    if (rest_.front() != ',' || rest_.size() == 1) well_formed_ = false;
    rest_.remove_prefix(1);
    return element;
  }

 private:
  std::string_view quoted() {
    buffer_.clear();
    std::size_t at = 1;
    for (; at < rest_.size() && rest_[at] != '"'; ++at) {
      if (rest_[at] == '\\') ++at;
      if (at < rest_.size()) buffer_ += rest_[at];
    }
    if (at >= rest_.size()) well_formed_ = false;
    rest_.remove_prefix(std::min(at + 1, rest_.size()));
    return buffer_;
  }

  std::string_view array_, rest_;
  std::string buffer_;
  bool well_formed_ = false;
};

// A role's name at the front, quoted or bare; none where the quotes do not end. `buffer` holds one with quotes in it.
std::optional<std::string_view> take_name(std::string_view& item, char end, std::string& buffer) {
  if (item.empty() || item.front() != '"') {
    const std::size_t length = end == '\0' ? item.size() : item.find(end);
    if (length == std::string_view::npos) return std::nullopt;
    const std::string_view name = item.substr(0, length);
    item.remove_prefix(length);
    return name;
  }
  buffer.clear();
  std::size_t at = 1;
  for (; at < item.size(); ++at) {
    if (item[at] == '"' && (at + 1 == item.size() || item[at + 1] != '"')) break;
    if (item[at] == '"') ++at;
    buffer += item[at];
  }
  if (at >= item.size()) return std::nullopt;
  item.remove_prefix(at + 1);
  return buffer;
}

struct Item {
  std::string_view grantee, grantor;
  Privileges privileges = 0, with_grant_option = 0;
};

struct Buffers {
  std::string grantee, grantor;
};

std::optional<Item> parse_item(std::string_view text, Buffers& buffers) {
  Item item;
  const auto grantee = take_name(text, '=', buffers.grantee);
  if (!grantee || text.empty() || text.front() != '=') return std::nullopt;
  item.grantee = *grantee;
  text.remove_prefix(1);
  Privileges last = 0;
  while (!text.empty() && text.front() != '/') {
    const char letter = text.front();
    text.remove_prefix(1);
    if (letter == '*' && last != 0) {
      item.with_grant_option = static_cast<Privileges>(item.with_grant_option | last);
      continue;
    }
    last = privilege_of(letter);
    if (last == 0) return std::nullopt;
    item.privileges = static_cast<Privileges>(item.privileges | last);
  }
  if (text.empty()) return std::nullopt;
  text.remove_prefix(1);
  const auto grantor = take_name(text, '\0', buffers.grantor);
  if (!grantor || !text.empty()) return std::nullopt;
  item.grantor = *grantor;
  return item;
}

}  // namespace

base::Result<Oid> RoleNames::oid(std::string_view name) const {
  if (const auto found = oids_.find(name); found != oids_.end()) return found->second;
  Oid number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc() && end == name.data() + name.size() && number != 0) return number;
  return base::fail(base::Code::kConflict, "Roles were made or renamed while they were read. Inspect again.",
                    fmt::format("the role {} is not known", name));
}

base::Result<std::vector<Grant>> parse_acl(std::string_view array, const RoleNames& roles) {
  Elements elements(array);
  std::vector<Grant> grants;
  if (array.size() > 2) grants.reserve(static_cast<std::size_t>(std::count(array.begin(), array.end(), '/')));
  Buffers buffers;
  std::string last_grantor;
  Oid last_grantor_oid = 0;
  while (!elements.done()) {
    const std::optional<Item> item = parse_item(elements.next(), buffers);
    if (!item || !elements.well_formed()) return no_acl(array);
    if (last_grantor_oid == 0 || item->grantor != last_grantor) {
      last_grantor_oid = TRY(roles.oid(item->grantor));
      last_grantor = item->grantor;
    }
    const Oid grantee = item->grantee.empty() ? pg_model::kPublic : TRY(roles.oid(item->grantee));
    grants.push_back({.grantee = grantee,
                      .grantor = last_grantor_oid,
                      .privileges = item->privileges,
                      .with_grant_option = item->with_grant_option});
  }
  if (!elements.well_formed()) return no_acl(array);
  const auto in_order = [](const Grant& left, const Grant& right) {
    return std::tie(left.grantee, left.grantor) < std::tie(right.grantee, right.grantor);
  };
  if (!std::ranges::is_sorted(grants, in_order)) std::ranges::sort(grants, in_order);
  return grants;
}

base::Result<std::vector<std::string>> parse_array(std::string_view array) {
  Elements elements(array);
  std::vector<std::string> texts;
  while (!elements.done()) texts.emplace_back(elements.next());
  if (!elements.well_formed()) {
    return base::fail(base::Code::kCorrupt, "An array of the server's catalog cannot be read.", std::string(array));
  }
  return texts;
}

}  // namespace pg_inspect
