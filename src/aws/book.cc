#include "aws/book.h"

#include <utility>
#include <variant>

#include "aws/failures.h"

namespace aws {

namespace {

using Kind = Failure::Kind;

// Names that are asked for and endpoints that were found: a caller with ever new ones must not fill the memory.
constexpr std::size_t kRememberedMax = 1000;

std::string key_of(const aws_endpoint::Parameters& parameters) {
  std::string key;
  for (const auto& [name, value] : parameters) {
    key += name;
    if (const auto* text = std::get_if<std::string>(&value)) {
      key += '=';
      key += *text;
    } else if (const auto* flag = std::get_if<bool>(&value)) {
      key += *flag ? "!1" : "!0";
    } else {
      for (const std::string& text_of_list : std::get<std::vector<std::string>>(value)) {
        key += ',';
        key += text_of_list;
      }
    }
    key += '\0';
  }
  return key;
}

// For a service of somebody's own, whose models have no rules: it is where the caller says.
json::Value rules_of_none() {
  const json::Value told(json::Object{{"ref", "Endpoint"}});
  const json::Value is_told(json::Object{{"fn", "isSet"}, {"argv", json::Array{told}}});
  const json::Value parameter(
      json::Object{{"builtIn", "SDK::Endpoint"}, {"required", false}, {"type", "String"}, {"documentation", ""}});
  const json::Object there{{"conditions", json::Array{is_told}},
                           {"endpoint", json::Object{{"url", told}, {"properties", json::Object{}}}},
                           {"type", "endpoint"}};
  const json::Object nowhere{{"conditions", json::Array{}},
                             {"error", "The service's models have no endpoint rules: give an endpoint URL."},
                             {"type", "error"}};
  return json::Object{{"version", "1.0"},
                      {"parameters", json::Object{{"Endpoint", parameter}}},
                      {"rules", json::Array{there, nowhere}}};
}

base::Labels labels(std::string_view service, std::string_view kind = {}) {
  base::Labels made{{"service", std::string(service)}};
  if (!kind.empty()) made.emplace_back("kind", std::string(kind));
  return made;
}

constexpr std::string_view kErrorsHelp = "Calls of AWS that failed, by who failed";

}  // namespace

ServiceMetrics::ServiceMetrics(base::Registry& registry, std::string_view service)
    : calls(registry.counter("stewardry_aws_calls_total", "Calls of AWS", labels(service))),
      attempts(registry.counter("stewardry_aws_attempts_total", "Requests sent to AWS, retries too", labels(service))),
      service_errors(registry.counter("stewardry_aws_errors_total", kErrorsHelp, labels(service, "service"))),
      transport_errors(registry.counter("stewardry_aws_errors_total", kErrorsHelp, labels(service, "transport"))),
      refusals(registry.counter("stewardry_aws_errors_total", kErrorsHelp, labels(service, "caller"))),
      duration(registry.histogram("stewardry_aws_call_seconds", "Calls of AWS, with their retries", labels(service))) {}

Book::Book(const aws_model::Service& of_service, aws_config::Settings with_settings,
           std::shared_ptr<const aws_endpoint::Rules> with_rules, base::Registry* registry)
    : service(of_service), settings(std::move(with_settings)), rules(std::move(with_rules)) {
  if (registry != nullptr) metrics = std::make_unique<ServiceMetrics>(*registry, service.name);
}

const OperationNotes& Book::notes(const aws_model::Operation& operation) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<OperationNotes>& notes = notes_[&operation];
  if (!notes) {
    notes = std::make_unique<OperationNotes>();
    notes->rules = rules_of(service, operation);
    notes->answer_streams = aws_wire::answer_streams(operation);
    for (const Rule* rule : notes->rules) {
      notes->without_signature |= rule->without_signature;
      if (!rule->cross_region_url.empty()) notes->cross_region_url = rule->cross_region_url;
    }
  }
  return *notes;
}

Result<std::shared_ptr<const aws_endpoint::Endpoint>> Book::endpoint(const aws_endpoint::Parameters& parameters) {
  std::string key = key_of(parameters);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = endpoints_.find(key); found != endpoints_.end()) return found->second;
  }
  base::Result<aws_endpoint::Endpoint> resolved = rules->resolve(parameters);
  if (!resolved) {
    // The rules' own words tell the two apart.
    const bool configuration = resolved.error().message.find("Invalid Configuration") != std::string::npos;
    return tl::unexpected(failure_of(configuration ? Kind::kConfiguration : Kind::kInput, "EndpointResolution",
                                     std::move(resolved).error()));
  }
  auto endpoint = std::make_shared<const aws_endpoint::Endpoint>(std::move(*resolved));
  const std::lock_guard lock(mutex_);
  if (endpoints_.size() >= kRememberedMax) endpoints_.clear();
  return endpoints_.try_emplace(std::move(key), std::move(endpoint)).first->second;
}

void Book::remember_region(const std::string& of_bucket, const std::string& region) {
  const std::lock_guard lock(mutex_);
  if (regions_.size() >= kRememberedMax) regions_.clear();
  regions_[of_bucket] = region;
}

std::string Book::region_of(const std::string& of_bucket) const {
  const std::lock_guard lock(mutex_);
  const auto found = regions_.find(of_bucket);
  return found == regions_.end() ? std::string() : found->second;
}

void Book::remember_cell(const std::string& region, const std::string& address, base::Time until) {
  const std::lock_guard lock(mutex_);
  cells_[region] = {address, until};
}

void Book::forget_cell(const std::string& region) {
  const std::lock_guard lock(mutex_);
  cells_.erase(region);
}

std::string Book::cell_of(const std::string& region, base::Time now) const {
  const std::lock_guard lock(mutex_);
  const auto found = cells_.find(region);
  return found == cells_.end() || found->second.second <= now ? std::string() : found->second.first;
}

Result<std::shared_ptr<const aws_endpoint::Partitions>> Shelf::partitions() {
  if (partitions_) return partitions_;
  const json::Value* document = TRY(lift(models_.partitions(), Kind::kConfiguration, "BrokenModel"));
  partitions_ = TRY(lift(aws_endpoint::Partitions::make(*document), Kind::kConfiguration, "BrokenModel"));
  return partitions_;
}

Result<std::unique_ptr<Book>> Shelf::make(const aws_model::Service& service) {
  const json::Value* rule_set = TRY(lift(models_.endpoint_rules(service.name), Kind::kConfiguration, "BrokenModel"));
  const bool has_rules = rule_set != nullptr && !rule_set->is_null();
  const json::Value own = has_rules ? json::Value() : rules_of_none();
  std::shared_ptr<const aws_endpoint::Rules> rules =
      TRY(lift(aws_endpoint::Rules::compile(has_rules ? *rule_set : own, TRY(partitions())), Kind::kConfiguration,
               "BrokenModel"));
  aws_config::Settings settings =
      TRY(lift(aws_config::settings_of(config_, service.service_id), Kind::kConfiguration, "InvalidConfiguration"));
  return std::make_unique<Book>(service, std::move(settings), std::move(rules), metrics_);
}

// A book is made under the lock: it costs milliseconds, once, and two threads would make the same.
Result<Book*> Shelf::book(std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
  base::Result<const aws_model::Service*> service = models_.service(name);
  if (!service) {
    const bool unknown = service.error().code == base::Code::kNotFound;
    return tl::unexpected(failure_of(unknown ? Kind::kInput : Kind::kConfiguration,
                                     unknown ? "UnknownService" : "BrokenModel", std::move(service).error()));
  }
  std::unique_ptr<Book>& book = books_[*service];
  if (!book) {
    Result<std::unique_ptr<Book>> made = make(**service);
    if (!made) {
      books_.erase(*service);
      return tl::unexpected(std::move(made).error());
    }
    book = std::move(*made);
  }
  if (by_name_.size() >= kRememberedMax) by_name_.clear();
  return by_name_.try_emplace(std::string(name), book.get()).first->second;
}

}  // namespace aws
