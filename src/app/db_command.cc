#include "app/db_command.h"

#include <cerrno>

#include <unistd.h>

#include "app/console.h"
#include "cli/text.h"
#include "cli/world.h"
#include "db_cli/command.h"

namespace app {
namespace {

using cli::Command;
using cli::Invocation;
using cli::Parameter;
using db_cli::Action;

constexpr std::size_t kInputBytesMax = 16 * 1024 * 1024;
constexpr int kNotWritten = 1;

base::Result<std::string> all_of_stdin() {
  std::string text;
  std::string part(64 * 1024, '\0');
  while (text.size() <= kInputBytesMax) {
    const ssize_t got = ::read(STDIN_FILENO, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail(base::Code::kUnavailable, "stdin cannot be read.");
    if (got == 0) return text;
    text.append(part, 0, static_cast<std::size_t>(got));
  }
  return base::fail(base::Code::kInvalid, "stdin has more than a spec may have.");
}

// The world of `stewardry db`, for as long as `console` lives.
struct Surroundings {
  explicit Surroundings(cli::World& console)
      : world{.environment = aws_config::environment_of_process(),
              .out = console.out,
              .err = console.err,
              .read_stdin = all_of_stdin,
              .shown = [](std::string_view text) { return cli::shown(text, true); },
              .colour = console.screen.colour,
              .clock = clock,
              .entropy = entropy} {}
  base::SystemClock clock;
  base::SystemEntropy entropy;
  db_cli::World world;
};

db_cli::Asked asked_for(const Invocation& asked, Action action) {
  const auto maybe = [&](std::string_view name) {
    return asked.declares(name) ? asked.maybe(name) : std::optional<std::string>();
  };
  const auto has = [&](std::string_view name) { return asked.declares(name) && asked.has(name); };
  db_cli::Asked words;
  words.action = action;
  words.spec_file = maybe("--spec");
  words.dsn = maybe("--dsn");
  words.password_from = maybe("--password-from");
  words.ca_bundle = maybe("--ca-bundle");
  words.iam = has("--iam");
  words.timeout = maybe("--timeout");
  words.lock_timeout = maybe("--lock-timeout");
  words.run_lock_timeout = maybe("--run-lock-timeout");
  words.digest = maybe("--digest");
  words.auto_approve = has("--auto-approve");
  words.no_access = has("--no-access");
  words.no_secrets = has("--no-secrets");
  words.login = maybe("--login");
  words.role = maybe("--role");
  words.reassign_to = maybe("--reassign-to");
  words.maintenance_database = maybe("--maintenance-database");
  words.terminate_sessions = has("--terminate-sessions");
  words.dry_run = has("--dry-run");
  if (asked.declares("--database")) words.databases = asked.all("--database");
  words.json = has("--json");
  return words;
}

int finished(int code) { return code == db_cli::kDone && !flush_console() ? kNotWritten : code; }

int misused(cli::World& console, const std::string& message) {
  Surroundings around(console);
  return db_cli::misused(message, around.world);
}

std::vector<Parameter> whereto() {
  return {{.name = "--dsn",
           .value = "URI",
           .doc = "postgresql://user@host/database, or libpq's keywords; else its environment (PGHOST ...), service "
                  "files and .pgpass. Never with a password."},
          {.name = "--password-from",
           .value = "PLACE",
           .doc = "Where this login's own password stands: secretsmanager:NAME or ssm:NAME."},
          {.name = "--iam", .doc = "Log in with a token of IAM, signed here."},
          {.name = "--ca-bundle",
           .value = "FILE",
           .doc = "Certificates by which the server's is verified (PEM), such as the bundle of RDS; else libpq's."},
          {.name = "--timeout", .value = "TIME", .doc = "For the whole run: 30s, 5m."},
          {.name = "--lock-timeout",
           .value = "TIME",
           .doc = "How long a statement waits for a lock before everything is rolled back; else 5s."},
          {.name = "--run-lock-timeout", .value = "TIME", .doc = "How long to wait for another run's end; else 60s."},
          {.name = "--json", .doc = "As JSON (docs/reference/database-commands.md)."}};
}

const Parameter kSpec{.name = "--spec",
                      .value = "FILE",
                      .doc = "What shall be (docs/reference/database-spec.md); \"-\" for stdin.",
                      .required = true};
const Parameter kNoAccess{.name = "--no-access", .doc = "Do not work out whose effective access changes."};
const Parameter kNoSecrets{.name = "--no-secrets", .doc = "Leave passwords alone, and ask no store of them."};

Command command(Action action, std::string path, std::string summary, std::string details, std::vector<Parameter> own,
                std::vector<cli::Example> examples) {
  Command made;
  made.path = std::move(path);
  made.summary = std::move(summary);
  made.details = std::move(details);
  made.options = std::move(own);
  for (Parameter& each : whereto()) made.options.push_back(std::move(each));
  made.examples = std::move(examples);
  made.run = [action](cli::World& console, const Invocation& asked) {
    Surroundings around(console);
    return finished(db_cli::run(asked_for(asked, action), around.world));
  };
  made.misused = misused;
  return made;
}

std::vector<Command> looking() {
  return {command(Action::kInit, "db init", "Write a spec of a live database, whose plan is empty",
                  "Read it, take away what is not yours to say, and keep it with your sources.",
                  {{.name = "--database",
                    .value = "NAME",
                    .doc = "Describe this one too, or instead of the one that is connected to; may be repeated.",
                    .repeated = true}},
                  {{"stewardry db init --dsn postgresql://admin@localhost/shop > shop.yaml", ""}}),
          command(Action::kCheck, "db check", "Compare a database with its spec, and prove nothing",
                  "Exit code 0: they agree. 2: they do not. Takes no lock and writes nothing.",
                  {kSpec, kNoAccess, kNoSecrets},
                  {{"stewardry db check --spec shop.yaml --json", "For a timer that looks for drift."}}),
          command(Action::kPlan, "db plan", "Show what would run, why, and whose access would change",
                  "Everything is executed in transactions that are rolled back, as proof. Exit code 0: nothing would "
                  "change. 2: something would. 3: refused, with the reason.",
                  {kSpec, kNoAccess, kNoSecrets},
                  {{"stewardry db plan --spec shop.yaml --dsn postgresql://admin@db.internal/shop", ""}}),
          command(Action::kVerify, "db verify", "Log in as the spec's logins, and try what each may and may not do",
                  "Logins whose password is managed log in with it, those of IAM with a token; what is tried is rolled "
                  "back. Exit code 2 where something differs.",
                  {kSpec, kNoSecrets}, {{"stewardry db verify --spec shop.yaml", ""}})};
}

std::vector<Command> changing() {
  return {
      command(Action::kApply, "db apply", "Bring a database to its spec",
              "Under one lock for the cluster; statements of one database are one transaction; a warning of the server "
              "is a failure; inspected again at the end. Exit code 3: refused, for example because the state is not "
              "the one of the digest any more.",
              {kSpec,
               {.name = "--digest", .value = "DIGEST", .doc = "Only what the plan of this digest says."},
               {.name = "--auto-approve", .doc = "Whatever the plan is."},
               kNoAccess,
               kNoSecrets},
              {{"stewardry db apply --spec shop.yaml --digest 5f0c...", "What was looked at, and nothing else."},
               {"stewardry db apply --spec shop.yaml --auto-approve", ""}}),
      command(
          Action::kRotate, "db rotate", "Give a login a new password",
          "Made here, stored as pending, set as a SCRAM verifier, tried by a login, and published. With alternates, "
          "the next of the two logins gets it, and the one before keeps its own until the next rotation.",
          {kSpec, {.name = "--login", .value = "LOGIN", .doc = "As the spec names it.", .required = true}},
          {{"stewardry db rotate --spec shop.yaml --login shop", ""}}),
      command(
          Action::kDrop, "db drop", "Drop a role that owns things and holds rights in several databases", "",
          {{.name = "--role", .value = "ROLE", .doc = "Which.", .required = true},
           {.name = "--reassign-to", .value = "ROLE", .doc = "Who gets what it owns."},
           {.name = "--terminate-sessions", .doc = "End its sessions."},
           {.name = "--dry-run", .doc = "Try it, roll back, and show what would run."},
           {.name = "--spec",
            .value = "FILE",
            .doc = "Names the maintenance database, and warns of a role that is still declared."},
           {.name = "--maintenance-database", .value = "NAME", .doc = "Where the run's lock lives; else postgres."}},
          {{"stewardry db drop --role old_shop --reassign-to shop_owner", ""}})};
}

Command invoking() {
  return {.path = "db invoke",
          .summary = "Do what a function's event says",
          .details =
              "The event is JSON: {\"action\": \"plan\", \"spec\": {...}, ...}, with the options of the commands "
              "in camelCase. The answer is JSON (docs/reference/database-commands.md).",
          .arguments = {{.name = "event", .value = "FILE", .doc = "The event; \"-\" for stdin.", .required = true}},
          .examples = {{"stewardry db invoke event.json", ""}},
          .run =
              [](cli::World& console, const Invocation& asked) {
                Surroundings around(console);
                return finished(db_cli::invoke(asked.text("event"), around.world));
              },
          .misused = misused};
}

}  // namespace

std::vector<Command> db_commands() {
  std::vector<Command> all = looking();
  for (Command& each : changing()) all.push_back(std::move(each));
  all.push_back(invoking());
  return all;
}

}  // namespace app
