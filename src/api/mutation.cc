#include "api/mutation.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "json/decode.h"
#include "json/encode.h"

namespace api {
namespace {

struct RecordedHeader {
  static constexpr std::string_view kTypeName = "RecordedHeader";
  std::string name, value;
  template <class V>
  static void describe(V& field) {
    field("name", &RecordedHeader::name);
    field("value", &RecordedHeader::value);
  }
};

struct Record {
  static constexpr std::string_view kTypeName = "IdempotencyRecord";
  std::string fingerprint;
  std::int64_t status = 0;
  std::vector<RecordedHeader> headers;
  std::string body;
  base::Time created_at{};
  template <class V>
  static void describe(V& field) {
    field("fingerprint", &Record::fingerprint);
    field("status", &Record::status);
    field("headers", &Record::headers);
    field("body", &Record::body);
    field("createdAt", &Record::created_at);
  }
};

std::string day_partition(base::Time time) { return "idempotency-day#" + base::format_time(time).substr(0, 10); }

// None where the header is absent.
base::Result<std::optional<std::string>> key_of(const net::Request& request) {
  const std::optional<std::string_view> key = request.headers.get("Idempotency-Key");
  if (!key) return std::optional<std::string>();
  const bool visible = std::all_of(key->begin(), key->end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (key->empty() || key->size() > base::limits::kIdempotencyKeyBytesMax || !visible ||
      request.headers.count("Idempotency-Key") > 1) {
    return base::fail_field(base::Code::kInvalid, "header:Idempotency-Key",
                            "The header Idempotency-Key must be given once and be 1 to 255 visible ASCII characters.");
  }
  return std::optional<std::string>(*key);
}

std::string fingerprint_of(const http::Call& call, std::string_view workspace_id) {
  const net::Request& request = call.request();
  const std::string_view path = std::string_view(request.path).substr(call.base_path().size());
  std::string whole = fmt::format("{}\n{}\n{}\n{}", request.method, path, request.query, request.body);
  if (!workspace_id.empty()) whole.append("\n").append(workspace_id);
  return base::hex(crypto::sha256(whole));
}

http::Reply replay(Record record) {
  http::Reply reply;
  reply.status = static_cast<int>(record.status);
  reply.body = std::move(record.body);
  for (RecordedHeader& header : record.headers) reply.headers.add(std::move(header.name), std::move(header.value));
  reply.headers.add("Idempotency-Replayed", "true");
  return reply;
}

store::Item item_of(const http::Reply& reply, store::Key key, std::string fingerprint, base::Time now) {
  Record record{std::move(fingerprint), reply.status, {}, reply.body, now};
  for (const net::Header& header : reply.headers.all()) record.headers.push_back({header.name, header.value});
  store::Key index{day_partition(now), key.pk + '#' + key.sk};
  return {.key = std::move(key), .index = std::move(index), .type = "idempotency", .attributes = json::encode(record)};
}

}  // namespace

base::Result<http::Reply> change_once(const Context& context, const http::Call& call, const Change& change,
                                      std::string_view workspace_id) {
  const std::optional<std::string> key = TRY(key_of(call.request()));
  if (!key) return store::transact(context.table, call.deadline(), [&](store::Transaction& tx) { return change(tx); });
  const store::Key record_key{"idempotency#" + call.principal().user_id, base::hex(crypto::sha256(*key))};
  const std::string fingerprint = fingerprint_of(call, workspace_id);
  return store::transact(context.table, call.deadline(), [&](store::Transaction& tx) -> base::Result<http::Reply> {
    if (const std::optional<store::Item> item = TRY(tx.get(record_key))) {
      Record record = TRY(json::decode_stored<Record>(item->attributes));
      if (record.fingerprint == fingerprint) return replay(std::move(record));
      return base::fail_field(base::Code::kImpossible, "header:Idempotency-Key",
                              "This Idempotency-Key was used for another request. Use a new key for a new request.");
    }
    http::Reply reply = TRY(change(tx));
    tx.put(item_of(reply, record_key, fingerprint, context.clock.now()));
    return reply;
  });
}

base::Result<std::size_t> purge_idempotency_records(store::Table& table, const base::Clock& clock,
                                                    base::Deadline deadline) {
  std::size_t purged = 0;
  // Whole days: what was recorded on a day goes when the last moment of that day is long enough ago. A week back is
  // enough, because this runs at least daily; what a longer pause left behind is harmless.
  const base::Time today = std::chrono::floor<std::chrono::days>(clock.now());
  const auto kept = std::chrono::ceil<std::chrono::days>(base::limits::kIdempotencyKept);
  for (int back = 1; back <= 7; ++back) {
    store::Query query{.pk = day_partition(today - kept - std::chrono::days(back)), .by_index = true, .items_max = 100};
    for (;;) {
      const store::Page page = TRY(table.query(query, deadline));
      if (page.items.empty()) break;
      std::vector<store::Write> writes;
      for (const store::Item& item : page.items) writes.emplace_back(store::Delete{item.key, {item.version}});
      const base::Result<std::vector<store::Version>> done = table.write(writes, deadline);
      if (!done && done.error().code == base::Code::kConflict) break;  // another server purges the same day
      if (!done) return base::fail(done.error());
      purged += writes.size();
    }
  }
  return purged;
}

}  // namespace api
