#include "db_cli/command.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "db_cli/connect.h"
#include "db_cli/text.h"
#include "json/encode.h"
#include "pg_run/report.h"
#include "pg_secrets/aws.h"
#include "pg_secrets/stores.h"
#include "pg_spec/spec.h"

namespace db_cli {
namespace {

using base::Code;

constexpr std::size_t kFileBytesMax = 16 * 1024 * 1024;

base::Result<std::string> read_file(const std::string& name) {
  const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text;
  char part[64 * 1024];
  ssize_t got = file < 0 ? -1 : 1;
  while (got > 0 && text.size() <= kFileBytesMax) {
    got = ::read(file, part, sizeof part);
    if (got > 0) text.append(part, static_cast<std::size_t>(got));
    if (got < 0 && errno == EINTR) got = 1;
  }
  const int problem = errno;
  if (file >= 0) ::close(file);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
  if (got < 0) return base::fail(Code::kInvalid, fmt::format("{} cannot be read: {}.", name, std::strerror(problem)));
  if (text.size() > kFileBytesMax)
    return base::fail(Code::kInvalid, fmt::format("{} has more than {} bytes.", name, kFileBytesMax));
  return text;
}

int exit_code_of(const base::Error& error) { return error.code == Code::kConflict ? kRefused : kError; }

int tell(const base::Error& error, bool as_json, World& world) {
  std::string text = "stewardry: " + world.shown(error.message) + '\n';
  if (error.fields.size() > 1 ||
      (!error.fields.empty() && error.message.find(error.fields.front().message) == std::string::npos)) {
    for (const base::FieldError& each : error.fields)
      text += fmt::format("  {}: {}\n", world.shown(each.pointer), world.shown(each.message));
  }
  world.err(text);
  if (!as_json) return exit_code_of(error);
  json::Array problems;
  for (const base::FieldError& each : error.fields)
    problems.push_back(json::Object{{"path", each.pointer}, {"message", each.message}});
  std::string document;
  json::append(document, json::Value(json::Object{
                             {"error", json::Object{{"message", error.message}, {"problems", std::move(problems)}}}}));
  world.out(document + '\n');
  return exit_code_of(error);
}

class Running {
 public:
  Running(const Asked& asked, World& world)
      : asked_(asked),
        world_(world),
        aws_(world.environment, world.clock, world.entropy),
        secrets_(aws_.caller()),
        screen_{world.shown, world.colour} {}

  base::Result<int> run() {
    TRY(check());
    target_ = TRY(target_of(asked_, world_, aws_));
    if (needs_spec() || asked_.spec_file || asked_.spec) spec_ = TRY(read_spec());
    switch (asked_.action) {
      case Action::kInit:
        return init();
      case Action::kCheck:
        return planned(false);
      case Action::kPlan:
        return planned(true);
      case Action::kApply:
        return shown(TRY(pg_run::apply(target_, *spec_, asked_.digest.value_or(""), store(), world_.entropy)));
      case Action::kVerify:
        return verified();
      case Action::kRotate:
        return shown(TRY(pg_run::rotate(target_, *spec_, asked_.login.value_or(""), secrets_, world_.entropy)));
      case Action::kDrop:
        return dropped();
    }
    return kError;
  }

 private:
  [[nodiscard]] bool needs_spec() const { return asked_.action != Action::kInit && asked_.action != Action::kDrop; }
  [[nodiscard]] pg_run::SecretStore* store() { return asked_.no_secrets ? nullptr : &secrets_; }

  [[nodiscard]] base::Result<void> check() const {
    if (asked_.spec_file && asked_.spec)
      return base::fail(Code::kInvalid, "Give the spec itself or the name of its file, not both.");
    if (needs_spec() && !asked_.spec_file && !asked_.spec)
      return base::fail(Code::kInvalid, "Say which spec: --spec FILE (of an event: spec, or specFile).");
    if (asked_.action == Action::kApply && asked_.digest.has_value() == asked_.auto_approve)
      return base::fail(Code::kInvalid,
                        "Say what is approved: --digest DIGEST, as `plan` gave it, or --auto-approve for whatever the "
                        "plan is.");
    if (asked_.digest && asked_.digest->empty()) return base::fail(Code::kInvalid, "--digest is empty.");
    if (asked_.action == Action::kRotate && !asked_.login)
      return base::fail(Code::kInvalid, "Say which login: --login LOGIN.");
    if (asked_.action == Action::kDrop && !asked_.role)
      return base::fail(Code::kInvalid, "Say which role: --role ROLE.");
    return {};
  }

  base::Result<pg_spec::Spec> read_spec() {
    if (asked_.spec) {
      if (asked_.spec->is_string()) return pg_spec::read(json::view(asked_.spec->get_string()), "spec");
      std::string text;
      json::append(text, *asked_.spec);
      return pg_spec::read(text, "spec");
    }
    if (*asked_.spec_file == "-") return pg_spec::read(TRY(world_.read_stdin()), "stdin");
    return pg_spec::read(TRY(read_file(*asked_.spec_file)), *asked_.spec_file);
  }

  template <class Report>
  void print(const Report& report) {
    if (asked_.json)
      world_.out(json::encode(report) + '\n');
    else
      world_.out(text_of(report, screen_));
  }

  base::Result<int> init() {
    const std::string text = TRY(pg_run::init(target_, asked_.databases));
    if (asked_.json) {
      std::string document;
      json::append(document, json::Value(json::Object{{"spec", text}}));
      world_.out(document + '\n');
    } else {
      world_.out(text);
    }
    return kDone;
  }

  base::Result<int> planned(bool proves) {
    const pg_run::Planned planned = TRY(pg_run::plan(target_, *spec_, store(), proves));
    print(pg_run::report_of(planned));
    return pg_run::exit_code(planned);
  }

  base::Result<int> shown(const pg_run::Applied& applied) {
    print(pg_run::report_of(applied));
    return pg_run::exit_code(applied);
  }

  base::Result<int> verified() {
    const std::vector<pg_run::Login> logins = TRY(pg_run::verify(target_, *spec_, store()));
    print(pg_run::report_of(logins));
    return pg_run::exit_code(logins);
  }

  base::Result<int> dropped() {
    pg_run::DropOptions options;
    options.role = *asked_.role;
    options.reassign_to = asked_.reassign_to.value_or("");
    options.terminate_sessions = asked_.terminate_sessions;
    options.dry_run = asked_.dry_run;
    if (spec_) options.maintenance_database = spec_->maintenance_database;
    if (asked_.maintenance_database) options.maintenance_database = *asked_.maintenance_database;
    pg_run::Applied applied = TRY(pg_run::drop(target_, options));
    const bool is_declared = spec_ && std::any_of(spec_->roles.begin(), spec_->roles.end(),
                                                  [&](const auto& each) { return each.name == options.role; });
    if (is_declared)
      applied.plan.warnings.push_back(
          fmt::format("The spec still declares {}: the next apply makes it again.", options.role));
    return shown(applied);
  }

  const Asked& asked_;
  World& world_;
  pg_secrets::Aws aws_;
  pg_secrets::Stores secrets_;
  const Screen screen_;
  pg_run::Target target_;
  std::optional<pg_spec::Spec> spec_;
};

}  // namespace

int run(const Asked& asked, World& world) {
  base::Result<int> code = Running(asked, world).run();
  return code ? *code : tell(code.error(), asked.json, world);
}

int invoke(const std::string& event_file, World& world) {
  const base::Result<std::string> text = event_file == "-" ? world.read_stdin() : read_file(event_file);
  if (!text) return tell(text.error(), true, world);
  const base::Result<Asked> asked = read_event(*text);
  if (!asked) return tell(asked.error(), true, world);
  return run(*asked, world);
}

int misused(const std::string& message, World& world) {
  world.err("stewardry: " + world.shown(message) + '\n');
  return kError;
}

}  // namespace db_cli
