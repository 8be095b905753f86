#include "aws_wire/xml_root.h"

#include "aws_wire/xml.h"

namespace aws_wire {

std::string_view xml_root_name(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  for (body = xml::trim(body); body.starts_with("<?") || body.starts_with("<!--"); body = xml::trim(body)) {
    const std::string_view closing = body[1] == '?' ? "?>" : "-->";
    const std::size_t end = body.find(closing, body[1] == '?' ? 2 : 4);
    if (end == std::string_view::npos) return {};
    body.remove_prefix(end + closing.size());
  }
  if (!body.starts_with('<')) return {};
  body.remove_prefix(1);
  const std::string_view name = body.substr(0, body.find_first_of(" \t\r\n/>"));
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos || colon + 1 == name.size() ? name : name.substr(colon + 1);
}

base::Result<std::string> xml_root_text(std::string_view body) {
  const xml::Document document = TRY(xml::Document::parse(body));
  return std::string(document.root().text);
}

}  // namespace aws_wire
