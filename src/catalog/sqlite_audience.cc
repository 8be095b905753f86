#include "catalog/sqlite_audience.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

#include "base/check.h"

namespace catalog {
namespace {

constexpr std::string_view kBitScanSql =
    "SELECT user_id FROM members WHERE workspace_id = ?1 AND permission_bit = ?2 AND user_id > ?3 ORDER BY user_id";
constexpr std::string_view kTeamScanSql =
    "SELECT user_id, workspace_id FROM team_members WHERE team_id = ?1 AND user_id > ?2 ORDER BY user_id";
constexpr std::string_view kMemberScanSql =
    "SELECT user_id, permission_bit FROM members WHERE workspace_id = ?1 AND user_id >= ?2 ORDER BY user_id";
constexpr std::string_view kTeamsOfUserSql =
    "SELECT team_id FROM team_members WHERE user_id = ?1 AND workspace_id = ?2 ORDER BY team_id";

constexpr std::array<int, 7> kBits = {kNone, kGuest, kRead, kWrite, kCollaborator, kAdministrator, kOwner};
constexpr std::string_view kIdPrefix = "N:user:";
constexpr int kStepsBeforeSearch = 4;  // a search costs about as much as so many steps

// Eight bytes of an id, such that a lower number is a lower id; ids with equal numbers have to be compared themselves.
// They decide nearly all comparisons of a merge without a look at the ids, which lie scattered.
std::uint64_t sort_key(std::string_view id) {
  if (!id.starts_with(kIdPrefix)) return id < kIdPrefix ? 0 : std::numeric_limits<std::uint64_t>::max();
  std::uint64_t key = 0;
  for (std::size_t i = kIdPrefix.size(); i < kIdPrefix.size() + sizeof key; ++i) {
    key = key << 8 | (i < id.size() ? static_cast<std::uint8_t>(id[i]) : 0);
  }
  return key;
}

// Scans in order of user id, seen as one. Of equal ids the scan that was added first comes first.
class Merge {
 public:
  // A row of each scan is its user id, in column 0. The scan stands on its first row.
  void add(SqliteCursor& scan, std::size_t tag) {
    heads_.push_back({sort_key(scan.view(0)), scan.view(0), tag, &scan});
  }
  void begin() { std::make_heap(heads_.begin(), heads_.end(), is_after); }

  [[nodiscard]] bool at_end() const { return heads_.empty(); }
  [[nodiscard]] std::string_view user_id() const { return heads_.front().user_id; }  // until the next advance()
  [[nodiscard]] std::size_t tag() const { return heads_.front().tag; }

  base::Result<void> advance() {
    Head& first = heads_.front();
    if (TRY(first.scan->next())) {
      first.user_id = first.scan->view(0);
      first.key = sort_key(first.user_id);
    } else {
      first = heads_.back();
      heads_.pop_back();
    }
    sink();
    return {};
  }

 private:
  struct Head {
    std::uint64_t key;
    std::string_view user_id;
    std::size_t tag;
    SqliteCursor* scan;
  };
  static bool is_after(const Head& left, const Head& right) {
    if (left.key != right.key) return left.key > right.key;
    const int order = left.user_id.compare(right.user_id);
    return order != 0 ? order > 0 : left.tag > right.tag;
  }
  // The first head to where it belongs; half the work of a pop and a push.
  void sink() {
    if (heads_.empty()) return;
    const Head moved = heads_.front();
    std::size_t at = 0;
    for (std::size_t child = 1; child < heads_.size(); child = 2 * at + 1) {
      if (child + 1 < heads_.size() && is_after(heads_[child], heads_[child + 1])) ++child;
      if (!is_after(moved, heads_[child])) break;
      heads_[at] = heads_[child];
      at = child;
    }
    heads_[at] = moved;
  }

  std::vector<Head> heads_;
};

// The members of a workspace, asked for in rising order of user id.
class MemberScan {
 public:
  MemberScan(SqliteStatement& statement, std::string_view workspace_id)
      : statement_(statement), workspace_id_(workspace_id) {}

  // The permission bit; none: no member.
  base::Result<std::optional<int>> bit_of(std::string_view user_id) {
    for (int step = 0; row_ && step < patience_ && rows_->view(0) < user_id; ++step) row_ = TRY(rows_->next());
    patience_ = row_ && rows_->view(0) >= user_id ? kStepsBeforeSearch : 1;
    if (!rows_ || (row_ && rows_->view(0) < user_id)) {
      rows_.reset();
      sought_ = user_id;
      rows_.emplace(statement_);
      rows_->bind(1, workspace_id_).bind(2, sought_);
      row_ = TRY(rows_->next());
    }
    if (!row_ || rows_->view(0) != user_id) return std::optional<int>();
    return std::optional<int>(rows_->number(1));
  }

 private:
  SqliteStatement& statement_;
  std::string_view workspace_id_;
  std::string sought_;  // outlives the rows, which are bound to it
  std::optional<SqliteCursor> rows_;
  bool row_ = false;  // whether it stands on a row
  int patience_ = 1;  // how many steps are tried: few where the last ones were in vain
};

// Runs along a sorted list beside ids that rise.
class Names {
 public:
  Names(std::span<const std::string> ids, std::string_view after)
      : ids_(ids.subspan(static_cast<std::size_t>(std::upper_bound(ids.begin(), ids.end(), after) - ids.begin()))) {}
  [[nodiscard]] bool at_end() const { return ids_.empty(); }
  [[nodiscard]] const std::string& first() const { return ids_.front(); }
  bool take(std::string_view id) {
    while (!ids_.empty() && ids_.front() < id) ids_ = ids_.subspan(1);
    if (ids_.empty() || ids_.front() != id) return false;
    ids_ = ids_.subspan(1);
    return true;
  }

 private:
  std::span<const std::string> ids_;
};

}  // namespace

base::Result<std::vector<AudienceMember>> SqliteAudience::read(const AudienceQuery& query) {
  CHECK(query.members_max > 0, "a page of nobody would never come to an end");
  base::Result<std::vector<AudienceMember>> found = query.everyone ? read_everyone(query) : read_named(query);
  if (team_scans_.size() > kScansKept) team_scans_.resize(kScansKept);
  return found;
}

base::Result<std::vector<AudienceMember>> SqliteAudience::read_everyone(const AudienceQuery& query) {
  TRY(prepare(bit_scans_, kBits.size(), kBitScanSql));
  std::deque<SqliteCursor> scans;
  Merge merge;
  for (std::size_t i = 0; i < kBits.size(); ++i) {
    if (kBits[i] < query.least_bit) continue;
    SqliteCursor& scan = scans.emplace_back(bit_scans_[i]);
    scan.bind(1, query.workspace_id).bind(2, kBits[i]).bind(3, query.after);
    if (TRY(scan.next())) merge.add(scan, i);
  }
  merge.begin();
  std::vector<AudienceMember> found;
  Names named(query.users, query.after);
  while (!merge.at_end() && found.size() < query.members_max) {
    AudienceMember member{std::string(merge.user_id()), kBits[merge.tag()], named.take(merge.user_id()), {}};
    if (!query.teams.empty()) member.team_ids = TRY(teams_of(member.user_id, query));
    found.push_back(std::move(member));
    TRY(merge.advance());
  }
  return found;
}

base::Result<std::vector<AudienceMember>> SqliteAudience::read_named(const AudienceQuery& query) {
  TRY(prepare(team_scans_, query.teams.size(), kTeamScanSql));
  TRY(prepare(member_scan_, 1, kMemberScanSql));
  std::deque<SqliteCursor> scans;
  Merge merge;
  for (std::size_t i = 0; i < query.teams.size(); ++i) {
    SqliteCursor& scan = scans.emplace_back(team_scans_[i]);
    scan.bind(1, query.teams[i]).bind(2, query.after);
    const bool is_of_workspace = TRY(scan.next()) && scan.view(1) == query.workspace_id;
    if (is_of_workspace) merge.add(scan, i);
  }
  merge.begin();
  std::vector<AudienceMember> found;
  Names named(query.users, query.after);
  std::string user_id;
  MemberScan members(member_scan_.front(), query.workspace_id);
  std::vector<std::string> team_ids;
  while (found.size() < query.members_max && !(merge.at_end() && named.at_end())) {
    const bool name_first = !named.at_end() && (merge.at_end() || named.first() < merge.user_id());
    user_id = name_first ? std::string_view(named.first()) : merge.user_id();
    team_ids.clear();
    while (!merge.at_end() && merge.user_id() == user_id) {
      team_ids.push_back(query.teams[merge.tag()]);
      TRY(merge.advance());
    }
    const bool is_named = named.take(user_id);
    const std::optional<int> bit = TRY(members.bit_of(user_id));
    if (bit && *bit >= query.least_bit) found.push_back({user_id, *bit, is_named, std::move(team_ids)});
  }
  return found;
}

base::Result<std::vector<std::string>> SqliteAudience::teams_of(const std::string& user_id,
                                                                const AudienceQuery& query) {
  TRY(prepare(teams_of_user_, 1, kTeamsOfUserSql));
  SqliteCursor rows(teams_of_user_.front());
  rows.bind(1, user_id).bind(2, query.workspace_id);
  std::vector<std::string> team_ids;
  while (TRY(rows.next())) {
    if (std::binary_search(query.teams.begin(), query.teams.end(), rows.view(0))) team_ids.push_back(rows.text(0));
  }
  return team_ids;
}

base::Result<void> SqliteAudience::prepare(std::vector<SqliteStatement>& statements, std::size_t count,
                                           std::string_view sql) {
  while (statements.size() < count) statements.push_back(TRY(connection_.prepare(sql)));
  return {};
}

}  // namespace catalog
