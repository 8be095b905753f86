// A directory of models is somebody's: whatever stands in it gives a service or an error that says where, never more.

#include "aws_model/directory.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include "aws_model/library.h"
#include "base/limits.h"

namespace aws_model {
namespace {

namespace fs = std::filesystem;

std::string gzipped(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string input(text);
  std::string out(deflateBound(&stream, input.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class DirectoryTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "models_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { fs::remove_all(folder); }

  void write(const std::string& path, std::string_view text) const {
    fs::create_directories(fs::path(folder + "/" + path).parent_path());
    std::ofstream(folder + "/" + path, std::ios::binary) << text;
  }
  [[nodiscard]] std::unique_ptr<Library> library() const {
    auto opened = Library::open(folder);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    return *std::move(opened);
  }
  // What is wrong with the service, or "fine".
  [[nodiscard]] std::string wrong_with(std::string_view name) const {
    const auto opened = library();
    const auto service = opened->service(name);
    if (service) return "fine";
    EXPECT_EQ(service.error().code, base::Code::kInvalid) << service.error().message;
    return service.error().message;
  }

  std::string folder;
};

std::string model(std::string_view version, std::string_view operations) {
  return R"({"metadata":{"apiVersion":")" + std::string(version) +
         R"(","protocol":"json","serviceId":"Mine"},"operations":{)" + std::string(operations) + "}}";
}

constexpr std::string_view kPages = R"({"pagination":{"A":{"input_token":"i","output_token":"o","result_key":"r"}}})";

TEST_F(DirectoryTest, ComesFirstFileByFile) {
  write("sts/2011-06-15/service-2.json", model("2011-06-15", R"("OnlyMine":{}, "GetCallerIdentity":{})"));
  write("mine/2020-01-01/service-2.json.gz", gzipped(model("2020-01-01", R"("A":{})")));
  write("mine/2020-01-01/paginators-1.json", kPages);
  const auto opened = library();
  EXPECT_EQ(opened->services().size(), Library::open().value()->services().size() + 1);
  const Service& mine = **opened->service("mine");
  EXPECT_NE(mine.paginator(*mine.operation("A")), nullptr);
  EXPECT_TRUE((*opened->endpoint_rules("mine"))->is_null());
  const Service& sts = **opened->service("sts");
  EXPECT_NE(sts.operation("only-mine"), nullptr);
  EXPECT_EQ(sts.operation("AssumeRole"), nullptr);
  EXPECT_TRUE((*opened->endpoint_rules("sts"))->is_object()) << "still the archive's";
  EXPECT_NE((*opened->service("s3"))->operation("GetObject"), nullptr);
  EXPECT_EQ(opened->service("mien").error().message, "There is no service \"mien\". Did you mean mine?");
}

TEST_F(DirectoryTest, AFileAloneIsLaidOverTheArchivesOthers) {
  write("dynamodb/2012-08-10/paginators-1.json",
        R"({"pagination":{"Scan":{"input_token":"i","output_token":"o","result_key":"mine"}}})");
  write("dynamodb/2012-08-10/endpoint-rule-set-1.json", R"({"mine":true})");
  write("partitions.json", R"({"partitions":[]})");
  const auto opened = library();
  const Service& dynamodb = **opened->service("dynamodb");
  ASSERT_EQ(dynamodb.paginators.size(), 1U);
  EXPECT_EQ(dynamodb.paginators[0].result_keys[0], "mine");
  EXPECT_GE(dynamodb.waiters.size(), 2U) << "the archive's";
  EXPECT_TRUE((*opened->endpoint_rules("dynamodb"))->as_object().contains("mine"));
  EXPECT_TRUE((*opened->partitions())->at("partitions").as_array().empty());
}

TEST_F(DirectoryTest, TakesTheNewestVersionThatHasTheFile) {
  write("mine/2019-01-01/service-2.json", model("2019-01-01", R"("Old":{})"));
  write("mine/2020-01-01/service-2.json", model("2020-01-01", R"("A":{})"));
  write("mine/2021-01-01/waiters-2.json", R"({"waiters":{}})");
  write("mine/2019-01-01/paginators-1.json", kPages);
  const auto opened = library();
  const Service& mine = **opened->service("mine");
  EXPECT_EQ(mine.version, "2020-01-01");
  EXPECT_NE(mine.paginator(*mine.operation("A")), nullptr);
  const auto& entries = opened->services();
  const auto entry = std::find_if(entries.begin(), entries.end(), [](auto& e) { return e.name == "mine"; });
  EXPECT_EQ(entry->version, "2020-01-01");
}

TEST_F(DirectoryTest, LaysTheExtrasOver) {
  write("mine/1/service-2.json", model("1", R"("A":{"http":{"method":"GET","requestUri":"/a"}})"));
  write("mine/1/service-2.sdk-extras.json",
        R"({"version":1.0,"merge":{"metadata":{"serviceId":"Other","signingName":"s"},
            "operations":{"A":{"http":{"method":"PUT"}},"B":{}}}})");
  const auto opened = library();
  const Service& mine = **opened->service("mine");
  EXPECT_EQ(mine.service_id, "Other");
  EXPECT_EQ(mine.signing_name, "s");
  EXPECT_EQ(mine.version, "1") << "what the extras do not name stays";
  EXPECT_EQ(mine.operation("A")->method, "PUT");
  EXPECT_EQ(mine.operation("A")->request_uri, "/a");
  EXPECT_NE(mine.operation("B"), nullptr);
  write("mine/1/service-2.sdk-extras.json", "[]");
  EXPECT_EQ(wrong_with("mine"), folder + "/mine/1/service-2.sdk-extras.json: /: This must be an object.");
  write("mine/1/service-2.sdk-extras.json", R"({"merge":7})");
  EXPECT_EQ(wrong_with("mine"), folder + "/mine/1/service-2.sdk-extras.json: /merge: This must be an object.");
  write("mine/1/service-2.sdk-extras.json", R"({"other":7})");
  EXPECT_EQ(wrong_with("mine"), "fine");
}

TEST_F(DirectoryTest, SaysWhichFileIsWrongAndWhere) {
  const std::string file = folder + "/mine/1/service-2.json";
  const auto written = [&](std::string_view text) {
    write("mine/1/service-2.json", text);
    return wrong_with("mine");
  };
  EXPECT_EQ(written(""), file + ": The text is empty where JSON is needed.");
  EXPECT_EQ(written("{\n  oops"), file +
                                      ": The text is not valid JSON: only true, false and null stand without double "
                                      "quotes (line 2, column 3).");
  EXPECT_EQ(written("[]"), file + ": /: This must be an object.");
  EXPECT_EQ(written(R"({"metadata":{"protocol":"json"},"operations":{"A":{"input":{"shape":"X"}}}})"),
            file + ": /operations/A/input/shape: There is no shape \"X\".");
  EXPECT_EQ(written(R"({"a":1,"a":2})"), file + ": This key stands twice in its object (line 1, column 10).");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"a":)";
  EXPECT_TRUE(written(deep).starts_with(file + ": The text is not valid JSON: it is nested too deeply"))
      << written(deep);
  EXPECT_EQ(written(model("1", "")), "fine") << "a service without operations is one";

  write("mine/1/paginators-1.json", R"({"pagination":[]})");
  EXPECT_EQ(wrong_with("mine"), folder + "/mine/1/paginators-1.json: /pagination: This must be an object.");
  fs::remove(folder + "/mine/1/paginators-1.json");
  write("mine/1/waiters-2.json", "nothing");
  EXPECT_TRUE(wrong_with("mine").starts_with(folder + "/mine/1/waiters-2.json: The text is not valid JSON"));
}

TEST_F(DirectoryTest, DamagedGzipFilesAreRefused) {
  const std::string whole = gzipped(model("1", ""));
  const std::string file = folder + "/mine/1/service-2.json.gz";
  const std::string story = file + ": This is no gzip file, or it is damaged or cut off.";
  write("mine/1/service-2.json.gz", whole);
  EXPECT_EQ(wrong_with("mine"), "fine");
  write("mine/1/service-2.json.gz", gzipped("{\"metadata\":{") + gzipped("\"protocol\":\"json\"}}"));
  EXPECT_EQ(wrong_with("mine"), "fine") << "a gzip file may have several parts";
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    write("mine/1/service-2.json.gz", std::string_view(whole).substr(0, bytes));
    ASSERT_EQ(wrong_with("mine"), story) << bytes;
    if (bytes == 20) bytes = whole.size() - 12;  // head and tail are enough
  }
  std::string changed = whole;
  changed[changed.size() - 6] = static_cast<char>(~changed[changed.size() - 6]);
  write("mine/1/service-2.json.gz", changed);
  EXPECT_EQ(wrong_with("mine"), story) << "the checksum";
  write("mine/1/service-2.json.gz", model("1", ""));
  EXPECT_EQ(wrong_with("mine"), story) << "JSON under the name of a gzip file";
}

TEST_F(DirectoryTest, WhatUnpacksToTooMuchIsRefused) {
  std::string bomb = gzipped(std::string(base::limits::kModelFileBytesMax + 1'000'000, ' '));
  write("mine/1/service-2.json.gz", bomb);
  EXPECT_EQ(wrong_with("mine"), folder + "/mine/1/service-2.json.gz: The file is too large; 64 MB are the limit.");
}

TEST_F(DirectoryTest, WhatIsNoFileIsRefused) {
  fs::create_directories(folder + "/mine/1/service-2.json");
  EXPECT_EQ(wrong_with("mine"), folder + "/mine/1/service-2.json: This must be a regular file.");
  fs::create_directories(folder + "/pipe/1");
  ASSERT_EQ(::mkfifo((folder + "/pipe/1/service-2.json").c_str(), 0600), 0);
  EXPECT_EQ(wrong_with("pipe"), folder + "/pipe/1/service-2.json: This must be a regular file.");
}

TEST_F(DirectoryTest, CyclesAreShapesLikeOthers) {
  write("mine/1/service-2.json", R"({"metadata":{"protocol":"query"},"shapes":{
    "L":{"type":"list","member":{"shape":"L"}},
    "M":{"type":"map","key":{"shape":"M"},"value":{"shape":"M"}},
    "S":{"type":"structure","members":{"s":{"shape":"S"}},"required":["s"],"payload":"s"}}})");
  const auto opened = library();
  const auto service = opened->service("mine");
  ASSERT_TRUE(service) << service.error().message;
  const Shape* list = (*service)->shape("L");
  EXPECT_EQ(list->element->shape, list);
  const Shape* structure = (*service)->shape("S");
  EXPECT_EQ(structure->payload->shape, structure);
}

TEST_F(DirectoryTest, AnErrorStays) {
  write("mine/1/service-2.json", "{");
  const auto opened = library();
  const std::string first = opened->service("mine").error().message;
  write("mine/1/service-2.json", model("1", ""));
  EXPECT_EQ(opened->service("mine").error().message, first) << "it was read once";
  EXPECT_TRUE(library()->service("mine"));
}

TEST_F(DirectoryTest, OtherFilesAreNoServices) {
  write("README", "hello");
  write("docs/readme/service-2.txt", "hello");
  write("empty/1/other.json", "{}");
  fs::create_directories(folder + "/nothing");
  fs::create_directory_symlink(folder, folder + "/loop");
  EXPECT_EQ(library()->services().size(), Library::open().value()->services().size());
  const auto none = Library::open(folder + "/README");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, base::Code::kNotFound);
  EXPECT_EQ(none.error().message, "There is no directory of service models at " + folder + "/README.");
}

}  // namespace
}  // namespace aws_model
