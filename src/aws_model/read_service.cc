// From botocore's JSON to a Service. Everything that a Service points to lies in one arena beside it.

#include "aws_model/read_service.h"

#include <algorithm>
#include <memory>
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "aws_model/library.h"
#include "aws_model/read_shapes.h"
#include "aws_model/reading.h"

namespace aws_model {

namespace {

constexpr std::size_t kArenaFirstBytes = 64 * 1024;

std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

// The order of preference is botocore's, so that a service hears from us what it hears from the stock clients: what
// emulators and older gateways understand is tested with those. All but a handful that offer CBOR offer json too.
constexpr Protocol kPreference[] = {Protocol::kJson, Protocol::kRestJson, Protocol::kRestXml,
                                    Protocol::kCbor, Protocol::kQuery,    Protocol::kEc2};

struct Holding {
  std::pmr::monotonic_buffer_resource memory{kArenaFirstBytes};
  Service service;
};

// The entries of an object, in the order of their keys.
std::vector<std::pair<std::string_view, const json::Value*>> sorted_entries(const json::Object& object) {
  std::vector<std::pair<std::string_view, const json::Value*>> entries;
  entries.reserve(object.size());
  for (const auto& [key, value] : object) entries.emplace_back(view(key), &value);
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::span<const Protocol> read_protocols(const Fields& metadata) {
  std::span<const std::string_view> offered = metadata.texts("protocols");
  if (offered.empty()) offered = metadata.texts("protocol");
  const auto protocols = metadata.reading().array<Protocol>(std::size(kPreference));
  std::size_t count = 0;
  for (const Protocol protocol : kPreference) {
    if (std::find(offered.begin(), offered.end(), name(protocol)) != offered.end()) protocols[count++] = protocol;
  }
  if (count == 0) {
    metadata.reading().refuse(metadata.path().at(offered.empty() ? "protocol" : "protocols"),
                              "This must name a protocol that is known: json, rest-json, rest-xml, query, ec2 or "
                              "smithy-rpc-v2-cbor.");
  }
  return protocols.first(count);
}

void read_metadata(const Fields& model, Service& service) {
  const json::Path here = model.path().at("metadata");
  const json::Value* value = model.find("metadata");
  if (value == nullptr) {
    model.reading().refuse(here, "A model has an object with this name.");
    return;
  }
  const Fields metadata(model.reading(), *value, here);
  service.version = metadata.text("apiVersion");
  service.service_id = metadata.text("serviceId");
  service.endpoint_prefix = metadata.text("endpointPrefix");
  service.signing_name = metadata.text("signingName");
  if (service.signing_name.empty()) service.signing_name = service.endpoint_prefix;
  service.full_name = metadata.text("serviceFullName");
  service.signature_version = metadata.text("signatureVersion");
  service.auth = metadata.texts("auth");
  service.protocols = read_protocols(metadata);
  service.json_version = metadata.text("jsonVersion");
  service.target_prefix = metadata.text("targetPrefix");
  service.global_endpoint = metadata.text("globalEndpoint");
  service.xml_namespace = metadata.xml_namespace("xmlNamespace");
  service.query_compatible = metadata.find("awsQueryCompatible") != nullptr;
}

// {NAME: {KEY: value}, ...}; the value as it stands when it is a text, and as JSON where `as_json`.
std::span<const Parameter> read_parameters(const Fields& fields, std::string_view section, std::string_view key,
                                           bool as_json) {
  const json::Object& object = fields.section(section);
  const json::Path place = fields.path().at(section);
  const auto parameters = fields.reading().array<Parameter>(object.size());
  std::size_t next = 0;
  for (const auto& [name, value] : object) {
    Parameter& parameter = parameters[next++];
    parameter.name = fields.reading().keep(view(name));
    const json::Path here = place.at(parameter.name);
    const Fields given(fields.reading(), value, here);
    const json::Value* found = given.find(key);
    if (found == nullptr)
      fields.reading().refuse(here.at(key), "This is missing.");
    else
      parameter.value = as_json ? fields.reading().keep(boost::json::serialize(*found)) : given.text(key);
  }
  return parameters;
}

class OperationReader {
 public:
  explicit OperationReader(const Shapes& shapes) : shapes_(shapes) {}

  void read(const Fields& fields, Operation& operation) const {
    read_http(fields, operation);
    read_input_and_output(fields, operation);
    read_errors(fields, operation);
    read_auth(fields, operation);
    read_checksum(fields, operation);
    read_endpoint(fields, operation);
    if (const json::Value* compression = fields.find("requestcompression")) {
      const json::Path here = fields.path().at("requestcompression");
      operation.compression = Fields(fields.reading(), *compression, here).texts("encodings");
    }
    operation.idempotent = fields.flag("idempotent");
    operation.read_only = fields.flag("readonly");
    operation.deprecated = fields.flag("deprecated");
  }

 private:
  static void read_http(const Fields& fields, Operation& operation) {
    operation.method = "POST";
    operation.request_uri = "/";
    const json::Value* value = fields.find("http");
    if (value == nullptr) return;
    const json::Path here = fields.path().at("http");
    const Fields http(fields.reading(), *value, here);
    if (http.find("method") != nullptr) operation.method = http.text("method");
    if (http.find("requestUri") != nullptr) operation.request_uri = http.text("requestUri");
    operation.response_code = http.integer("responseCode");
  }

  [[nodiscard]] const Shape* structure(const Fields& reference) const {
    const Shape* shape = shapes_.named_by(reference);
    if (shape == nullptr || shape->type == Type::kStructure) return shape;
    reference.reading().refuse(reference.path().at("shape"), fmt::format("\"{}\" is no structure.", shape->name));
    return nullptr;
  }

  void read_input_and_output(const Fields& fields, Operation& operation) const {
    if (const json::Value* value = fields.find("input")) {
      const json::Path here = fields.path().at("input");
      const Fields input(fields.reading(), *value, here);
      operation.input = structure(input);
      operation.input_as_member.shape = operation.input;
      operation.input_as_member.location_name = input.text("locationName");
      operation.input_as_member.xml_namespace = input.xml_namespace("xmlNamespace");
    }
    if (const json::Value* value = fields.find("output")) {
      const json::Path here = fields.path().at("output");
      const Fields output(fields.reading(), *value, here);
      operation.output = structure(output);
      operation.result_wrapper = output.text("resultWrapper");
    }
  }

  void read_errors(const Fields& fields, Operation& operation) const {
    const json::Value* value = fields.find("errors");
    if (value == nullptr) return;
    const json::Path place = fields.path().at("errors");
    const auto* list = value->if_array();
    if (list == nullptr) {
      fields.reading().refuse(place, "This must be a list.");
      return;
    }
    const auto errors = fields.reading().array<const Shape*>(list->size());
    for (std::size_t i = 0; i < errors.size(); ++i) {
      const json::Path here = place.at(i);
      Shape* error = shapes_.named_by(Fields(fields.reading(), (*list)[i], here));
      if (error == nullptr) return;
      error->is_exception = true;  // older models say so at the operation alone
      errors[i] = error;
    }
    operation.errors = errors;
  }

  static void read_auth(const Fields& fields, Operation& operation) {
    operation.auth = fields.texts("auth");
    const std::string_view type = fields.text("authtype");
    operation.no_auth = type == "none" || (operation.auth.size() == 1 && operation.auth.front() == "smithy.api#noAuth");
    operation.unsigned_payload = fields.flag("unsignedPayload") || type == "v4-unsigned-body";
  }

  static void read_checksum(const Fields& fields, Operation& operation) {
    operation.checksum.required = fields.flag("httpChecksumRequired");
    const json::Value* value = fields.find("httpChecksum");
    if (value == nullptr) return;
    const json::Path here = fields.path().at("httpChecksum");
    const Fields checksum(fields.reading(), *value, here);
    operation.checksum.required |= checksum.flag("requestChecksumRequired");
    operation.checksum.request_algorithm_member = checksum.text("requestAlgorithmMember");
    operation.checksum.request_validation_mode_member = checksum.text("requestValidationModeMember");
    operation.checksum.response_algorithms = checksum.texts("responseAlgorithms");
  }

  static void read_endpoint(const Fields& fields, Operation& operation) {
    if (const json::Value* value = fields.find("endpoint")) {
      const json::Path here = fields.path().at("endpoint");
      operation.host_prefix = Fields(fields.reading(), *value, here).text("hostPrefix");
    }
    operation.static_parameters = read_parameters(fields, "staticContextParams", "value", true);
    operation.input_parameters = read_parameters(fields, "operationContextParams", "path", false);
    operation.endpoint_operation = fields.flag("endpointoperation");
    if (const json::Value* value = fields.find("endpointdiscovery")) {
      const json::Path here = fields.path().at("endpointdiscovery");
      operation.endpoint_discovery = true;
      operation.endpoint_discovery_required = Fields(fields.reading(), *value, here).flag("required");
    }
  }

  const Shapes& shapes_;
};

void read_operations(const Fields& model, const Shapes& shapes, Service& service) {
  const auto entries = sorted_entries(model.section("operations"));
  const json::Path place = model.path().at("operations");
  const auto operations = model.reading().array<Operation>(entries.size());
  const OperationReader reader(shapes);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    operations[i].name = model.reading().keep(entries[i].first);
    const json::Path here = place.at(operations[i].name);
    reader.read(Fields(model.reading(), *entries[i].second, here), operations[i]);
  }
  service.operations = operations;
}

bool has_operation(const Service& service, std::string_view name) {
  return std::binary_search(service.operations.begin(), service.operations.end(), Operation{.name = name},
                            [](const Operation& a, const Operation& b) { return a.name < b.name; });
}

// What belongs to operations that the model does not have is left out: the file may be another version's.
void read_paginators(const Fields& file, Service& service) {
  const auto entries = sorted_entries(file.section("pagination"));
  const json::Path place = file.path().at("pagination");
  const auto paginators = file.reading().array<Paginator>(entries.size());
  std::size_t count = 0;
  for (const auto& [operation, value] : entries) {
    if (!has_operation(service, operation)) continue;
    Paginator& paginator = paginators[count++];
    paginator.operation = file.reading().keep(operation);
    const json::Path here = place.at(operation);
    const Fields fields(file.reading(), *value, here);
    paginator.input_tokens = fields.texts("input_token");
    paginator.output_tokens = fields.texts("output_token");
    paginator.result_keys = fields.texts("result_key");
    paginator.non_aggregate_keys = fields.texts("non_aggregate_keys");
    paginator.more_results = fields.text("more_results");
    paginator.limit_key = fields.text("limit_key");
    if (paginator.input_tokens.empty() || paginator.input_tokens.size() != paginator.output_tokens.size()) {
      file.reading().refuse(here, "input_token and output_token must name equally many tokens, at least one.");
    }
  }
  service.paginators = paginators.first(count);
}

constexpr std::pair<std::string_view, Acceptor::Matcher> kMatchers[] = {{"path", Acceptor::Matcher::kPath},
                                                                        {"pathAll", Acceptor::Matcher::kPathAll},
                                                                        {"pathAny", Acceptor::Matcher::kPathAny},
                                                                        {"status", Acceptor::Matcher::kStatus},
                                                                        {"error", Acceptor::Matcher::kError}};
constexpr std::pair<std::string_view, Acceptor::State> kStates[] = {
    {"success", Acceptor::State::kSuccess}, {"failure", Acceptor::State::kFailure}, {"retry", Acceptor::State::kRetry}};

template <class T, std::size_t N>
void read_word(const Fields& fields, std::string_view key, const std::pair<std::string_view, T> (&words)[N], T& into) {
  const std::string_view text = fields.text(key);
  for (const auto& [word, meaning] : words) {
    if (word == text) {
      into = meaning;
      return;
    }
  }
  fields.reading().refuse(fields.path().at(key), fmt::format("\"{}\" is not known here.", text));
}

void read_acceptors(const Fields& fields, Waiter& waiter) {
  const json::Path place = fields.path().at("acceptors");
  const json::Value* value = fields.find("acceptors");
  const auto* list = value == nullptr ? nullptr : value->if_array();
  if (list == nullptr) {
    fields.reading().refuse(place, "This must be a list.");
    return;
  }
  const auto acceptors = fields.reading().array<Acceptor>(list->size());
  for (std::size_t i = 0; i < acceptors.size(); ++i) {
    const json::Path here = place.at(i);
    const Fields given(fields.reading(), (*list)[i], here);
    read_word(given, "matcher", kMatchers, acceptors[i].matcher);
    read_word(given, "state", kStates, acceptors[i].state);
    acceptors[i].argument = given.text("argument");
    if (const json::Value* expected = given.find("expected"))
      acceptors[i].expected = fields.reading().keep(boost::json::serialize(*expected));
    else
      fields.reading().refuse(here.at("expected"), "This is missing.");
  }
  waiter.acceptors = acceptors;
}

void read_waiters(const Fields& file, Service& service) {
  const auto entries = sorted_entries(file.section("waiters"));
  const json::Path place = file.path().at("waiters");
  const auto waiters = file.reading().array<Waiter>(entries.size());
  std::size_t count = 0;
  for (const auto& [name, value] : entries) {
    const json::Path here = place.at(name);
    const Fields fields(file.reading(), *value, here);
    const std::string_view operation = fields.text("operation");
    if (!has_operation(service, operation)) continue;
    Waiter& waiter = waiters[count++];
    waiter.name = file.reading().keep(name);
    waiter.operation = operation;
    waiter.delay_s = fields.integer("delay");
    waiter.attempts_max = fields.integer("maxAttempts");
    read_acceptors(fields, waiter);
  }
  service.waiters = waiters.first(count);
}

base::Result<void> done(const Reading& reading, std::string_view file) {
  if (!reading.error()) return {};
  base::Error error = *reading.error();
  error.message = fmt::format("{}: {}", file, error.message);
  return base::fail(std::move(error));
}

}  // namespace

base::Result<std::shared_ptr<const Service>> read_service(std::string_view name, const Source& model,
                                                          const Source& paginators, const Source& waiters) {
  const auto holding = std::make_shared<Holding>();
  Service& service = holding->service;
  Reading reading(holding->memory);
  const json::Path root;

  service.name = reading.keep(name);
  const Fields fields(reading, model.value, root);
  read_metadata(fields, service);
  const Shapes shapes = Shapes::read(fields);
  service.shapes = shapes.all();
  if (!reading.error()) read_operations(fields, shapes, service);
  service.client_context = read_parameters(fields, "clientContextParams", "type", false);
  TRY(done(reading, model.file));

  if (!paginators.value.is_null()) read_paginators(Fields(reading, paginators.value, root), service);
  TRY(done(reading, paginators.file));
  if (!waiters.value.is_null()) read_waiters(Fields(reading, waiters.value, root), service);
  TRY(done(reading, waiters.file));
  return std::shared_ptr<const Service>(holding, &service);
}

base::Result<std::shared_ptr<const Service>> read_service(std::string_view name, const json::Value& model,
                                                          const json::Value& paginators, const json::Value& waiters) {
  return read_service(name, Source{model, "service-2"}, Source{paginators, "paginators-1"},
                      Source{waiters, "waiters-2"});
}

}  // namespace aws_model
