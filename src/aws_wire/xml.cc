// pugixml builds its own tree without recursion; it is copied into ours, again without, because ours is what the
// decoders want (names without prefix, one text an element) and because no vendor type may leave this file.
//
// pugixml is a lenient parser. What it lets through and XML does not is found here: before it in one pass over the
// bytes (scan), and after it in the copy (text beside the root, two roots).

#include "aws_wire/xml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "base/text.h"

namespace aws_wire::xml {
namespace {

tl::unexpected<base::Error> malformed(std::string_view what, std::size_t at) {
  return base::fail(base::Code::kUnavailable,
                    fmt::format("The answer is not well-formed XML: {}, at byte {}.", what, at));
}

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_white(std::string_view text) {
  for (const char c : text) {
    if (!is_white(c)) return false;
  }
  return true;
}

// The length of the reference that `text` begins with; 0: it is none. "&amp;", "&#10;", "&#xA;".
std::size_t reference_length(std::string_view text) {
  for (const std::string_view known : {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"}) {
    if (text.starts_with(known)) return known.size();
  }
  if (!text.starts_with("&#")) return 0;
  const bool hex = text.substr(2).starts_with('x');
  const char* const begin = text.data() + (hex ? 3 : 2);
  const char* const end = text.data() + text.size();
  std::uint32_t code_point = 0;
  const auto [stop, error] = std::from_chars(begin, end, code_point, hex ? 16 : 10);
  if (error != std::errc{} || stop == end || *stop != ';') return 0;
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point == 0 || code_point > 0x10FFFF || surrogate) return 0;
  return static_cast<std::size_t>(stop - text.data()) + 1;
}

constexpr std::array<bool, 256> kMarks = [] {
  std::array<bool, 256> marks{};
  marks['<'] = marks['&'] = marks[0] = true;
  return marks;
}();

// One pass over the bytes: finds what pugixml does not mind, and counts the elements.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  base::Result<std::size_t> run() {
    while (problem_.empty()) {
      while (at_ < text_.size() && !kMarks[static_cast<unsigned char>(text_[at_])]) ++at_;
      if (at_ == text_.size()) return elements_;
      if (text_[at_] == '&')
        reference();
      else if (text_[at_] == '<')
        markup();
      else
        problem_ = "a NUL character";
    }
    return malformed(problem_, at_);
  }

  // Whether some text may stand in several pieces.
  [[nodiscard]] bool in_pieces() const { return in_pieces_; }

 private:
  void reference() {
    const std::size_t length = reference_length(text_.substr(at_, 12));
    if (length == 0) problem_ = "an unknown reference";
    if (elements_ == 0) problem_ = "a reference before the root";
    at_ += length;
  }

  void markup() {
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (next != '!' && next != '?') {
      if (next != '/' && ++elements_ > kElementsMax)
        problem_ = "too many elements";
      else
        inside_of_tag();
      return;
    }
    in_pieces_ = true;
    const std::string_view tag = text_.substr(at_, 9);
    if (tag == "<![CDATA[")
      skip(tag.size(), "]]>");
    else if (tag.starts_with("<!--"))
      skip(4, "-->");
    else if (tag.starts_with("<?"))
      skip(2, "?>");
    else
      problem_ = "a DOCTYPE, which is not read";
  }

  void skip(std::size_t opening, std::string_view closing) {
    const std::size_t found = text_.find(closing, at_ + opening);
    if (found == std::string_view::npos)
      problem_ = "no end of a comment, an instruction or CDATA";
    else
      at_ = found + closing.size();
  }

  void inside_of_tag() {
    char quote = 0;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '&') {
        reference();
        if (!problem_.empty()) return;
        --at_;
      } else if (c == '<' || c == '\0') {
        problem_ = "a tag without an end";
        return;
      } else if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        return;
      }
    }
    problem_ = "a tag without an end";
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t elements_ = 0;
  bool in_pieces_ = false;
  std::string_view problem_;
};

std::string_view without_prefix(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos || colon + 1 == name.size() ? name : name.substr(colon + 1);
}

constexpr std::string_view kNoText = "";  // with an address: Boost.JSON copies from it

bool is_text(const pugi::xml_node& node) { return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata; }

}  // namespace

struct Document::Content {
  std::string bytes;               // pugixml writes into them
  pugi::xml_document parsed;       // names and texts of elements point into it
  std::deque<std::string> joined;  // texts that stood in several pieces
  std::vector<Attribute> attributes;
  std::vector<Element> elements;  // in the order of the document; never grows past its capacity

  // White space that stands before a child is none: it is how people lay XML out.
  std::string_view text_of(const pugi::xml_node& node) {
    pugi::xml_node piece = node.first_child();
    if (!piece || !is_text(piece)) return kNoText;
    pugi::xml_node next = piece.next_sibling();
    std::string_view text = piece.value();
    if (next && is_text(next)) {
      std::string& all = joined.emplace_back(text);
      for (; next && is_text(next); next = next.next_sibling()) all.append(next.value());
      text = all;
    }
    return next && is_white(text) ? kNoText : text;
  }

  // Spans of attributes are set when all are there: `first` of them for each element.
  Element& add(const pugi::xml_node& node, std::vector<std::pair<std::size_t, std::size_t>>& spans) {
    Element& element = elements.emplace_back();
    element.name = without_prefix(node.name());
    element.text = text_of(node);
    const std::size_t first = attributes.size();
    for (pugi::xml_attribute attribute = node.first_attribute(); attribute; attribute = attribute.next_attribute()) {
      const std::string_view name = attribute.name();
      if (name == "xmlns" || name.starts_with("xmlns:")) continue;
      attributes.push_back({without_prefix(name), attribute.value()});
    }
    if (attributes.size() > first) spans.emplace_back(elements.size() - 1, first);
    return element;
  }

  // What is wrong; nothing: it is copied.
  std::string_view copy(const pugi::xml_node& root) {
    std::vector<std::pair<std::size_t, std::size_t>> spans;
    std::vector<Element*> path{&add(root, spans)};
    std::vector<Element*> last{nullptr};  // the latest child of each element of the path
    pugi::xml_node node = root.first_child();
    pugi::xml_node parent = root;
    while (!path.empty()) {
      if (!node) {  // the children of `parent` are done
        node = parent.next_sibling();
        parent = parent.parent();
        path.pop_back();
        last.pop_back();
      } else if (node.type() != pugi::node_element) {
        node = node.next_sibling();
      } else {
        // The scan counted them all; were it wrong, pointers to elements would dangle.
        if (elements.size() == elements.capacity()) return "markup that reads in two ways";
        Element& element = add(node, spans);
        (last.back() == nullptr ? path.back()->child : last.back()->next) = &element;
        last.back() = &element;
        if (path.size() >= kDepthMax) return "elements too deep in each other";
        path.push_back(&element);
        last.push_back(nullptr);
        parent = node;
        node = node.first_child();
      }
    }
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const std::size_t end = i + 1 < spans.size() ? spans[i + 1].second : attributes.size();
      elements[spans[i].first].attributes = {attributes.data() + spans[i].second, end - spans[i].second};
    }
    return {};
  }
};

Document::Document(std::unique_ptr<Content> content) : content_(std::move(content)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

base::Result<Document> Document::parse(std::string_view text) {
  if (!base::is_utf8(text)) {
    return base::fail(base::Code::kUnavailable, "The answer is not well-formed XML: it is not valid UTF-8.");
  }
  Scan scan(text);
  const std::size_t elements = TRY(scan.run());
  auto content = std::make_unique<Content>();
  content->bytes = text;
  content->elements.reserve(std::max<std::size_t>(elements, 1));
  // White space that is a text of its own matters where it is the whole text, or a piece of it; elsewhere its nodes
  // would only cost time.
  const unsigned white = scan.in_pieces() ? pugi::parse_ws_pcdata : pugi::parse_ws_pcdata_single;
  const unsigned options = white | pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol |
                           pugi::parse_wconv_attribute | pugi::parse_fragment;
  const pugi::xml_parse_result result =
      content->parsed.load_buffer_inplace(content->bytes.data(), content->bytes.size(), options, pugi::encoding_utf8);
  if (!result) return malformed(result.description(), static_cast<std::size_t>(result.offset));
  pugi::xml_node root;
  for (const pugi::xml_node& node : content->parsed.children()) {
    if (node.type() == pugi::node_element) {
      if (root) return malformed("a second root", text.size());
      root = node;
    } else if (is_text(node) && (node.type() == pugi::node_cdata || !is_white(std::string_view(node.value())))) {
      return malformed("text beside the root", text.size());
    }
  }
  if (!root) return malformed("no root", text.size());
  if (const std::string_view problem = content->copy(root); !problem.empty()) return malformed(problem, text.size());
  return Document(std::move(content));
}

const Element& Document::root() const { return content_->elements.front(); }

const Element* Element::find(std::string_view child_name) const {
  for (const Element* element = child; element != nullptr; element = element->next) {
    if (element->name == child_name) return element;
  }
  return nullptr;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_white(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace aws_wire::xml
