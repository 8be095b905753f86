#include "pg_spec/yaml.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include <fmt/format.h>
#include <libfyaml.h>

#include "base/limits.h"
#include "base/text.h"

namespace pg_spec::internal {
namespace {

struct DiagFree {
  void operator()(fy_diag* diag) const { fy_diag_unref(diag); }
};
struct ParserFree {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};

Position position(const fy_mark* mark) {
  return mark == nullptr ? Position{} : Position{mark->line + 1, mark->column + 1};
}

std::string text_of(fy_token* token) {
  std::size_t length = 0;
  const char* text = token == nullptr ? nullptr : fy_token_get_text(token, &length);
  return text == nullptr ? std::string() : std::string(text, length);
}

// Plain scalars that are nothing (YAML 1.2, core schema).
bool is_nothing(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

class Builder {
 public:
  Builder(Node& root, Problems& problems) : root_(root), problems_(problems) {}

  // False: there is no going on.
  bool take(fy_event* event) {
    const Position at = position(fy_event_start_mark(event));
    if (fy_event_get_anchor_token(event) != nullptr && event->type != FYET_ALIAS) {
      return refuse(at, "anchors are not taken here: name what comes again a profile");
    }
    if (fy_event_get_tag_token(event) != nullptr) return refuse(at, "tags are not taken here");
    switch (event->type) {
      case FYET_ALIAS:
        return refuse({at.line, std::max(at.column - 1, 1)},
                      "aliases are not taken here: name what comes again a profile");
      case FYET_DOCUMENT_START:
        if (++documents_ > 1) return refuse(at, "a second document begins here: one file is one document");
        return true;
      case FYET_MAPPING_START:
        return open(Node::Kind::kMap, at);
      case FYET_SEQUENCE_START:
        return open(Node::Kind::kList, at);
      case FYET_MAPPING_END:
        close_map();
        return true;
      case FYET_SEQUENCE_END:
        stack_.pop_back();
        return true;
      case FYET_SCALAR:
        return scalar(event, at);
      default:
        return true;
    }
  }

 private:
  bool refuse(Position at, std::string message) {
    problems_.add(at, std::move(message));
    return false;
  }

  [[nodiscard]] bool expects_key() const { return !stack_.empty() && stack_.back()->is_map() && !has_key_; }

  // Where the next value goes.
  Node& place(Position at) {
    if (stack_.empty()) return root_;
    Node& parent = *stack_.back();
    if (parent.is_list()) {
      parent.items.emplace_back();
      parent.items.back().at = at;
      return parent.items.back();
    }
    has_key_ = false;
    return parent.members.back().value;
  }

  bool open(Node::Kind kind, Position at) {
    if (expects_key()) return refuse(at, "a key is a name, not a list or mapping");
    if (stack_.size() == base::limits::kDatabaseSpecDepthMax) {
      return refuse(at, fmt::format("nested more than {} deep", base::limits::kDatabaseSpecDepthMax));
    }
    Node& node = place(at);
    node.kind = kind;
    node.at = at;
    stack_.push_back(&node);
    return true;
  }

  bool scalar(fy_event* event, Position at) {
    fy_token* token = fy_event_get_token(event);
    std::string text = text_of(token);
    const fy_scalar_style style = token == nullptr ? FYSS_PLAIN : fy_token_scalar_style(token);
    const bool plain = style == FYSS_PLAIN;
    // The library's place is that of the first character within the quotes.
    if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && at.column > 1) --at.column;
    if (text.find('\0') != std::string::npos) {
      problems_.add(at, "no text of PostgreSQL has a NUL character");
      std::erase(text, '\0');
    }
    if (!base::is_utf8(text)) return refuse(at, "this is not UTF-8");
    if (expects_key()) {
      if (plain && text.empty()) return refuse(at, "a key is missing before the colon");
      stack_.back()->members.push_back({std::move(text), at, {}});
      stack_.back()->members.back().value.at = at;
      has_key_ = true;
      return true;
    }
    Node& node = place(at);
    if (plain && is_nothing(text)) {
      if (!text.empty() || node.at == Position{}) node.at = at;  // what is not there has its key's place
      return true;
    }
    node.at = at;
    node.kind = Node::Kind::kText;
    node.plain = plain;
    node.text = std::move(text);
    return true;
  }

  void close_map() {
    Node& map = *stack_.back();
    stack_.pop_back();
    std::vector<std::size_t> order(map.members.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](std::size_t each) -> std::string_view { return map.members[each].key; });
    std::vector<bool> again(order.size());
    for (std::size_t i = 1; i < order.size(); ++i) {
      const Member &first = map.members[order[i - 1]], &second = map.members[order[i]];
      if (first.key != second.key) continue;
      again[order[i]] = true;
      problems_.add(second.at, fmt::format("{} comes twice: it is in line {} already", second.key, first.at.line));
    }
    std::size_t index = 0;
    std::erase_if(map.members, [&](const Member&) { return again[index++]; });
  }

  Node& root_;
  Problems& problems_;
  std::vector<Node*> stack_;  // a parent does not grow while a child of it is open, so these stay where they are
  bool has_key_ = false;
  int documents_ = 0;
};

void add_errors(fy_diag* diag, Problems& problems) {
  void* iterator = nullptr;
  bool any = false;
  while (const fy_diag_error* error = fy_diag_errors_iterate(diag, &iterator)) {
    any = true;
    problems.add({std::max(error->line, 1), std::max(error->column, 1)},
                 fmt::format("this is not YAML: {}", error->msg == nullptr ? "" : error->msg));
  }
  if (!any) problems.add({}, "this is not YAML");
}

}  // namespace

bool parse_yaml(std::string_view text, Node& root, Problems& problems) {
  if (text.size() > base::limits::kDatabaseSpecBytesMax) {
    problems.add({}, fmt::format("larger than {} MiB", base::limits::kDatabaseSpecBytesMax >> 20));
    return false;
  }
  if (!base::is_utf8(text)) {
    problems.add({}, "this is not UTF-8");
    return false;
  }
  fy_diag_cfg diag_cfg;
  fy_diag_cfg_default(&diag_cfg);
  diag_cfg.fp = nullptr;
  diag_cfg.output_fn = [](fy_diag*, void*, const char*, std::size_t) {};
  const std::unique_ptr<fy_diag, DiagFree> diag(fy_diag_create(&diag_cfg));
  if (diag == nullptr) {
    problems.add({}, "there is no memory to read it");
    return false;
  }
  fy_diag_set_collect_errors(diag.get(), true);
  fy_parse_cfg cfg{};
  cfg.flags =
      static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE);
  cfg.diag = diag.get();
  const std::unique_ptr<fy_parser, ParserFree> parser(fy_parser_create(&cfg));
  if (parser == nullptr || fy_parser_set_string(parser.get(), text.data(), text.size()) != 0) {
    problems.add({}, "there is no memory to read it");
    return false;
  }
  Builder builder(root, problems);
  bool ended = false;
  while (fy_event* event = fy_parser_parse(parser.get())) {
    ended = event->type == FYET_STREAM_END;
    const bool on = builder.take(event);
    fy_parser_event_free(parser.get(), event);
    if (!on) return false;
  }
  const bool is_yaml = ended && !fy_diag_got_error(diag.get());
  if (!is_yaml) add_errors(diag.get(), problems);
  return is_yaml;
}

}  // namespace pg_spec::internal
