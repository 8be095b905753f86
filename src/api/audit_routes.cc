// The audit trail, for people: their own things, and for operators everything.

#include <fmt/format.h>

#include "api/paging.h"
#include "api/requests.h"
#include "http/endpoint.h"

namespace api {
namespace {

bool is_time(std::string_view text) { return base::parse_time(text).has_value(); }
const json::Format kTimeFormat{"date-time",
                               "^[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
                               "|02-(0[1-9]|1[0-9]|2[0-8]))[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)"
                               "(\\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
                               is_time,
                               "a time as of RFC 3339, such as 2026-11-24T05:47:44Z (a '+' is to be written %2B)"};
constexpr std::size_t kTargetCharsMax = 256;

struct AuditQuery : PageQuery {
  std::optional<std::string> target, principal, since, until;

  template <class V>
  static void describe(V& field) {
    PageQuery::describe(field);
    field("target", &AuditQuery::target,
          {.doc = "Events of this thing: the id of an account, a compute node or an operation, or `directory`.",
           .chars_max = kTargetCharsMax});
    field(
        "principal", &AuditQuery::principal,
        {.doc = "Only what this user did; `system` for what the server does by itself.", .chars_max = kTargetCharsMax});
    field("since", &AuditQuery::since, {.doc = "Only events from this time on.", .format = &kTimeFormat});
    field("until", &AuditQuery::until, {.doc = "Only events before this time.", .format = &kTimeFormat});
  }
};

// Ids are kept in lower case; whoever asks may write them otherwise.
std::string canonical_id(const std::optional<std::string>& text) {
  if (!text) return {};
  if (std::optional<std::string> uuid = base::parse_uuid(*text)) return std::move(*uuid);
  return base::parse_id(base::IdKind::kUser, *text).value_or(*text);
}

// Whether the caller owns the account or compute node now: then its whole history is theirs to see.
base::Result<bool> owns(const Context& context, const http::Call& call, const std::string& target) {
  if (!base::parse_uuid(target)) return false;
  const std::array keys{accounts::account_key(target), nodes::node_key(target)};
  const std::vector<std::optional<store::Item>> items = TRY(context.table.get_many(keys, call.deadline()));
  const std::string& user_id = call.principal().user_id;
  if (items[0]) return TRY(accounts::read_account(*items[0])).owner_id == user_id;
  if (items[1]) return TRY(nodes::read_node(*items[1])).owner_id == user_id;
  return false;
}

base::Result<http::Reply> list_events(const Context& context, const http::Call& call, const AuditQuery& query) {
  audit::EventQuery wanted;
  wanted.target_id = canonical_id(query.target);
  wanted.principal_id = canonical_id(query.principal);
  if (query.since) wanted.since = base::parse_time(*query.since);
  if (query.until) wanted.until = base::parse_time(*query.until);
  const std::string& user_id = call.principal().user_id;
  const bool everything = TRY(context.engine.is_operator(user_id, call.deadline()));
  if (!everything && !TRY(owns(context, call, wanted.target_id))) wanted.seen_by = user_id;
  // A page may end for other reasons than the rights of the moment: a cursor is bound to these too.
  const Listing listing(
      context, call, query,
      fmt::format("audit?target={}&principal={}&since={}&until={}&seen_by={}", wanted.target_id, wanted.principal_id,
                  query.since.value_or(""), query.until.value_or(""), wanted.seen_by));
  wanted.cursor = TRY(listing.after());
  wanted.events_max = listing.limit();
  const audit::EventPage page = TRY(context.trail.list(wanted, call.deadline()));
  const std::uint64_t total = query.count ? TRY(context.trail.count(wanted, call.deadline())) : 0;
  return listing.finish(http::reply(200, page.events), page.next_cursor, total);
}

}  // namespace

void add_audit_routes(http::Router& router, const Context& context) {
  using http::None;
  router.add(http::endpoint<AuditQuery, None>(
      {.method = "GET",
       .path = "/audit",
       .name = "listAuditEvents",
       .tag = "Audit",
       .summary = "Who did what, newest first.",
       .doc = "What you did yourself and what was done to what was yours; with `target` a thing that you own now, all "
              "that was ever done to it. An operator sees everything. Of other people's things the list is empty, as "
              "of things that never were.",
       .answers = {http::answer<std::vector<audit::Event>>(200, "The events.")},
       .problems = {400}},
      [&context](http::Call& call, AuditQuery query, None) { return list_events(context, call, query); }));
}

}  // namespace api
