#include "sigv4/canonical.h"

#include <algorithm>
#include <array>
#include <span>

namespace sigv4::internal {
namespace {

// What a thread keeps of a buffer between two signatures.
constexpr std::size_t kKeptBytesMax = 64 * 1024;

constexpr std::array<bool, 256> kUnreserved = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

bool is_unreserved(char c) { return kUnreserved[static_cast<unsigned char>(c)]; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

void append_escape(std::string& out, unsigned char byte) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  const char escape[3] = {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  out.append(escape, 3);
}

// The unreserved bytes from `at` on, as they are; gives where they end.
std::size_t append_plain(std::string& out, std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_unreserved(text[end])) ++end;
  out.append(text, at, end - at);
  return end;
}

// One spelling of what is escaped already.
void append_respelled(std::string& out, std::string_view text, bool keep_slash) {
  for (std::size_t i = append_plain(out, text, 0); i < text.size(); i = append_plain(out, text, i + 1)) {
    const char c = text[i];
    if (c == '+' || (c == '/' && keep_slash)) {
      out += c;
      continue;
    }
    const int high = c == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low < 0) {
      append_escape(out, static_cast<unsigned char>(c));
      continue;
    }
    const auto byte = static_cast<unsigned char>(high * 16 + low);
    if (kUnreserved[byte]) {
      out += static_cast<char>(byte);
    } else {
      append_escape(out, byte);
    }
    i += 2;
  }
}

void append_normalised(std::string& out, std::string_view path) {
  const std::size_t root = out.size();
  out += '/';
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    at = end + 1;
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      out.resize(std::max(out.rfind('/'), root + 1));  // a lone root has its only '/' at `root`
      continue;
    }
    if (out.size() > root + 1) out += '/';
    append_encoded(out, segment);
  }
  if (path.ends_with('/') && out.size() > root + 1) out += '/';
}

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void append_folded(std::string& out, std::string_view value) {
  while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
  for (std::size_t at = 0; at < value.size();) {
    std::size_t end = at;
    while (end < value.size() && !is_space(value[end])) ++end;
    out.append(value, at, end - at);
    if (end == value.size()) break;
    out += ' ';
    while (is_space(value[end])) ++end;  // the last byte is no space
    at = end;
  }
}

template <class Buffer>
void reset(Buffer& buffer) {
  buffer.clear();
  if (buffer.capacity() * sizeof(typename Buffer::value_type) > kKeptBytesMax) Buffer().swap(buffer);
}

}  // namespace

void append_encoded(std::string& out, std::string_view text) {
  for (std::size_t i = append_plain(out, text, 0); i < text.size(); i = append_plain(out, text, i + 1)) {
    append_escape(out, static_cast<unsigned char>(text[i]));
  }
}

void append_path(std::string& out, std::string_view path, bool s3) {
  if (!s3) return append_normalised(out, path);
  if (!path.starts_with('/')) out += '/';
  append_respelled(out, path, true);
}

void QueryList::clear() {
  reset(text_);
  reset(parameters_);
}

void QueryList::add_parameter(std::string_view wire) {
  const auto at = static_cast<std::uint32_t>(text_.size());
  const std::size_t equals = std::min(wire.find('='), wire.size());
  append_respelled(text_, wire.substr(0, equals), false);
  const auto name_size = static_cast<std::uint32_t>(text_.size() - at);
  text_ += '=';
  if (equals < wire.size()) append_respelled(text_, wire.substr(equals + 1), false);
  parameters_.push_back({at, name_size, static_cast<std::uint32_t>(text_.size() - at)});
}

void QueryList::add_query(std::string_view wire) {
  if (wire.empty()) return;
  for (std::size_t at = 0; at <= wire.size();) {
    const std::size_t end = std::min(wire.find('&', at), wire.size());
    add_parameter(wire.substr(at, end - at));
    at = end + 1;
  }
}

void QueryList::add(std::string_view name, std::string_view encoded_value) {
  const auto at = static_cast<std::uint32_t>(text_.size());
  text_.append(name).append(1, '=').append(encoded_value);
  parameters_.push_back({at, static_cast<std::uint32_t>(name.size()),
                         static_cast<std::uint32_t>(name.size() + 1 + encoded_value.size())});
}

void QueryList::sort() {
  const auto before = [this](const Parameter& left, const Parameter& right) {
    const int names = name(left).compare(name(right));
    return names != 0 ? names < 0 : value(left) < value(right);
  };
  if (!std::is_sorted(parameters_.begin(), parameters_.end(), before)) {
    std::sort(parameters_.begin(), parameters_.end(), before);
  }
}

void QueryList::append_to(std::string& out) const {
  bool first = true;
  for (const Parameter& each : parameters_) {
    if (!first) out += '&';
    first = false;
    out.append(text_, each.at, each.size);
  }
}

void HeaderList::clear() {
  reset(text_);
  reset(headers_);
}

void HeaderList::add(std::string_view name, std::string_view value) {
  const auto at = static_cast<std::uint32_t>(text_.size());
  text_.append(name).append(1, ':');
  for (char& c : std::span(text_).subspan(at, name.size())) c = to_lower(c);
  const auto name_size = static_cast<std::uint32_t>(name.size());
  append_folded(text_, value);
  headers_.push_back({at, name_size, static_cast<std::uint32_t>(text_.size() - at - name_size - 1)});
}

void HeaderList::sort() {
  const auto before = [this](const Header& left, const Header& right) {
    const int names = name(left).compare(name(right));
    return names != 0 ? names < 0 : left.at < right.at;
  };
  if (!std::is_sorted(headers_.begin(), headers_.end(), before)) std::sort(headers_.begin(), headers_.end(), before);
}

std::size_t HeaderList::end_of_name(std::size_t first) const {
  std::size_t end = first + 1;
  while (end < headers_.size() && name(headers_[end]) == name(headers_[first])) ++end;
  return end;
}

void HeaderList::append_line(std::string& out, std::size_t first, std::size_t end) const {
  const Header& header = headers_[first];
  out.append(text_, header.at, header.name_size + 1 + header.value_size);
  for (std::size_t i = first + 1; i < end; ++i) out.append(1, ',').append(value(headers_[i]));
  out += '\n';
}

void HeaderList::append_lines(std::string& out) const {
  for (std::size_t first = 0; first < headers_.size();) {
    const std::size_t end = end_of_name(first);
    append_line(out, first, end);
    first = end;
  }
}

void HeaderList::append_names(std::string& out, std::string_view separator) const {
  for (std::size_t first = 0; first < headers_.size(); first = end_of_name(first)) {
    if (first != 0) out += separator;
    out += name(headers_[first]);
  }
}

void append_request(std::string& out, const Request& request, bool s3, const QueryList& query,
                    const HeaderList& headers, std::string_view payload_hash) {
  out.append(request.method).append(1, '\n');
  append_path(out, request.path, s3);
  out += '\n';
  query.append_to(out);
  out += '\n';
  headers.append_lines(out);
  out += '\n';
  headers.append_names(out, ";");
  out.append(1, '\n').append(payload_hash);
}

Scratch& Scratch::of_thread() {
  thread_local Scratch scratch;
  scratch.query.clear();
  scratch.headers.clear();
  reset(scratch.canonical);
  reset(scratch.to_sign);
  return scratch;
}

}  // namespace sigv4::internal
