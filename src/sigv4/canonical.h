// The canonical request of Signature Version 4: one text for all spellings of a request that mean the same.
//
//   METHOD \n path \n query \n name:value \n ... \n \n names \n payload hash
//
//   path     S3: an escape of an unreserved character is undone, other escapes get upper-case digits, what else may not
//            stand in a path is escaped. Others: empty and dot segments go, then every byte that is not unreserved is
//            escaped, also the '%' of an escape that is there already.
//   query    Parameters as for S3's path, sorted by name, then value, byte by byte; a parameter without '=' gets one.
//   headers  Sorted by name in lower case; values trimmed, white space within them folded into one space; several of
//            one name joined by ',' in their order.
//
// A '+' in a query or an S3 path stays as it is, so that it is neither "%2B" nor "%20": who signed for one of them has
// not signed for what a reader may take for the other.
//
// The lists keep their room when they are cleared, up to a bound. One thread at a time.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sigv4/sign.h"

namespace sigv4::internal {

void append_path(std::string& out, std::string_view path, bool s3);

// Escapes all but the unreserved characters of RFC 3986.
void append_encoded(std::string& out, std::string_view text);

class QueryList {
 public:
  struct Parameter {
    std::uint32_t at, name_size, size;  // name=value in text_
  };

  void clear();
  void add_query(std::string_view wire);  // as it came
  void add(std::string_view name, std::string_view encoded_value);
  void sort();
  void append_to(std::string& out) const;

  [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }
  [[nodiscard]] std::string_view name(const Parameter& p) const { return view().substr(p.at, p.name_size); }
  [[nodiscard]] std::string_view value(const Parameter& p) const {  // encoded
    return view().substr(p.at + p.name_size + 1, p.size - p.name_size - 1);
  }
  void remove(std::size_t index) { parameters_.erase(parameters_.begin() + static_cast<std::ptrdiff_t>(index)); }

 private:
  [[nodiscard]] std::string_view view() const { return text_; }
  void add_parameter(std::string_view wire);

  std::string text_;
  std::vector<Parameter> parameters_;
};

class HeaderList {
 public:
  struct Header {
    std::uint32_t at, name_size, value_size;  // name:value in text_
  };

  void clear();
  void add(std::string_view name, std::string_view value);
  void sort();  // keeps the order of headers of one name

  [[nodiscard]] const std::vector<Header>& headers() const { return headers_; }
  [[nodiscard]] std::string_view name(const Header& h) const { return view().substr(h.at, h.name_size); }
  [[nodiscard]] std::string_view value(const Header& h) const {
    return view().substr(h.at + h.name_size + 1, h.value_size);
  }

  // Sorted lists only. The headers from `first` on that have its name: where they end, and their line.
  [[nodiscard]] std::size_t end_of_name(std::size_t first) const;
  void append_line(std::string& out, std::size_t first, std::size_t end) const;
  void append_lines(std::string& out) const;
  void append_names(std::string& out, std::string_view separator) const;

 private:
  [[nodiscard]] std::string_view view() const { return text_; }

  std::string text_;
  std::vector<Header> headers_;
};

// The whole of it; both lists sorted, with all that is signed and nothing else.
void append_request(std::string& out, const Request& request, bool s3, const QueryList& query,
                    const HeaderList& headers, std::string_view payload_hash);

// The buffers of a thread, for one signature at a time.
struct Scratch {
  QueryList query;
  HeaderList headers;
  std::string canonical, to_sign;

  static Scratch& of_thread();  // empty
};

}  // namespace sigv4::internal
