// credential_process: real programs, in every way in which they go wrong.

#include <atomic>
#include <chrono>
#include <optional>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include "aws_credentials/program.h"
#include "aws_credentials/testing.h"

namespace aws_credentials {
namespace {

using testing::ChainTest;
using testing::in;
using namespace std::chrono_literals;

class ProcessTest : public ChainTest {
 protected:
  // A script, and the profile that runs it.
  std::string script(std::string_view body, std::string_view arguments = "") {
    const std::string path = write("a program", fmt::format("#!/bin/sh\n{}\n", body));
    ::chmod(path.c_str(), 0700);
    return place_of_ = config_file(
               fmt::format("[default]\ncredential_process = \"{}\" {}\naws_account_id = 42", path, arguments));
  }
  [[nodiscard]] std::string place() const { return "credential_process of profile \"default\" (" + place_of_ + ")"; }
  std::string place_of_;
};

std::string document(std::string_view more = "") {
  return fmt::format(R"({{"Version": 1, "AccessKeyId": "ASIA", "SecretAccessKey": "hidden"{}}})", more);
}

TEST_F(ProcessTest, WhatItPrintsIsRead) {
  script("echo '" + document() + "'");
  aws::Credentials got = get();
  EXPECT_EQ(got.keys.access_key_id, "ASIA");
  EXPECT_EQ(got.keys.secret_access_key.reveal(), "hidden");
  EXPECT_TRUE(got.keys.session_token.empty());
  EXPECT_EQ(got.expires, std::nullopt);
  EXPECT_EQ(got.account_id, "42");
  EXPECT_EQ(got.source, "credential-process");
  script("echo '" + document(R"(,"SessionToken":"t","AccountId":"7","Expiration":")" + in(1h) + "\"") + "'");
  got = get();
  EXPECT_EQ(got.keys.session_token.reveal(), "t");
  EXPECT_EQ(got.expires, testing::kNow + 1h);
  EXPECT_EQ(got.account_id, "7");
}

TEST_F(ProcessTest, WordsAreCutWithoutAShell) {
  environment["WANTED"] = "of the environment";
  script(R"(printf '%s\n' "$#" "$@" "$WANTED" > "$(dirname "$0")/seen"; echo ')" + document() + "'",
         R"('a b' "c\"d" $HOME *)");
  get();
  std::ifstream seen(home / "seen");
  std::string all((std::istreambuf_iterator<char>(seen)), {});
  EXPECT_EQ(all, "4\na b\nc\"d\n$HOME\n*\nof the environment\n");
}

TEST_F(ProcessTest, ItGetsAPathADefaultHandlerAndNoInput) {
  ::signal(SIGPIPE, SIG_IGN);
  config_file("[default]\ncredential_process = sh -c 'cat; kill -PIPE $$; sleep 1'");
  EXPECT_NE(error_of().find("was killed by signal 13."), std::string::npos);
}

TEST_F(ProcessTest, AFailureShowsTheStatusAndNothingElse) {
  script("echo hidden-out; echo hidden-err >&2; exit 3");
  EXPECT_EQ(error_of(), "CredentialProcess: The program of " + place() +
                            " exited with status 3. Run it by hand to see what it says.");
  script("kill -9 $$");
  EXPECT_NE(error_of().find("was killed by signal 9."), std::string::npos);
  place_of_ = config_file("[default]\ncredential_process = /no/such/program");
  EXPECT_EQ(error_of(), "CredentialProcess: The program of " + place() +
                            " could not be started: No such file or directory. Run it by hand to see what it says.");
  config_file("[default]\ncredential_process = \"hidden");
  EXPECT_NE(error_of().find("is no command line"), std::string::npos);
  config_file("[default]\ncredential_process = '' x");
  EXPECT_NE(error_of().find("is no command line"), std::string::npos);
}

TEST_F(ProcessTest, AnAnswerThatIsNone) {
  struct Case {
    std::string printed, said;
  };
  const Case cases[] = {
      {"", "what came is not a JSON object."},
      {"hidden", "what came is not a JSON object."},
      {R"(["hidden"])", "what came is not a JSON object."},
      {R"({"AccessKeyId":"x","SecretAccessKey":"hidden"})", "the answer's Version must be 1."},
      {R"({"Version":2,"AccessKeyId":"x","SecretAccessKey":"hidden"})", "the answer's Version must be 1."},
      {R"({"Version":"1","AccessKeyId":"x","SecretAccessKey":"hidden"})", "the answer's Version must be 1."},
      {R"({"Version":1,"SecretAccessKey":"hidden"})", "the answer has no AccessKeyId."},
      {R"({"Version":1,"AccessKeyId":"x"})", "the answer has no SecretAccessKey."},
      {R"({"Version":1,"AccessKeyId":"x","SecretAccessKey":""})", "the answer has no SecretAccessKey."},
      {document(R"(,"Expiration":"hidden")"), "Expiration of the answer is not a time as 2026-11-24T05:47:44Z."},
      {document(R"(,"Expiration":1)"), "Expiration of the answer is not a time as 2026-11-24T05:47:44Z."},
  };
  for (const Case& one : cases) {
    script("cat \"$(dirname \"$0\")/printed\"");
    write("printed", one.printed);
    EXPECT_EQ(error_of(), "InvalidCredentialsDocument: The program of " + place() + ": " + one.said) << one.printed;
  }
  write("printed", document(R"(,"Expiration":")" + in(-1s) + "\""));
  EXPECT_EQ(failure().code, "ExpiredCredentials");
}

base::Result<std::string> run(const std::string& commands, base::Deadline deadline = base::Deadline::after(20s),
                              std::size_t bytes_max = 1000) {
  return run_program({"/bin/sh", "-c", commands}, {{"PATH", "/usr/bin:/bin"}}, deadline, bytes_max);
}

TEST(Program, ThatDoesNotEndIsKilledWithAllThatItStarted) {
  std::string pattern = (std::filesystem::temp_directory_path() / "aws-program-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  // The grandchild has the pipe open as well; that it is gone shows when the reading end sees no writer any more.
  const std::string pipe = (folder / "alive").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int alive = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(alive, 0);
  const auto ran = run("sh -c 'exec sleep 1000' 3>'" + pipe + "' & exec sleep 1000", base::Deadline::after(200ms));
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message, "did not end in time and was stopped");
  ::fcntl(alive, F_SETFL, 0);
  char byte = 0;
  EXPECT_EQ(::read(alive, &byte, 1), 0) << "blocks until the last writer is gone";
  ::close(alive);
  std::filesystem::remove_all(folder);
}

TEST(Program, WhatItLeavesRunningIsNotWaitedFor) {
  const auto ran = run("sleep 1000 & echo out");
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(*ran, "out\n");
}

TEST(Program, WithTooMuchToSay) {
  const auto ran = run("while :; do echo xxxxxxxxxxxxxxxxxxxx; done");
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message, "printed more than 1000 bytes");
  EXPECT_EQ(run("head -c 1000 /dev/zero")->size(), 1000U);
}

TEST(Program, ThatClosesItsOutputEarly) {
  const auto ran = run("echo out; exec >&-; exit 5");
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message, "exited with status 5");
}

TEST(Program, ManyAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&right, i] {
      const auto ran = run(fmt::format("echo {}", i));
      right += ran && *ran == fmt::format("{}\n", i) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 8);
}

}  // namespace
}  // namespace aws_credentials
