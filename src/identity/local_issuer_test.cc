// What must not happen: two commands that start together make two keys; half a key is read; a key that others could
// have copied is used; the server does not understand what its own command line issues.

#include "identity/local_issuer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/keys.h"
#include "identity/jwt.h"
#include "identity/tokens_test_support.h"

namespace identity {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

class LocalIssuerTest : public testing::Test {
 protected:
  LocalIssuerTest() {
    std::string name = testing::TempDir() + "local_issuer_XXXXXX";
    folder = ::mkdtemp(name.data());
  }
  ~LocalIssuerTest() override { fs::remove_all(folder); }

  [[nodiscard]] fs::path key() const { return folder / "issuer" / "private.pem"; }
  [[nodiscard]] fs::path key_set() const { return folder / "issuer" / "jwks.json"; }
  std::unique_ptr<LocalIssuer> open() { return std::move(LocalIssuer::open(folder, entropy).value()); }
  std::string open_error() {
    const auto opened = LocalIssuer::open(folder, entropy);
    return opened ? "opened" : opened.error().message;
  }
  static mode_t mode(const fs::path& file) {
    struct stat status{};
    EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
    return status.st_mode & 0777;
  }
  static std::string read(const fs::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static std::size_t files_in(const fs::path& where) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(where), {}));
  }

  fs::path folder;
  base::SystemEntropy entropy;
};

TEST_F(LocalIssuerTest, ItsTokensVerify) {
  const auto issuer = open();
  base::ManualClock clock{test_now()};
  base::Logger log{clock, base::LogLevel::kError, [](std::string_view) {}};
  base::Registry metrics;
  const auto verifier =
      std::move(Verifier::make({.issuers = {issuer->as_issuer()}}, nullptr, clock, log, metrics).value());
  const base::Result<std::string> token = issuer->issue(kTestUser, kTestWorkspace, clock.now(), seconds(60));
  ASSERT_TRUE(token);
  const base::Result<Principal> principal = verifier->verify(*token, base::Deadline::never());
  ASSERT_TRUE(principal) << principal.error().message;
  EXPECT_EQ(principal->user_id, kTestUser);
  EXPECT_EQ(principal->workspace_id, kTestWorkspace);
  EXPECT_EQ(principal->issuer, kLocalIssuerName);
  EXPECT_EQ(principal->expires_at, clock.now() + seconds(60));
  EXPECT_EQ(
      verifier
          ->verify(issuer->issue(kTestUser, std::nullopt, clock.now(), seconds(60)).value(), base::Deadline::never())
          ->workspace_id,
      std::nullopt);
  clock.advance(seconds(90));
  EXPECT_FALSE(verifier->verify(*token, base::Deadline::never()));
}

TEST_F(LocalIssuerTest, EachTokenIsItsOwn) {
  const auto issuer = open();
  const std::string one = issuer->issue(kTestUser, std::nullopt, test_now(), seconds(60)).value();
  const std::string two = issuer->issue(kTestUser, std::nullopt, test_now(), seconds(60)).value();
  EXPECT_NE(parse_token(one)->claims.at("jti"), parse_token(two)->claims.at("jti"));
  const json::Object claims = parse_token(one)->claims;
  for (const char* name : {"iss", "aud", "sub", "iat", "nbf", "exp", "jti"}) EXPECT_TRUE(claims.contains(name)) << name;
  EXPECT_FALSE(claims.contains("organization_id"));
}

TEST_F(LocalIssuerTest, FilesArePrivate) {
  const mode_t before = ::umask(0);
  open();
  ::umask(before);
  EXPECT_EQ(mode(folder / "issuer"), 0700U);
  EXPECT_EQ(mode(key()), 0600U);
  EXPECT_EQ(files_in(folder / "issuer"), 2U) << "no draft stays behind";
  EXPECT_EQ(read(key_set()).find("\"d\""), std::string::npos);
}

TEST_F(LocalIssuerTest, TheKeyStays) {
  const std::string token = open()->issue(kTestUser, std::nullopt, test_now(), seconds(60)).value();
  const std::string pem = read(key()), keys = read(key_set());
  const std::string again = open()->issue(kTestUser, std::nullopt, test_now(), seconds(60)).value();
  EXPECT_EQ(parse_token(token)->key_id, parse_token(again)->key_id);
  EXPECT_EQ(read(key()), pem);
  fs::remove(key_set());
  open();
  EXPECT_EQ(read(key_set()), keys) << "it is made again from the key";
  std::ofstream(key_set()) << R"({"keys":[]})";
  open();
  EXPECT_EQ(read(key_set()), keys);
  fs::remove(key());
  open();
  EXPECT_NE(read(key_set()), keys) << "a new key has a new name";
}

// RFC 8037, appendix A.3: the thumbprint of its example key.
TEST_F(LocalIssuerTest, TheKeysNameIsItsThumbprint) {
  fs::create_directory(folder / "issuer");
  const auto pem = crypto::PrivateKey::from_seed(
                       base::Secret(base::parse_base64url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").value()))
                       ->to_pem();
  std::ofstream(key()) << pem.reveal();
  fs::permissions(key(), fs::perms::owner_read | fs::perms::owner_write);
  const std::string token = open()->issue(kTestUser, std::nullopt, test_now(), seconds(60)).value();
  EXPECT_EQ(parse_token(token)->key_id, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST_F(LocalIssuerTest, AKeyThatOthersMayReadIsRefused) {
  open();
  for (const mode_t bad : {0640U, 0604U, 0644U, 0660U, 0602U, 0777U}) {
    ASSERT_EQ(::chmod(key().c_str(), bad), 0);
    EXPECT_NE(open_error().find("may be read by others"), std::string::npos) << std::oct << bad;
  }
  ASSERT_EQ(::chmod(key().c_str(), 0600), 0);
  EXPECT_EQ(open_error(), "opened");
  ASSERT_EQ(::chmod((folder / "issuer").c_str(), 0770), 0);
  EXPECT_NE(open_error().find("can be written to by others"), std::string::npos);
}

TEST_F(LocalIssuerTest, WhatIsNoKeyIsRefusedAndKept) {
  open();
  for (const std::string& bad : {std::string(), std::string("nonsense"), read(key()).substr(0, 60)}) {
    std::ofstream(key(), std::ios::trunc) << bad;
    EXPECT_NE(open_error().find("holds no Ed25519 key"), std::string::npos) << bad;
    EXPECT_EQ(read(key()), bad);
  }
  fs::remove(key());
  fs::create_symlink("/dev/null", key());
  EXPECT_NE(open_error(), "opened") << "a link is not followed";
  fs::remove(key());
  fs::create_directory(key());
  EXPECT_NE(open_error().find("is not a file"), std::string::npos);
  fs::remove_all(folder / "issuer");
  std::ofstream(folder / "issuer") << "x";
  EXPECT_NE(open_error().find("is not a folder"), std::string::npos);
}

TEST_F(LocalIssuerTest, MakesTheDataFolderToo) {
  folder /= "deep/er";
  EXPECT_EQ(open_error(), "opened");
  folder = folder.parent_path().parent_path();
}

TEST_F(LocalIssuerTest, ManyProcessesMakeOneKey) {
  constexpr int kProcesses = 8;
  int start[2], results[2];
  ASSERT_EQ(::pipe(start), 0);
  ASSERT_EQ(::pipe(results), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      char byte = 0;
      ::close(start[1]);
      (void)!::read(start[0], &byte, 1);  // ends for all at once, when the parent closes its side
      const auto issuer = LocalIssuer::open(folder, entropy);
      std::string name(43, '-');
      if (issuer) {
        name = parse_token((*issuer)->issue(kTestUser, std::nullopt, test_now(), seconds(60)).value())->key_id;
      }
      (void)!::write(results[1], name.data(), name.size());
      ::_exit(issuer ? 0 : 1);
    }
    children.push_back(child);
  }
  ::close(start[0]);
  ::close(start[1]);
  ::close(results[1]);
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  std::string names(43 * kProcesses + 1, '\0');
  const ssize_t size = ::read(results[0], names.data(), names.size());
  ::close(results[0]);
  ASSERT_EQ(size, 43 * kProcesses);
  for (int i = 1; i < kProcesses; ++i)
    EXPECT_EQ(names.substr(static_cast<std::size_t>(i) * 43, 43), names.substr(0, 43));
  EXPECT_EQ(files_in(folder / "issuer"), 2U);
  EXPECT_NE(read(key_set()).find(names.substr(0, 43)), std::string::npos);
}

TEST_F(LocalIssuerTest, RefusesWhatNoServerWouldTake) {
  const auto issuer = open();
  const auto code = [&](std::string_view user, std::optional<std::string_view> workspace, seconds lifetime) {
    return issuer->issue(user, workspace, test_now(), lifetime).error().code;
  };
  EXPECT_EQ(code("", std::nullopt, seconds(60)), base::Code::kInvalid);
  EXPECT_EQ(code("alice", std::nullopt, seconds(60)), base::Code::kInvalid);
  EXPECT_EQ(code(kTestWorkspace, std::nullopt, seconds(60)), base::Code::kInvalid);
  EXPECT_EQ(code(kTestUser, "", seconds(60)), base::Code::kInvalid);
  EXPECT_EQ(code(kTestUser, kTestUser, seconds(60)), base::Code::kInvalid);
  EXPECT_EQ(code(kTestUser, std::nullopt, seconds(0)), base::Code::kInvalid);
  EXPECT_EQ(code(kTestUser, std::nullopt, seconds(-1)), base::Code::kInvalid);
  EXPECT_EQ(code(kTestUser, std::nullopt, LocalIssuer::kLifetimeMax + seconds(1)), base::Code::kInvalid);
  EXPECT_TRUE(issuer->issue(kTestUser, std::nullopt, test_now(), LocalIssuer::kLifetimeMax));
}

}  // namespace
}  // namespace identity
