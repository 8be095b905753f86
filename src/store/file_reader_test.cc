#include "store/file_reader.h"

#include <fstream>

#include <gtest/gtest.h>

#include "store/sqlite_table.h"
#include "store/temp_folder.h"

namespace store {
namespace {

const base::Deadline kForever = base::Deadline::never();

Item item(std::string pk, std::string sk) {
  return {.key = {std::move(pk), std::move(sk)}, .index = Key{"i", "s"}, .type = "t", .attributes = "{\"n\":1}"};
}

std::vector<std::string> keys_of(FileReader& reader, std::string_view prefix) {
  std::vector<std::string> keys;
  EXPECT_TRUE(reader.walk(prefix, [&](const Item& each) -> base::Result<void> {
    keys.push_back(each.key.pk + '/' + each.key.sk);
    return {};
  }));
  return keys;
}

TEST(FileReader, WalksWhatBeginsWithThePrefixInOrderAsItWasWhenOpened) {
  const TempFolder folder;
  const std::string file = folder.file("state.db");
  const auto table = open_sqlite_table({.file = file}).value();
  for (const char* pk : {"b#2", "a#1", "b#1", "b", "c#\xff", "b#"})
    for (const char* sk : {"2", "1"})
      ASSERT_TRUE(table->write(std::array{Write(Put{item(pk, sk), Absent{}})}, kForever));
  const auto reader = FileReader::open(file).value();  // while the table is open
  const std::vector<std::string> expected{"b#/1", "b#/2", "b#1/1", "b#1/2", "b#2/1", "b#2/2"};
  EXPECT_EQ(keys_of(*reader, "b#"), expected);
  ASSERT_TRUE(table->write(std::array{Write(Put{item("b#0", "x"), Absent{}})}, kForever));
  EXPECT_EQ(keys_of(*reader, "b#"), expected) << "one moment";
  EXPECT_EQ(keys_of(*FileReader::open(file).value(), "b#").size(), 7U);
  EXPECT_EQ(keys_of(*reader, "").size(), 12U);
  EXPECT_EQ(keys_of(*reader, "\xff").size(), 0U);
  ASSERT_TRUE(reader->walk("a#", [&](const Item& each) -> base::Result<void> {
    EXPECT_EQ(each.index, (Key{"i", "s"}));
    EXPECT_EQ(each.type, "t");
    EXPECT_EQ(each.version, 1U);
    EXPECT_EQ(each.attributes, "{\"n\":1}");
    return {};
  }));
  int calls = 0;
  const auto stopped = reader->walk("b#", [&](const Item&) -> base::Result<void> {
    ++calls;
    return base::fail(base::Code::kInvalid, "enough");
  });
  EXPECT_EQ(stopped.error().message, "enough");
  EXPECT_EQ(calls, 1);
}

TEST(FileReader, RefusesWhatIsNoDataFile) {
  const TempFolder folder;
  EXPECT_EQ(FileReader::open(folder.file("none")).error().code, base::Code::kNotFound);
  std::ofstream(folder.file("text")) << std::string(5000, 'x');
  EXPECT_EQ(FileReader::open(folder.file("text")).error().code, base::Code::kCorrupt);
  std::ofstream(folder.file("empty"));
  EXPECT_EQ(FileReader::open(folder.file("empty")).error().code, base::Code::kImpossible);
}

}  // namespace
}  // namespace store
