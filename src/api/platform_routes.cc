// The platform itself: its own cloud account, and the directory where it is kept here.

#include "api/requests.h"
#include "api/views.h"
#include "audit/import_notes.h"
#include "base/text.h"
#include "catalog/snapshot.h"
#include "http/endpoint.h"

namespace api {
namespace {

struct PlatformAccountView {
  static constexpr std::string_view kTypeName = "PlatformAccount";
  std::string account_id, type;
  template <class V>
  static void describe(V& field) {
    field("accountId", &PlatformAccountView::account_id);
    field("type", &PlatformAccountView::type);
  }
};

base::Result<http::Reply> get_platform_account(const Context& context, const http::Call& call) {
  if (base::to_lower_ascii(call.path("type")) != "aws") {
    return base::fail_field(base::Code::kImpossible, "path:type",
                            "The platform has no account of this type; it has one of type aws.");
  }
  return http::reply(200, PlatformAccountView{context.platform.aws_account_id, "aws"});
}

base::Result<http::Reply> import_directory(const Context& context, const http::Call& call) {
  TRY(TRY(context.engine.decide_operator(call.principal().user_id, "change the directory", call.deadline()))
          .enforce("directory"));
  if (!context.import_directory) {
    return base::fail(base::Code::kImpossible, "The directory is the platform's own database; change it there.");
  }
  const std::string& document = call.request().body;
  const audit::Act act{"directory.import", "directory", "directory", {}};
  TRY(context.trail.note(asker_of(call), act, audit::import_begun(document), call.deadline()));
  base::Result<std::string> report = context.import_directory(document, call.deadline());
  const base::Result<void> noted =
      context.trail.note(asker_of(call), act,
                         report ? audit::import_done(*report) : audit::import_failed(report.error()), call.deadline());
  // The import stands, or does not, whatever became of the note; that it was begun is on record.
  if (!noted) context.log.error("the end of an import could not be noted in the audit trail", noted.error());
  http::Reply reply;
  reply.body = TRY(std::move(report));
  return reply;
}

}  // namespace

void add_platform_routes(http::Router& router, const Context& context) {
  using http::None;
  static constexpr http::Parameter kType{"type", nullptr, "aws"};
  const auto add = [&](std::string_view path, std::string_view name) {
    router.add(http::endpoint<None, None>(
        {.method = "GET",
         .path = path,
         .name = name,
         .tag = "Platform",
         .summary = "The platform's own cloud account.",
         .doc = "The account that assumes the roles which are registered.",
         .parameters = {kType},
         .answers = {http::answer<PlatformAccountView>(200, "The account.")},
         .problems = {422},
         .cost = http::Cost::kPoint},
        [&context](http::Call& call, None, None) { return get_platform_account(context, call); }));
  };
  add("/pennsieve-accounts/{type}", "getPennsieveAccount");
  add("/platform-accounts/{type}", "getPlatformAccount");
  http::Endpoint import = http::endpoint<None, json::Object>(
      {.method = "PUT",
       .path = "/directory",
       .name = "importDirectory",
       .tag = "Platform",
       .summary = "Import users, workspaces, members and teams.",
       .doc = "By an operator, where the directory is kept by this service. The document states the whole of each "
              "workspace that it names. "
              "It is taken as a whole, or not at all.",
       .answers = {http::answer<catalog::ImportReport>(200, "What was added, changed and removed.")},
       .problems = {400, 403, 415, 422}},
      [&context](http::Call& call, None, json::Object) { return import_directory(context, call); });
  // The body goes to the directory as it came, and is decoded there.
  import.body = [](json::Components& components) { return json::schema<catalog::Snapshot>(components); };
  router.add(std::move(import));
}

}  // namespace api
