#include "audit/chain.h"

#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "json/decode.h"
#include "json/encode.h"

namespace audit {
namespace {

constexpr std::size_t kNumberDigits = 16;
constexpr std::string_view kEventDomain = "stewardry audit event 1";
constexpr std::string_view kHeadDomain = "stewardry audit head 1";

void append_whole(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

void append_part(std::string& out, std::string_view part) {
  append_whole(out, part.size());
  out.append(part);
}

std::string_view bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

base::Error damaged(const store::Item& item, std::string_view what) {
  return {base::Code::kCorrupt, "The audit trail is damaged; run `stewardry audit verify`.",
          fmt::format("{} {} {}", item.key.pk, item.key.sk, what)};
}

}  // namespace

std::string shard_name(std::size_t shard) { return fmt::format("{:02x}", shard); }
std::string number_text(std::uint64_t number) { return fmt::format("{:016x}", number); }

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.size() != kNumberDigits || !is_lower_hex(text)) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return number;
}

store::Key event_key(std::string_view shard, std::uint64_t number) {
  return {fmt::format("{}{}", kPartition, shard), number_text(number)};
}
store::Key head_key(std::string_view shard) { return {fmt::format("{}{}", kPartition, shard), "head"}; }
std::string event_id(std::string_view shard, std::uint64_t number) {
  return fmt::format("{}-{}", shard, number_text(number));
}

std::string hash_text(const Hash& hash) { return base::hex(bytes_of(hash)); }

std::optional<Hash> parse_hash(std::string_view hex) {
  Hash hash{};
  if (hex.size() != 2 * hash.size() || !is_lower_hex(hex)) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i)
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, hash[i], 16);
  return hash;
}

Hash hash_of_event(std::string_view shard, std::uint64_t number, const Hash& previous, std::string_view attributes) {
  std::string bytes;
  bytes.reserve(attributes.size() + 160);
  append_part(bytes, kEventDomain);
  append_part(bytes, shard);
  append_whole(bytes, number);
  append_part(bytes, bytes_of(previous));
  append_part(bytes, attributes);
  return crypto::sha256_array(bytes);
}

std::string signed_text(std::string_view shard, std::uint64_t number, const Hash& hash) {
  std::string bytes;
  append_part(bytes, kHeadDomain);
  append_part(bytes, shard);
  append_whole(bytes, number);
  append_part(bytes, bytes_of(hash));
  return bytes;
}

store::Item sign_head(const crypto::PrivateKey& key, std::string_view shard, std::uint64_t number, const Hash& hash,
                      base::Time at) {
  const StoredHead head{.sequence = number,
                        .hash = hash_text(hash),
                        .signature = base::base64url(key.sign(signed_text(shard, number, hash))),
                        .at = at};
  return {.key = head_key(shard), .index = {}, .type = std::string(kHeadType), .attributes = json::encode(head)};
}

base::Result<Head> read_head(const store::Item& item) {
  const StoredHead stored = TRY(json::decode_stored<StoredHead>(item.attributes));
  const std::optional<Hash> hash = parse_hash(stored.hash);
  const std::optional<std::string> signature = base::parse_base64url(stored.signature);
  if (!hash || !signature || stored.sequence == 0) return base::fail(damaged(item, "is no head"));
  return Head{.number = stored.sequence, .hash = *hash, .signature = *signature, .at = stored.at};
}

bool is_signed(const crypto::PublicKey& key, std::string_view shard, const Head& head) {
  return key.verify(crypto::Algorithm::kEdDsa, signed_text(shard, head.number, head.hash), head.signature);
}

base::Result<StoredEvent> read_event(const store::Item& item) {
  if (item.type != kEventType) return base::fail(damaged(item, "is no event"));
  return json::decode_stored<StoredEvent>(item.attributes);
}

}  // namespace audit
