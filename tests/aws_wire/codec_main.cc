// One service's codec on standard input and output, for comparison with other clients (README.md): reads the service's
// model (service-2.json) and then a line of JSON a question.
//
//   {"encode": OPERATION, "input": VALUE}    {"method", "path", "query", "headers": [[NAME, VALUE]], "body": BASE64,
//                                             "host_prefix"}
//   {"decode": OPERATION, "status": N, "headers": [[NAME, VALUE]], "body": BASE64}    {"output": VALUE}
//   {"error": OPERATION, ...the same}        {"code", "message", "request_id", "shape", "members"}
//   {"check": OPERATION, "input": VALUE}     {"problems": [[PATH, MESSAGE]]}
//
// What fails is {"problem": TEXT}.

#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "aws_model/library.h"
#include "aws_wire/wire.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/encode.h"
#include "json/parse.h"

namespace {

std::string_view text_in(const json::Object& object, std::string_view name) {
  const json::Value* const value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_string() ? json::view(value->get_string()) : std::string_view();
}

json::Value problem(const base::Error& error) {
  return json::Object{{"problem", error.message + (error.detail.empty() ? "" : ": " + error.detail)}};
}

json::Value encoded(const aws_model::Service& service, const aws_model::Operation& operation,
                    const json::Object& question) {
  const json::Value* const input = question.if_contains("input");
  const base::Result<aws_wire::Request> request =
      aws_wire::encode(service, operation, input == nullptr ? json::Value() : *input);
  if (!request) return problem(request.error());
  json::Array headers;
  for (const net::Header& header : request->headers.all()) headers.push_back(json::Array{header.name, header.value});
  return json::Object{{"method", request->method},
                      {"path", request->path},
                      {"query", request->query},
                      {"headers", headers},
                      {"body", base::base64(request->body)},
                      {"host_prefix", request->host_prefix}};
}

aws_wire::Reply reply_in(const json::Object& question) {
  aws_wire::Reply reply;
  if (const json::Value* const status = question.if_contains("status"); status != nullptr && status->is_int64())
    reply.status = static_cast<int>(status->get_int64());
  if (const json::Value* const headers = question.if_contains("headers"); headers != nullptr && headers->is_array()) {
    for (const json::Value& header : headers->get_array())
      reply.headers.add(std::string(json::view(header.at(0).as_string())),
                        std::string(json::view(header.at(1).as_string())));
  }
  reply.body = base::parse_base64(text_in(question, "body")).value_or("");
  return reply;
}

json::Value decoded(const aws_model::Service& service, const aws_model::Operation& operation,
                    const json::Object& question) {
  base::Result<json::Value> output = aws_wire::decode(service, operation, reply_in(question));
  if (!output) return problem(output.error());
  return json::Object{{"output", std::move(*output)}};
}

json::Value read_error(const aws_model::Service& service, const aws_model::Operation& operation,
                       const json::Object& question) {
  const aws_wire::ServiceError error = aws_wire::decode_error(service, operation, reply_in(question));
  return json::Object{{"code", error.code},
                      {"message", error.message},
                      {"request_id", error.request_id},
                      {"shape", error.shape == nullptr ? std::string() : std::string(error.shape->name)},
                      {"members", error.members}};
}

json::Value checked(const aws_model::Service&, const aws_model::Operation& operation, const json::Object& question) {
  const json::Value* const input = question.if_contains("input");
  json::Array problems;
  for (const aws_wire::Problem& each : aws_wire::check(operation, input == nullptr ? json::Value() : *input))
    problems.push_back(json::Array{each.path, each.message});
  return json::Object{{"problems", problems}};
}

json::Value answer(const aws_model::Service& service, std::string_view line) {
  const base::Result<json::Value> parsed = json::parse(line, base::limits::kAwsDepthMax);
  if (!parsed) return problem(parsed.error());
  if (!parsed->is_object()) return json::Object{{"problem", "A question is an object."}};
  const json::Object& question = parsed->get_object();
  for (const auto& [task, act] :
       {std::pair{"encode", &encoded}, {"decode", &decoded}, {"error", &read_error}, {"check", &checked}}) {
    const aws_model::Operation* const operation = service.operation(text_in(question, task));
    if (operation != nullptr) return act(service, *operation, question);
  }
  return json::Object{{"problem", "There is no such operation or task."}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: aws_wire_codec service-2.json\n";
    return 2;
  }
  std::ifstream file(argv[1]);
  std::stringstream text;
  text << file.rdbuf();
  const base::Result<json::Value> model = json::parse(text.str());
  if (!model) {
    std::cerr << argv[1] << ": " << model.error().message << '\n';
    return 1;
  }
  const auto service = aws_model::read_service("service", *model, {}, {});
  if (!service) {
    std::cerr << argv[1] << ": " << service.error().message << '\n';
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);)
    std::cout << json::encode(answer(**service, line)) << '\n' << std::flush;
  return 0;
}
