#include "app/aws_command.h"

#include <cerrno>

#include <unistd.h>

#include "app/console.h"
#include "aws_cli/command.h"
#include "aws_cli/completion.h"
#include "base/limits.h"
#include "cli/help.h"
#include "cli/text.h"
#include "cli/world.h"

namespace app {
namespace {

using cli::Invocation;

base::Result<std::string> all_of_stdin() {
  std::string text;
  std::string part(64 * 1024, '\0');
  while (text.size() <= base::limits::kAwsInputBytesMax) {
    const ssize_t got = ::read(STDIN_FILENO, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail(base::Code::kUnavailable, "stdin cannot be read.");
    if (got == 0) break;
    text.append(part, 0, static_cast<std::size_t>(got));
  }
  return text;
}

aws_cli::Asked asked_for(const Invocation& asked) {
  aws_cli::Asked words;
  words.service = asked.maybe("SERVICE");
  words.operation = asked.maybe("OPERATION");
  words.region = asked.maybe("--region");
  words.profile = asked.maybe("--profile");
  words.endpoint_url = asked.maybe("--endpoint-url");
  words.models = asked.maybe("--models");
  words.timeout = asked.maybe("--timeout");
  words.input = asked.maybe("--input");
  words.query = asked.maybe("--query");
  words.wait = asked.maybe("--wait");
  words.body = asked.maybe("--body");
  words.output_body = asked.maybe("--output-body");
  words.expires_in = asked.maybe("--expires-in");
  words.no_sign_request = asked.has("--no-sign-request");
  words.all_pages = asked.has("--all-pages");
  words.presign = asked.has("--presign");
  words.dry_run = asked.has("--dry-run");
  words.allow_unknown_enum = asked.has("--allow-unknown-enum");
  return words;
}

// The world of `stewardry aws`, for as long as `console` lives.
struct Surroundings {
  explicit Surroundings(cli::World& console)
      : world{.environment = aws_config::environment_of_process(),
              .out = [&console](std::string_view text) { console.out(cli::escaped_json(text)); },
              .err = [&console](std::string_view text) { console.err(cli::escaped_json(text)); },
              .read_stdin = all_of_stdin,
              .pretty = ::isatty(STDOUT_FILENO) == 1,
              .clock = clock,
              .entropy = entropy} {}
  base::SystemClock clock;
  base::SystemEntropy entropy;
  aws_cli::World world;
};

int run(cli::World& console, const Invocation& asked) {
  Surroundings around(console);
  const int code = aws_cli::run(asked_for(asked), around.world);
  return code == 0 && !flush_console() ? aws_cli::not_written(around.world) : code;
}

int help(cli::World& console, const Invocation& asked) {
  if (!asked.maybe("SERVICE")) {
    console.out(cli::help_of(asked.table(), "aws", console.screen));
    return 0;
  }
  Surroundings around(console);
  return aws_cli::help(asked_for(asked), around.world);
}

int misused(cli::World& console, const std::string& message) {
  Surroundings around(console);
  return aws_cli::misused(message, around.world);
}

std::vector<cli::Parameter> whereto() {
  return {{.name = "--region", .value = "AWS-REGION", .doc = "Else that of the environment or the profile."},
          {.name = "--profile", .value = "AWS-PROFILE", .doc = "Of AWS's configuration files; else $AWS_PROFILE."},
          {.name = "--endpoint-url", .value = "URL", .doc = "Where to send the request, in place of the rules."},
          {.name = "--models",
           .value = "DIR",
           .doc = "Service models in botocore's layout, which come before those of the program."},
          {.name = "--no-sign-request", .doc = "Send the request without a signature; needs no credentials."},
          {.name = "--timeout", .value = "SECONDS", .doc = "For the whole call, with its retries and pages."}};
}

std::vector<cli::Parameter> what() {
  return {{.name = "--input",
           .value = "FILE",
           .doc = "The input as JSON: a file, \"-\" for stdin, or the JSON itself, which begins with a brace."},
          {.name = "--query", .value = "JMESPATH", .doc = "Print what this expression finds in the output."},
          {.name = "--all-pages", .doc = "Fetch every page, and print them as one output."},
          {.name = "--wait",
           .value = "AWS-WAITER",
           .doc = "Repeat the call until what is waited for is so; print the last output."},
          {.name = "--body", .value = "FILE", .doc = "Send this file as the input's streamed member."},
          {.name = "--output-body",
           .value = "FILE",
           .doc = "Write the output's streamed member to this file, which is there when all of it is."},
          {.name = "--presign", .doc = "Send nothing; print a URL that carries the signature."},
          {.name = "--expires-in", .value = "SECONDS", .doc = "How long that URL holds; else 3600."},
          {.name = "--dry-run", .doc = "Send nothing; print the request, with secrets masked."},
          {.name = "--allow-unknown-enum", .doc = "Let values through that the model's enumerations do not have."}};
}

}  // namespace

cli::Command aws_command() {
  std::vector<cli::Parameter> options = whereto();
  for (cli::Parameter& each : what()) options.push_back(std::move(each));
  return {
      .path = "aws",
      .summary = "Call any operation of any AWS service",
      .details =
          "Without an operation it lists those of the service, without a service the services. The output is one "
          "JSON value; an error is one JSON object on stderr, with exit code 252 for a wrong line or input, 253 for "
          "configuration and credentials, 254 for an error of the service, and 255 for anything else "
          "(docs/reference/aws.md). `stewardry aws SERVICE OPERATION --help` shows what goes in and comes out.",
      .arguments = {{.name = "SERVICE", .value = "AWS-WORD", .doc = "As AWS's command line names it: dynamodb."},
                    {.name = "OPERATION", .value = "AWS-WORD", .doc = "get-item, or GetItem."}},
      .options = std::move(options),
      .examples = {{"stewardry aws sts get-caller-identity", "Who am I?"},
                   {"stewardry aws ec2 describe-instances --all-pages --query 'Reservations[].Instances[].InstanceId'",
                    "Every instance."},
                   {"stewardry aws s3 GetObject --input '{\"Bucket\":\"b\",\"Key\":\"k\"}' --output-body k.bin",
                    "An object into a file."},
                   {"stewardry aws dynamodb get-item --help", "What goes in and comes out."}},
      .run = run,
      .help = help,
      .misused = misused};
}

std::optional<std::vector<std::string>> aws_names(std::string_view kind, const std::vector<std::string>& places) {
  if (!aws_cli::completes(kind)) return std::nullopt;
  return aws_cli::complete(kind, places, aws_config::environment_of_process());
}

}  // namespace app
