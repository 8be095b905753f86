// For tests: one PostgreSQL for the whole test program, and the directory in it, filled by writing out a model's whole
// world. Who speaks to the server includes <support/postgres.h>.

#pragma once

#include <memory>
#include <string>

#include "catalog/directory_model.h"
#include "catalog/directory_test_support.h"
#include "catalog_postgres/postgres_directory.h"

namespace test_support {
class PostgresServer;
}

namespace catalog_postgres {

// Made by the first test that asks, on the main thread, and gone with the program.
test_support::PostgresServer& server();

PostgresDirectory::Options reader_options();
std::unique_ptr<PostgresDirectory> make_directory(PostgresDirectory::Options options);

// The statements that make the tables hold this world and nothing else, at one moment.
std::string statements_for(const catalog::DirectoryModel& world);

// Two users; the first owns the workspace and is in its team. In tables made anew.
void load_small_world();

class PostgresFixture final : public catalog::DirectoryFixture {
 public:
  PostgresFixture();
  catalog::Directory& directory() override { return *directory_; }
  void load(const catalog::Snapshot& change) override;

 private:
  catalog::DirectoryModel world_;
  std::unique_ptr<PostgresDirectory> directory_;
};

}  // namespace catalog_postgres
