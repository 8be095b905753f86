// Random clusters for tests: names that break quoting, every kind of object, grants by several grantors. In memory, and
// consistent as a catalog is: who is named exists, an owner has its own rights or has taken some away.

#pragma once

#include <cstdint>

#include "pg_model/state.h"

namespace pg_spec::testing {

pg_model::Cluster random_cluster(std::uint64_t seed, int major);

}  // namespace pg_spec::testing
