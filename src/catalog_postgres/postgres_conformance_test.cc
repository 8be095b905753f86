#include "catalog/directory_conformance.h"
#include "catalog_postgres/postgres_test_support.h"

namespace catalog {
namespace {

std::unique_ptr<DirectoryFixture> make_postgres_fixture() {
  return std::make_unique<catalog_postgres::PostgresFixture>();
}

INSTANTIATE_TEST_SUITE_P(Postgres, DirectoryConformance, testing::Values(&make_postgres_fixture));

}  // namespace
}  // namespace catalog
