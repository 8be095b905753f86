#include "store/file_reader.h"

#include <filesystem>

#include <fmt/format.h>

#include "store/sqlite_connection.h"
#include "store/sqlite_table.h"

namespace store {
namespace {

using internal::Connection;
using internal::Statement;

class SqliteFileReader final : public FileReader {
 public:
  explicit SqliteFileReader(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  base::Result<void> walk(std::string_view pk_prefix,
                          const std::function<base::Result<void>(const Item&)>& each) override {
    const std::optional<std::string> end = end_of_prefix(std::string(pk_prefix));
    Statement statement =
        TRY(connection_->prepare("SELECT pk, sk, gsi1pk, gsi1sk, type, version, attributes FROM item"
                                 " WHERE pk >= ?1 AND (?2 IS NULL OR pk < ?2) ORDER BY pk, sk"));
    statement.bind_blob(1, pk_prefix);
    if (end)
      statement.bind_blob(2, *end);
    else
      statement.bind_null(2);
    while (TRY(statement.step())) {
      const auto text = [&](int column) { return std::string(statement.column_bytes(column)); };
      Item item{.key = {text(0), text(1)}, .index = {}, .type = text(4), .attributes = text(6)};
      if (!statement.is_null(2)) item.index = Key{text(2), text(3)};
      item.version = static_cast<Version>(statement.column_int(5));
      TRY(each(item));
    }
    return {};
  }

 private:
  std::unique_ptr<Connection> connection_;
};

}  // namespace

base::Result<std::unique_ptr<FileReader>> FileReader::open(const std::string& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return base::fail(base::Code::kNotFound, fmt::format("There is no file {}.", file));
  std::unique_ptr<Connection> connection = TRY(Connection::open(file, internal::Access::kRead, ""));
  if (TRY(connection->number("PRAGMA application_id")) != kApplicationId)
    return base::fail(base::Code::kImpossible, fmt::format("{} is not a data file of Stewardry.", file));
  if (TRY(connection->number("PRAGMA user_version")).value_or(0) > kFormatVersion)
    return base::fail(base::Code::kImpossible, fmt::format("{} was written by a newer Stewardry.", file));
  TRY(connection->execute("BEGIN"));
  TRY(connection->number("SELECT count(*) FROM sqlite_schema"));  // the moment begins with the first read
  return std::unique_ptr<FileReader>(std::make_unique<SqliteFileReader>(std::move(connection)));
}

}  // namespace store
