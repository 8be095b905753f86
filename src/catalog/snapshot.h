// The import document: what an operator, or the program that keeps the truth elsewhere, states about the directory.
//
//   {"users": [{"id": "N:user:<uuid>", "name": "...", "email": "..."}],
//    "workspaces": [{"id": "N:organization:<uuid>", "name": "...",
//                    "members": [{"user": "N:user:<uuid>", "permissionBit": 8}],
//                    "teams": [{"id": "N:team:<uuid>", "name": "...", "members": ["N:user:<uuid>"]}]}],
//    "operators": ["N:user:<uuid>"]}
//
// Users named are made or changed, and never removed. A workspace named is stated whole: its members, teams and team
// members that are not named are removed; workspaces not named stay as they are. `operators`, where present, is the
// whole list; absent, the operators stay. Ids may be in either case and are kept in lower case. The same document twice
// changes nothing the second time. A document with a problem changes nothing at all.
//
// The rules, each with the JSON pointer of what breaks it: the types' own (unknown members, malformed ids, empty names,
// control characters); permission bits are 0, 1, 2, 4, 8, 16 or 32; nothing is named twice; whoever is named as a
// member, team member or operator is a user of the document or of the directory; a team of another workspace is not
// taken over. (Somebody in a team who is no member of its workspace is taken in, and reaches nothing through it until
// they are.) docs/reference/directory-file.md says the same to the reader.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "json/decode.h"
#include "json/describe.h"
#include "json/formats.h"

namespace catalog {

class SqliteDirectory;

inline constexpr std::size_t kSnapshotBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kSnapshotItemsMax = 1'000'000;  // of one list
inline constexpr std::size_t kDirectoryNameCharsMax = 255;   // the platform's own columns hold no more
inline constexpr std::size_t kEmailCharsMax = 320;

struct SnapshotUser {
  static constexpr std::string_view kTypeName = "DirectoryUser";
  static constexpr bool kClosed = true;
  std::string id;
  std::string name;
  std::string email;
  template <class V>
  static void describe(V& field) {
    field("id", &SnapshotUser::id, {.doc = "The user's node id.", .format = &json::kUserIdFormat});
    field("name", &SnapshotUser::name,
          {.doc = "As people read it.", .chars_min = 1, .chars_max = kDirectoryNameCharsMax});
    field("email", &SnapshotUser::email,
          {.doc = "Empty where none is known.", .chars_max = kEmailCharsMax, .may_miss = true});
  }
};

struct SnapshotMember {
  static constexpr std::string_view kTypeName = "DirectoryMember";
  static constexpr bool kClosed = true;
  std::string user;
  int permission_bit = 0;
  template <class V>
  static void describe(V& field) {
    field("user", &SnapshotMember::user, {.doc = "The member's node id.", .format = &json::kUserIdFormat});
    field("permissionBit", &SnapshotMember::permission_bit,
          {.doc = "0 none, 1 guest, 2 read, 4 write, 8 delete (collaborator), 16 administer, 32 owner."});
  }
};

struct SnapshotTeam {
  static constexpr std::string_view kTypeName = "DirectoryTeam";
  static constexpr bool kClosed = true;
  std::string id;
  std::string name;
  std::vector<std::string> members;
  template <class V>
  static void describe(V& field) {
    field("id", &SnapshotTeam::id, {.doc = "The team's node id.", .format = &json::kTeamIdFormat});
    field("name", &SnapshotTeam::name,
          {.doc = "As people read it.", .chars_min = 1, .chars_max = kDirectoryNameCharsMax});
    field("members", &SnapshotTeam::members,
          {.doc = "Everyone who is in the team; members of the workspace. Absent: nobody.",
           .format = &json::kUserIdFormat,
           .items_max = kSnapshotItemsMax,
           .may_miss = true});
  }
};

struct SnapshotWorkspace {
  static constexpr std::string_view kTypeName = "DirectoryWorkspace";
  static constexpr bool kClosed = true;
  std::string id;
  std::string name;
  std::vector<SnapshotMember> members;
  std::vector<SnapshotTeam> teams;
  template <class V>
  static void describe(V& field) {
    field("id", &SnapshotWorkspace::id, {.doc = "The workspace's node id.", .format = &json::kWorkspaceIdFormat});
    field("name", &SnapshotWorkspace::name,
          {.doc = "As people read it.", .chars_min = 1, .chars_max = kDirectoryNameCharsMax});
    field("members", &SnapshotWorkspace::members,
          {.doc = "Every member. Absent: nobody.", .items_max = kSnapshotItemsMax, .may_miss = true});
    field("teams", &SnapshotWorkspace::teams,
          {.doc = "Every team. Absent: none.", .items_max = kSnapshotItemsMax, .may_miss = true});
  }
};

struct Snapshot {
  static constexpr std::string_view kTypeName = "DirectorySnapshot";
  static constexpr bool kClosed = true;
  std::vector<SnapshotUser> users;
  std::vector<SnapshotWorkspace> workspaces;
  std::optional<std::vector<std::string>> operators;
  template <class V>
  static void describe(V& field) {
    field("users", &Snapshot::users,
          {.doc = "Users to make or change.", .items_max = kSnapshotItemsMax, .may_miss = true});
    field("workspaces", &Snapshot::workspaces,
          {.doc = "Workspaces, each stated whole.", .items_max = kSnapshotItemsMax, .may_miss = true});
    field("operators", &Snapshot::operators,
          {.doc = "Everyone who operates the platform. Absent: as it is.",
           .format = &json::kUserIdFormat,
           .items_max = kSnapshotItemsMax});
  }
};

struct ImportTally {
  static constexpr std::string_view kTypeName = "DirectoryImportTally";
  std::uint32_t named = 0;
  std::uint32_t added = 0;
  std::uint32_t changed = 0;
  std::uint32_t removed = 0;
  bool operator==(const ImportTally&) const = default;
  template <class V>
  static void describe(V& field) {
    field("named", &ImportTally::named, {.doc = "How many the document names."});
    field("added", &ImportTally::added, {.doc = "How many of them are new."});
    field("changed", &ImportTally::changed, {.doc = "How many of them were different before."});
    field("removed", &ImportTally::removed, {.doc = "How many were there and are not named."});
  }
};

// Enough to write down what was done (the audit trail adds who did it): the document by its digest, and what it
// changed.
struct ImportReport {
  static constexpr std::string_view kTypeName = "DirectoryImportReport";
  std::string document_sha256;
  std::uint64_t document_bytes = 0;
  ImportTally users;
  ImportTally workspaces;
  ImportTally members;
  ImportTally teams;
  ImportTally team_members;
  ImportTally operators;
  bool operator==(const ImportReport&) const = default;
  // Whether the directory is another one than before; a document that was imported already changes nothing.
  [[nodiscard]] bool changed_anything() const {
    for (const ImportTally* each : {&users, &workspaces, &members, &teams, &team_members, &operators}) {
      if (each->added + each->changed + each->removed > 0) return true;
    }
    return false;
  }
  template <class V>
  static void describe(V& field) {
    field("documentSha256", &ImportReport::document_sha256, {.doc = "SHA-256 of the document's bytes, in hex."});
    field("documentBytes", &ImportReport::document_bytes);
    field("users", &ImportReport::users);
    field("workspaces", &ImportReport::workspaces);
    field("members", &ImportReport::members, {.doc = "Members of all the workspaces named."});
    field("teams", &ImportReport::teams);
    field("teamMembers", &ImportReport::team_members);
    field("operators", &ImportReport::operators);
  }
};

// A document as decoded, ids in canonical form where they are ids, with the problems that its types have found.
struct DecodedSnapshot {
  Snapshot snapshot;
  json::Problems problems;
};
// Errors: kInvalid where it is no JSON, kTooLarge past kSnapshotBytesMax.
base::Result<DecodedSnapshot> decode_snapshot(std::string_view document_text);

// What a check asks the directory as it is.
class KnownBefore {
 public:
  virtual ~KnownBefore() = default;
  virtual base::Result<bool> has_user(std::string_view user_id) = 0;
  virtual base::Result<std::optional<std::string>> workspace_of_team(std::string_view team_id) = 0;
};
// Gives the snapshot where nothing is wrong, else kInvalid with every problem.
base::Result<Snapshot> check_snapshot(DecodedSnapshot decoded, KnownBefore& before);

// Decodes, checks and applies, all in one transaction. Errors: kInvalid with every problem, kTooLarge, and those of
// SqliteDirectory::write(); after any of them but kDeadline and kUnavailable it is certain that nothing has changed,
// and after those two importing again is safe.
base::Result<ImportReport> import(SqliteDirectory& directory, std::string_view document_text, base::Deadline deadline);

}  // namespace catalog
