// What pg_spec writes of a cluster asks for nothing, in any mode.

#include <gtest/gtest.h>

#include "pg_plan/plan.h"
#include "pg_spec/random_cluster.h"

namespace pg_plan {
namespace {

TEST(Written, APlanOfWhatWasWrittenIsEmptyInEveryMode) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const pg_model::Cluster cluster = pg_spec::testing::random_cluster(seed, 13 + static_cast<int>(seed % 6));
    const std::string text = pg_spec::write(cluster);
    base::Result<pg_spec::Spec> spec = pg_spec::read(text, "written.yaml");
    ASSERT_TRUE(spec) << spec.error().message << "\n" << text;
    for (const pg_spec::Mode mode : {pg_spec::Mode::kExactly, pg_spec::Mode::kAtLeast, pg_spec::Mode::kAdopt}) {
      spec->mode = mode;
      const base::Result<Plan> made = plan(cluster, *spec, {.effective_access = false});
      ASSERT_TRUE(made) << made.error().message << "\n" << text;
      EXPECT_EQ(made->refused, "") << seed;
      std::string all;
      for (const Statement& each : made->statements) all += each.sql + "  -- " + each.reason + "\n";
      for (const Statement& each : made->administrator)
        all += "administrator: " + each.sql + "  -- " + each.reason + "\n";
      EXPECT_EQ(all, "") << "seed " << seed << ", mode " << static_cast<int>(mode) << "\n" << text;
    }
  }
}

}  // namespace
}  // namespace pg_plan
