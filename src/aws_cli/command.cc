#include "aws_cli/command.h"

#include <algorithm>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "aws/client.h"
#include "aws_cli/body_file.h"
#include "aws_cli/output.h"
#include "aws_cli/report.h"
#include "aws_cli/shape_text.h"
#include "aws_credentials/chain.h"
#include "aws_model/library.h"
#include "aws_wire/wire.h"
#include "base/log.h"
#include "json/decode.h"

namespace aws_cli {
namespace {

using aws::Failure;
using aws::Result;
using Kind = aws::Failure::Kind;

// What the words name in the models.
struct Named {
  std::unique_ptr<aws_model::Library> models;
  const aws_model::Service* service = nullptr;      // null: none was named
  const aws_model::Operation* operation = nullptr;  // the same
};

int tell(const Failure& failure, World& world) {
  world.err(report(failure));
  return exit_code(failure);
}

// A mistake in the words or in what they name is the caller's, a damaged archive is not.
tl::unexpected<Failure> not_in_models(const base::Error& error, std::string code) {
  const bool ours = error.code == base::Code::kCorrupt || error.code == base::Code::kInternal;
  return tl::unexpected(failure_of(error, ours ? Kind::kTransport : Kind::kInput, std::move(code)));
}

Failure no_operation(const aws_model::Service& service, const std::string& name) {
  std::vector<std::string> names;
  for (const aws_model::Operation& each : service.operations) {
    names.emplace_back(each.name);
    names.push_back(aws_model::command_name(each.name));
  }
  const std::string_view nearest = json::nearest_name(name, std::vector<std::string_view>(names.begin(), names.end()));
  Failure failure =
      usage(fmt::format("{} has no operation {}.{} `stewardry aws {}` lists them.", service.name, name,
                        nearest.empty() ? std::string() : fmt::format(" Did you mean {}?", nearest), service.name));
  failure.code = "UnknownOperation";
  return failure;
}

Result<Named> find(const Asked& asked) {
  Named named;
  auto models = aws_model::Library::open(asked.models.value_or(""));
  if (!models) return not_in_models(models.error(), "InvalidModels");
  named.models = std::move(*models);
  if (!asked.service) return named;
  const auto service = named.models->service(*asked.service);
  if (!service)
    return not_in_models(service.error(),
                         service.error().code == base::Code::kNotFound ? "UnknownService" : "InvalidModels");
  named.service = *service;
  if (!asked.operation) return named;
  named.operation = named.service->operation(*asked.operation);
  if (named.operation == nullptr) return tl::unexpected(no_operation(*named.service, *asked.operation));
  return named;
}

const aws_model::Member* streaming_input(const aws_model::Operation& operation) {
  const aws_model::Member* payload = operation.input == nullptr ? nullptr : operation.input->payload;
  return payload != nullptr && (payload->streaming || payload->shape->streaming) ? payload : nullptr;
}

// Whether the operation has what the options ask of it.
Result<void> check_options(const Asked& asked, const Named& named) {
  const std::string_view name = named.operation->name;
  if (asked.all_pages && named.service->paginator(*named.operation) == nullptr)
    return tl::unexpected(usage(fmt::format("{} does not come in pages: leave out --all-pages.", name)));
  if (asked.body && streaming_input(*named.operation) == nullptr)
    return tl::unexpected(usage(fmt::format("{} takes no body that could be sent from a file: use --input.", name)));
  if (asked.output_body && !aws_wire::answer_streams(*named.operation))
    return tl::unexpected(usage(fmt::format("{} answers with no body that could go to a file.", name)));
  if (!asked.wait) return {};
  const aws_model::Waiter* waiter = named.service->waiter(*asked.wait);
  if (waiter != nullptr && waiter->operation == name) return {};
  std::vector<std::string_view> known;
  for (const aws_model::Waiter& each : named.service->waiters) {
    if (each.operation == name) known.push_back(each.name);
  }
  return tl::unexpected(usage(known.empty()
                                  ? fmt::format("There is nothing to wait for with {}: no waiter polls it.", name)
                                  : fmt::format("--wait takes {} with {}.", fmt::join(known, ", "), name)));
}

// One call, from the words to what it answered.
class Calling {
 public:
  Calling(const Asked& asked, const Meant& meant, Named& named, World& world)
      : asked_(asked), meant_(meant), named_(named), world_(world) {}

  Result<json::Value> run() {
    if (Result<void> made = make_call(); !made) return tl::unexpected(made.error());
    Result<aws_config::Config> config = configuration();
    if (!config) return tl::unexpected(config.error());
    if (Result<void> opened = open_log(); !opened) return tl::unexpected(opened.error());
    net::HttpClient http;
    aws::Surroundings surroundings{*named_.models, http, world_.clock, world_.entropy};
    surroundings.log = log_.get();
    std::shared_ptr<aws::CredentialsProvider> credentials;
    if (call_.sign) credentials = aws_credentials::default_chain(surroundings, *config);
    aws::Client client(surroundings, std::move(*config), std::move(credentials));
    Result<json::Value> output = send(client);
    if (!output) return output;
    if (file_ != nullptr) {
      if (const base::Result<void> kept = file_->keep(); !kept)
        return tl::unexpected(failure_of(kept.error(), Kind::kTransport, "OutputNotWritten"));
    }
    return meant_.query ? queried(*output) : std::move(output);
  }

 private:
  Result<void> make_call() {
    Result<json::Value> input = read_input(asked_.input, world_.read_stdin);
    if (!input) return tl::unexpected(input.error());
    call_.service = named_.service->name;
    call_.operation = named_.operation->name;
    call_.input = std::move(*input);
    call_.region = asked_.region;
    call_.endpoint_url = asked_.endpoint_url;
    call_.sign = !asked_.no_sign_request;
    call_.unknown_enumeration_allowed = asked_.allow_unknown_enum;
    if (meant_.timeout) call_.deadline = base::Deadline::after(*meant_.timeout);
    if (Result<void> opened = open_body(); !opened) return opened;
    if (!asked_.output_body || asked_.dry_run) return {};
    auto file = OutputFile::create(*asked_.output_body, world_.entropy);
    if (!file) return tl::unexpected(failure_of(file.error(), Kind::kInput, "InvalidFile"));
    file_ = std::move(*file);
    call_.sink = file_.get();
    return {};
  }

  Result<void> open_body() {
    if (!asked_.body) return {};
    const std::string_view member = streaming_input(*named_.operation)->name;
    const json::Value* given = call_.input.get_object().if_contains(member);
    if (given != nullptr && !given->is_null())
      return tl::unexpected(usage(fmt::format("The input has {}, and --body is given: give one of them.", member)));
    auto body = open_source(*asked_.body);
    if (!body) return tl::unexpected(failure_of(body.error(), Kind::kInput, "InvalidFile"));
    body_ = std::move(*body);
    call_.body = body_.get();
    return {};
  }

  // STEWARDRY_LOG=debug: on stderr, a line of JSON for each thing that is done.
  Result<void> open_log() {
    const auto wanted = world_.environment.find("STEWARDRY_LOG");
    if (wanted == world_.environment.end() || wanted->second.empty()) return {};
    const std::optional<base::LogLevel> level = base::parse_log_level(wanted->second);
    if (!level) {
      Failure failure = usage("STEWARDRY_LOG must be debug, info, warning or error.");
      failure.kind = Kind::kConfiguration;
      failure.code = "InvalidConfiguration";
      return tl::unexpected(std::move(failure));
    }
    log_ = std::make_unique<base::Logger>(world_.clock, *level, [this](std::string_view line) { world_.err(line); });
    return {};
  }

  // --region holds for the calls that fetch credentials too.
  Result<aws_config::Config> configuration() {
    aws_config::Environment environment = world_.environment;
    if (asked_.region) environment["AWS_REGION"] = *asked_.region;
    auto config = aws_config::Config::load(std::move(environment), asked_.profile);
    if (!config) return tl::unexpected(failure_of(config.error(), Kind::kConfiguration, "InvalidConfiguration"));
    return std::move(*config);
  }

  Result<json::Value> send(aws::Client& client) {
    if (asked_.presign)
      return client.presign(call_, meant_.expires).map([](const std::string& url) { return json::Value(url); });
    if (asked_.dry_run)
      return client.prepare(call_).map([&](const aws::Prepared& prepared) { return as_json(prepared, asked_.body); });
    if (asked_.all_pages) return aws::all_pages(client, call_, *named_.models);
    Result<aws::Answer> answer =
        asked_.wait ? aws::wait(client, call_, *asked_.wait, *named_.models, pause()) : client.call(call_);
    return std::move(answer).map([](aws::Answer&& got) { return std::move(got.output); });
  }

  // Waits, where the deadline leaves the time for it.
  [[nodiscard]] std::function<bool(std::chrono::seconds)> pause() const {
    return [deadline = call_.deadline](std::chrono::seconds span) {
      if (deadline.left() <= span) return false;
      std::this_thread::sleep_for(span);
      return true;
    };
  }

  Result<json::Value> queried(const json::Value& output) const {
    base::Result<json::Value> found = meant_.query->evaluate(output);
    if (!found) return tl::unexpected(usage("--query: " + found.error().message));
    return std::move(*found);
  }

  const Asked& asked_;
  const Meant& meant_;
  Named& named_;
  World& world_;
  aws::Call call_;
  std::unique_ptr<net::BodySource> body_;
  std::unique_ptr<OutputFile> file_;
  std::unique_ptr<base::Logger> log_;
};

}  // namespace

int run(const Asked& asked, World& world) {
  const Result<Meant> meant = meaning_of(asked);
  if (!meant) return tell(meant.error(), world);
  Result<Named> named = find(asked);
  if (!named) return tell(named.error(), world);
  if (named->service == nullptr) return (world.out(services_text(named->models->services())), kDone);
  if (named->operation == nullptr) return (world.out(operations_text(*named->service)), kDone);
  if (const Result<void> fits = check_options(asked, *named); !fits) return tell(fits.error(), world);
  const Result<json::Value> output = Calling(asked, *meant, *named, world).run();
  if (!output) return tell(output.error(), world);
  world.out(document(*output, world.pretty));
  return kDone;
}

int help(const Asked& asked, World& world) {
  const Result<Named> named = find(asked);
  if (!named) return tell(named.error(), world);
  if (named->service == nullptr) return misused("Say which service: `stewardry aws` lists them.", world);
  world.out(named->operation == nullptr ? service_help(*named->service)
                                        : operation_help(*named->service, *named->operation));
  return kDone;
}

int misused(const std::string& message, World& world) { return tell(usage(message), world); }

int not_written(World& world) {
  Failure failure;
  failure.code = "OutputNotWritten";
  failure.message = "stdout took not all of the answer.";
  return tell(failure, world);
}

}  // namespace aws_cli
