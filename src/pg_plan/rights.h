// The rules of one access list: what is there, what is wished, and so what must be given and taken, by whom. The same
// for an object's ACL and for a default ACL.
//
// A right is known by its grantor. Only the owner gives; a right is taken in the name of the one who gave it. Who loses
// the grant option loses what they gave: that is taken first, and given again by the owner where it is to stay.
//
//   Pure, any thread.

#pragma once

#include <vector>

#include "pg_model/state.h"

namespace pg_plan {

// What one grantee shall have. Sorted by grantee wherever there are several.
struct Wish {
  pg_model::Oid grantee = 0;
  pg_model::Privileges need = 0, need_option = 0;        // must be there
  pg_model::Privileges allowed = 0, allowed_option = 0;  // may be there, also under kExactly
  pg_model::Privileges forbidden = 0;                    // must not be there, whatever the mode
};

struct Gift {
  pg_model::Oid grantee = 0;
  pg_model::Privileges privileges = 0;
  bool option = false;
};

struct Taking {
  pg_model::Oid grantee = 0, grantor = 0;
  pg_model::Privileges privileges = 0;
  bool option_only = false;
  int depth = 0;  // how far the grantor is from the owner
};

struct Difference {
  std::vector<Gift> gifts;
  std::vector<Taking> takings;
  std::vector<pg_model::Grant> excess;  // what is there, and neither needed nor allowed: of kAdopt
  std::vector<pg_model::Grant> after;
  [[nodiscard]] bool empty() const { return gifts.empty() && takings.empty(); }
};

struct Rules {
  pg_model::Oid owner = 0;
  bool exactly = false;  // what is neither needed nor allowed goes
  bool report = false;   // fill `excess`
  // Grantees that are about to be dropped lose all; those that are managed elsewhere lose only what is forbidden.
  bool (*absent)(const void*, pg_model::Oid) = nullptr;
  bool (*external)(const void*, pg_model::Oid) = nullptr;
  const void* context = nullptr;
};

// `present` is sorted by grantee if it was not. `lost_before`: what went with another list (a column's with its
// table's), and is to be given again unless it shall not be there.
Difference compare(std::vector<pg_model::Grant>& present, const std::vector<Wish>& wishes, const Rules& rules,
                   const std::vector<Taking>& lost_before = {});

// Sorts, and makes one of several for the same grantee.
void merge(std::vector<Wish>& wishes);

}  // namespace pg_plan
