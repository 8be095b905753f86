// Default privileges, and what they mean for objects that are there already.

#pragma once

#include "pg_plan/work.h"

namespace pg_plan {

// The kind under which default privileges count it: kTable for all relations but sequences, kFunction for routines ...
pg_model::Kind default_kind(pg_model::Kind kind);

// What the declared defaults of the object's owner give on it: needed where the default itself is new in this plan
// (backfill), allowed in any case. Null where there is nothing.
const Work::DefaultRights* rights_by_default(Work& work, std::size_t database, const pg_model::Object& object);

}  // namespace pg_plan
