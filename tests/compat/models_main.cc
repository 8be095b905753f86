// Prints everything that the program knows of AWS's services, one JSON array a line, for models_test.py:
//
//   compat_models [--models DIRECTORY] [SERVICE...]      without a name: all of them

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "aws_model/library.h"
#include "json/value.h"

namespace {

using namespace aws_model;

void print(const json::Array& line) {
  const std::string text = boost::json::serialize(line);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
}

// With parentheses: braces would make a list of it.
json::Value text(std::string_view view) { return json::Value(boost::json::string_view(view.data(), view.size())); }

json::Array texts(std::span<const std::string_view> views) {
  json::Array list;
  for (const std::string_view view : views) list.push_back(text(view));
  return list;
}

json::Value name_of(const Shape* shape) { return shape == nullptr ? json::Value() : text(shape->name); }
json::Array space(const XmlNamespace& xml) { return {text(xml.prefix), text(xml.uri)}; }

json::Array parameters(std::span<const Parameter> given) {
  json::Array list;
  for (const Parameter& parameter : given) list.push_back(json::Array{text(parameter.name), text(parameter.value)});
  return list;
}

json::Value member(const Member* given) {
  if (given == nullptr) return nullptr;
  const Member& m = *given;
  return json::Array{text(m.name),
                     name_of(m.shape),
                     text(m.location_name),
                     text(m.query_name),
                     text(m.context_param),
                     static_cast<int>(m.location),
                     static_cast<int>(m.timestamp_format),
                     space(m.xml_namespace),
                     json::Array{m.required, m.flattened, m.streaming, m.xml_attribute, m.json_value,
                                 m.idempotency_token, m.host_label, m.event_payload, m.deprecated}};
}

json::Value number(const std::optional<double>& value) { return value ? json::Value(*value) : json::Value(); }

void print_shape(const Shape& s) {
  json::Array members;
  for (const Member& m : s.members) members.push_back(member(&m));
  print({"shape", text(s.name), text(name(s.type)), members,
         s.payload == nullptr ? json::Value() : text(s.payload->name), member(s.element), member(s.key),
         texts(s.enumeration), number(s.min), number(s.max), text(s.pattern), text(s.location_name),
         space(s.xml_namespace), static_cast<int>(s.timestamp_format),
         json::Array{s.is_union, s.is_document, s.is_event_stream, s.is_event, s.sensitive, s.streaming,
                     s.requires_length, s.flattened, s.wrapper, s.sparse, s.is_exception, s.fault, s.retryable,
                     s.throttling},
         text(s.error_code), s.error_status});
}

void print_operation(const Operation& o) {
  json::Array errors;
  for (const Shape* error : o.errors) errors.push_back(name_of(error));
  print({"operation", text(o.name), command_name(o.name), text(o.method), text(o.request_uri), o.response_code,
         name_of(o.input), name_of(o.output), text(o.result_wrapper), text(o.input_as_member.location_name),
         space(o.input_as_member.xml_namespace), errors, text(o.host_prefix), texts(o.auth),
         json::Array{text(o.checksum.request_algorithm_member), text(o.checksum.request_validation_mode_member),
                     texts(o.checksum.response_algorithms)},
         texts(o.compression), parameters(o.static_parameters), parameters(o.input_parameters),
         json::Array{o.no_auth, o.unsigned_payload, o.checksum.required, o.endpoint_operation, o.endpoint_discovery,
                     o.endpoint_discovery_required, o.idempotent, o.read_only, o.deprecated}});
}

void print_service(const Service& s) {
  json::Array protocols;
  for (const Protocol protocol : s.protocols) protocols.push_back(text(name(protocol)));
  print({"service", text(s.name), text(s.version), text(s.service_id), text(s.endpoint_prefix), text(s.signing_name),
         text(s.full_name), text(s.signature_version), texts(s.auth), protocols, text(s.json_version),
         text(s.target_prefix), text(s.global_endpoint), space(s.xml_namespace), s.query_compatible,
         parameters(s.client_context)});
  for (const Operation& operation : s.operations) print_operation(operation);
  for (const Shape& shape : s.shapes) print_shape(shape);
  for (const Paginator& p : s.paginators) {
    print({"paginator", text(p.operation), texts(p.input_tokens), texts(p.output_tokens), texts(p.result_keys),
           texts(p.non_aggregate_keys), text(p.more_results), text(p.limit_key)});
  }
  for (const Waiter& w : s.waiters) {
    json::Array acceptors;
    for (const Acceptor& a : w.acceptors) {
      acceptors.push_back(
          json::Array{static_cast<int>(a.matcher), static_cast<int>(a.state), text(a.argument), text(a.expected)});
    }
    print({"waiter", text(w.name), text(w.operation), w.delay_s, w.attempts_max, acceptors});
  }
}

int give_up(const base::Error& error) {
  fmt::print(stderr, "{}\n{}\n", error.message, error.detail);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string directory;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--models") == 0 && i + 1 < argc)
      directory = argv[++i];
    else
      names.emplace_back(argv[i]);
  }
  const auto library = Library::open(directory);
  if (!library) return give_up(library.error());
  if (names.empty()) {
    for (const Entry& entry : (*library)->services()) {
      print({"entry", entry.name, entry.version, entry.service_id, entry.full_name});
      names.push_back(entry.name);
    }
    const auto partitions = (*library)->partitions();
    if (!partitions) return give_up(partitions.error());
    print({"partitions", **partitions});
  }
  for (const std::string& name : names) {
    const auto service = (*library)->service(name);
    if (!service) return give_up(service.error());
    print_service(**service);
    const auto rules = (*library)->endpoint_rules(name);
    if (!rules) return give_up(rules.error());
    print({"rules", **rules});
  }
  return 0;
}
