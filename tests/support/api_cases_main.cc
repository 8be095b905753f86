// The program that plays every *.case of a folder, in each world: PROGRAM [options of GoogleTest] FOLDER. Other tests
// may be linked in.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/api_player.h"

namespace {

struct World {
  const char* name;
  test::ApiWorldOptions options;
};
const World kWorlds[] = {{"memory", {.store = test::Store::kMemory, .base_path = {}}},
                         {"memory_below_base_path", {.store = test::Store::kMemory, .base_path = "/compute/resources"}},
                         {"sqlite", {.store = test::Store::kSqlite, .base_path = {}}}};

class CaseTest : public ::testing::Test {
 public:
  CaseTest(test::Case played, const World& world) : case_(std::move(played)), world_(world) {}
  void TestBody() override { test::Player(case_, world_.options).play(); }

 private:
  test::Case case_;
  const World& world_;
};

class BrokenCase : public ::testing::Test {
 public:
  explicit BrokenCase(std::string what) : what_(std::move(what)) {}
  void TestBody() override { ADD_FAILURE() << what_; }

 private:
  std::string what_;
};

std::string suite_of(const std::string& case_name) {
  std::string suite = case_name;
  std::replace(suite.begin(), suite.end(), '-', '_');
  return suite;
}

void add(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  const base::Result<test::Case> played = test::parse_case(file.string(), text.str());
  const std::string suite = suite_of(file.stem().string());
  if (!played) {
    ::testing::RegisterTest(suite.c_str(), "is_read", nullptr, nullptr, __FILE__, __LINE__,
                            [what = played.error().message]() -> ::testing::Test* { return new BrokenCase(what); });
    return;
  }
  for (const World& world : kWorlds) {
    ::testing::RegisterTest(suite.c_str(), world.name, nullptr, nullptr, file.string().c_str(), 1,
                            [each = *played, &world]() -> ::testing::Test* { return new CaseTest(each, world); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    fmt::print(stderr, "which folder of cases is to be played?\n");
    return 2;
  }
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1], failed)) {
    if (entry.path().extension() == ".case") files.push_back(entry.path());
  }
  if (failed || files.empty()) {
    fmt::print(stderr, "{} has no cases\n", argv[1]);
    return 2;
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) add(file);
  return RUN_ALL_TESTS();
}
