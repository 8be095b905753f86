// An endpoint is one struct: method, path, types of what comes in and goes out, what it costs, and its handler.
// Routing, decoding, OpenAPI, the reference page and the metrics all come from it.
//
//   router.add(http::endpoint<ListQuery, http::None>(
//       {.method = "GET", .path = "/accounts/{uuid}/workspaces", .name = "listAccountWorkspaces", .tag = "Accounts",
//        .summary = "...", .doc = "...", .parameters = {{"uuid", &json::kUuidFormat, "The account."}},
//        .answers = {http::answer<std::vector<Enablement>>(200, "...")}, .problems = {403, 404}},
//       [&](http::Call& call, ListQuery query, http::None) -> base::Result<http::Reply> { ... }));
//
// Query and body are described structs (json/describe.h), or None. A query member may be bool ("true" or "false"), a
// whole number, std::string, an enum with names, or std::optional of these; names that are not in the type are refused,
// and so is a name given twice. A body must be JSON (application/json, or any +json; charset utf-8 or none; 415
// otherwise). An endpoint whose body is MaybeBody<T> may be called without one.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "http/call.h"
#include "http/query.h"
#include "json/decode.h"
#include "json/schema.h"

namespace http {

struct None {};
template <class T>
struct MaybeBody {
  std::optional<T> value;
};

// Where a handler may run. kPoint: a few reads by key of an embedded store, never waits; may run on the event loop.
enum class Cost { kPoint, kBlocking };

using SchemaMaker = json::Object (*)(json::Components&);

struct Parameter {
  std::string_view name;
  const json::Format* format = nullptr;  // a UUID or a node id is put into canonical form
  std::string_view doc;
};

struct Answer {
  int status;
  std::string_view doc;
  SchemaMaker schema = nullptr;  // nullptr: no body
  std::string_view content_type = "application/json";
  std::vector<std::string_view> headers = {};  // of ETag, Location, Link, X-Total-Count, Retry-After
};

struct Spec {
  std::string_view method;
  std::string_view path;  // template; parameters in braces are whole segments
  std::string_view name;  // operationId
  std::string_view tag;
  std::string_view summary;  // a sentence
  std::string_view doc;      // more, in Markdown
  std::vector<Parameter> parameters = {};
  std::vector<Answer> answers = {};
  std::vector<int> problems = {};  // statuses of problem documents, besides those that every endpoint can give
  Cost cost = Cost::kBlocking;
  bool needs_token = true;
  bool takes_if_match = false;         // for the document
  bool takes_idempotency_key = false;  // for the document
};

struct Endpoint {
  Spec spec;
  std::vector<QueryParameter> query;  // for the document
  SchemaMaker body = nullptr;         // nullptr: none is taken
  bool body_may_miss = false;
  std::function<base::Result<Reply>(Call&)> handle;  // decodes query and body, and calls the handler
};

// `headers`: those of the answer that the document shows, of ETag, Location, Link, X-Total-Count and Retry-After.
template <class T>
Answer answer(int status, std::string_view doc, std::vector<std::string_view> headers = {}) {
  return {status, doc,
          [](json::Components& components) { return json::internal::schema_of<T>(json::Rules{}, components); },
          "application/json", std::move(headers)};
}
inline Answer answer(int status, std::string_view doc, std::vector<std::string_view> headers = {}) {
  return {status, doc, nullptr, "application/json", std::move(headers)};
}

namespace internal {
// kUnsupportedMedia where the request's content type is not JSON; kInvalid where a body is needed and there is none.
base::Result<void> check_body(const net::Request& request, bool may_miss);
// kInvalid: this endpoint takes no body, and there is one.
base::Result<void> check_no_body(const net::Request& request);

template <class T>
inline constexpr bool is_maybe_body_v = false;
template <class T>
inline constexpr bool is_maybe_body_v<MaybeBody<T>> = true;
template <class T>
struct BodyOf {
  using type = T;
};
template <class T>
struct BodyOf<MaybeBody<T>> {
  using type = T;
};

template <class Body>
base::Result<Body> decode_body(const net::Request& request) {
  if constexpr (std::is_same_v<Body, None>) {
    TRY(check_no_body(request));
    return None{};
  } else if constexpr (is_maybe_body_v<Body>) {
    if (request.body.empty()) return Body{};
    TRY(check_body(request, true));
    return Body{TRY(json::decode<typename BodyOf<Body>::type>(std::string_view(request.body)))};
  } else {
    TRY(check_body(request, false));
    return json::decode<Body>(std::string_view(request.body));
  }
}
}  // namespace internal

template <class Query, class Body, class Handler>
Endpoint endpoint(Spec spec, Handler handler) {
  Endpoint made;
  made.spec = std::move(spec);
  if constexpr (!std::is_same_v<Query, None>) made.query = describe_query<Query>();
  if constexpr (!std::is_same_v<Body, None>) {
    made.body = [](json::Components& components) {
      return json::internal::schema_of<typename internal::BodyOf<Body>::type>(json::Rules{}, components);
    };
    made.body_may_miss = internal::is_maybe_body_v<Body>;
  }
  made.handle = [handler = std::move(handler)](Call& call) -> base::Result<Reply> {
    if constexpr (std::is_same_v<Query, None>) {
      TRY(refuse_query(call.request().query));
      Body body = TRY(internal::decode_body<Body>(call.request()));
      return handler(call, None{}, std::move(body));
    } else {
      Query query = TRY(decode_query<Query>(call.request().query));
      Body body = TRY(internal::decode_body<Body>(call.request()));
      return handler(call, std::move(query), std::move(body));
    }
  };
  return made;
}

}  // namespace http
