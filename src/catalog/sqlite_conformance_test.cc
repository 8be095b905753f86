#include "catalog/directory_conformance.h"
#include "catalog/sqlite_test_support.h"

namespace catalog {
namespace {

std::unique_ptr<DirectoryFixture> make_sqlite_fixture() { return std::make_unique<SqliteFixture>(); }

INSTANTIATE_TEST_SUITE_P(Sqlite, DirectoryConformance, testing::Values(&make_sqlite_fixture));

}  // namespace
}  // namespace catalog
