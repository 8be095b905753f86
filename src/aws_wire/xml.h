// XML answers in memory: elements without comments, processing instructions and namespaces, as AWS's clients see them.
// The bytes come from outside and may be anything.
//
//   Refused    what is not well-formed XML 1.0 in UTF-8: a cut document, two roots, text beside the root, references
//              that XML does not know; any DOCTYPE (so there are no entities to expand); more than kElementsMax
//              elements, or deeper than kDepthMax.
//   Kept       white space in text, CDATA, characters by number (control characters too, which XML 1.0 forbids but
//              services send).
//   Lifetime   a document owns what its elements point to.
//   Threads    any; a document never changes.
//   Errors     kUnavailable (what is wrong, and at which byte; never the text itself).

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace aws_wire::xml {

inline constexpr std::size_t kDepthMax = base::limits::kAwsDepthMax;
inline constexpr std::size_t kElementsMax = base::limits::kAwsXmlElementsMax;

struct Attribute {
  std::string_view name;  // without prefix
  std::string_view value;
};

struct Element {
  std::string_view name;           // without prefix
  std::string_view text;           // before the first child; white space alone counts where there is none
  const Element* child = nullptr;  // the first
  const Element* next = nullptr;   // beside it
  std::span<const Attribute> attributes;

  [[nodiscard]] const Element* find(std::string_view child_name) const;  // the first of that name
};

class Document {
 public:
  static base::Result<Document> parse(std::string_view text);
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  [[nodiscard]] const Element& root() const;

 private:
  struct Content;
  explicit Document(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

// White space of XML at both ends.
std::string_view trim(std::string_view text);

}  // namespace aws_wire::xml
