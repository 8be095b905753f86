#include "aws_credentials/process.h"

#include <chrono>

#include <fmt/format.h>

#include "aws_config/words.h"
#include "aws_credentials/document.h"
#include "aws_credentials/program.h"

namespace aws_credentials {

namespace {
constexpr std::chrono::seconds kTimeMax{60};
constexpr std::size_t kOutputBytesMax = 64 * 1024;
}  // namespace

Found from_process(const Asked& asked, const Profile& profile) {
  const std::optional<std::string> command = profile.get("credential_process");
  if (!command) return std::nullopt;
  const std::string place = profile.place("credential_process");
  const std::optional<std::vector<std::string>> words = aws_config::split_words(*command);
  if (!words || words->empty() || words->front().empty()) {
    return refuse("CredentialProcess", place + " is no command line: a quote is not closed, or the name is missing.");
  }
  const base::Deadline deadline = asked.deadline.earlier(base::Deadline::after(kTimeMax));
  const base::Result<std::string> output = run_program(*words, asked.config.environment(), deadline, kOutputBytesMax);
  if (!output) {
    return refuse("CredentialProcess", fmt::format("The program of {} {}. Run it by hand to see what it says.", place,
                                                   output.error().message));
  }
  const std::string what = "The program of " + place;
  const json::Object document = AWS_TRY(parse_document(*output, what));
  const json::Value* const version = document.if_contains("Version");
  if (version == nullptr || !version->is_number() || version->to_number<double>() != 1) {
    return refuse("InvalidCredentialsDocument", what + ": the answer's Version must be 1.");
  }
  aws::Credentials credentials = AWS_TRY(
      read_document(document, {.token_name = "SessionToken", .lasting_allowed = true}, what, "credential-process"));
  if (credentials.account_id.empty()) credentials.account_id = profile.get("aws_account_id").value_or("");
  return credentials;
}

}  // namespace aws_credentials
