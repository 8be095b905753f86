// ACLs as the server writes them: the text of an aclitem[], taken apart here. The server would explode an array of ACL
// items in time quadratic in its length, because it unpacks a compressed one again for each entry; written out as one
// text it is unpacked once, whatever its length.
//
//   {=UC/owner,"\"Odd \"\"name\"\"\"=r*w/owner"}     grantee = privileges (each with * where it may be granted on) /
//   grantor
//
//   Threads  a reader of names may be shared for reading.
//   Errors   kConflict for a role that is not known: it was made or renamed while the catalog was read. kCorrupt for a
//            text that is no ACL, or has a privilege that no major up to 18 has.
//   Source   PostgreSQL documentation, "Privileges", table of ACL privilege abbreviations.

#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "pg_model/state.h"

namespace pg_inspect {

class RoleNames {
 public:
  void add(std::string_view name, pg_model::Oid oid) { oids_.emplace(name, oid); }
  // A role that was dropped while it had rights stands in an ACL as its number.
  [[nodiscard]] base::Result<pg_model::Oid> oid(std::string_view name) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, pg_model::Oid, Hash, std::equal_to<>> oids_;
};

// Sorted by grantee and grantor, so that equal rights are equal values.
base::Result<std::vector<pg_model::Grant>> parse_acl(std::string_view array, const RoleNames& roles);

// Elements of any one-dimensional array as the server writes it, of those that hold no NULL.
base::Result<std::vector<std::string>> parse_array(std::string_view array);

}  // namespace pg_inspect
