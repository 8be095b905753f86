#include "aws_wire/xml_writer.h"

#include <string>

namespace aws_wire::xml {
namespace {

void append_by_number(std::string& out, unsigned code_point) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  out.append("&#x");
  bool begun = false;
  for (int shift = 12; shift >= 0; shift -= 4) {
    const unsigned digit = (code_point >> static_cast<unsigned>(shift)) & 0xFU;
    begun = begun || digit != 0 || shift == 0;
    if (begun) out.push_back(kDigits[digit]);
  }
  out.push_back(';');
}

// U+0085 and U+2028 end lines in XML 1.1, which some services read.
constexpr std::string_view kNextLine = "\xC2\x85";
constexpr std::string_view kLineSeparator = "\xE2\x80\xA8";

void append_escaped(std::string& out, std::string_view value, bool quoted) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '&') {
      out.append("&amp;");
    } else if (c == '<') {
      out.append("&lt;");
    } else if (c == '>') {
      out.append("&gt;");
    } else if (c == '"' && quoted) {
      out.append("&quot;");
    } else if (static_cast<unsigned char>(c) < 0x20 && (c != '\t' || quoted)) {
      append_by_number(out, static_cast<unsigned char>(c));
    } else if (c == '\x7F') {
      append_by_number(out, 0x7F);
    } else if (value.substr(i).starts_with(kNextLine)) {
      append_by_number(out, 0x85);
      i += kNextLine.size() - 1;
    } else if (value.substr(i).starts_with(kLineSeparator)) {
      append_by_number(out, 0x2028);
      i += kLineSeparator.size() - 1;
    } else {
      out.push_back(c);
    }
  }
}

}  // namespace

void Writer::close_tag() {
  if (tag_open_) out_.push_back('>');
  tag_open_ = false;
}

void Writer::begin(std::string_view name) {
  close_tag();
  out_.push_back('<');
  out_.append(name);
  tag_open_ = true;
}

void Writer::namespace_of(const aws_model::XmlNamespace& xml_namespace) {
  if (xml_namespace.uri.empty()) return;
  if (xml_namespace.prefix.empty())
    attribute("xmlns", xml_namespace.uri);
  else
    attribute("xmlns:" + std::string(xml_namespace.prefix), xml_namespace.uri);
}

void Writer::attribute(std::string_view name, std::string_view value) {
  out_.push_back(' ');
  out_.append(name);
  out_.append("=\"");
  append_escaped(out_, value, true);
  out_.push_back('"');
}

void Writer::text(std::string_view value) {
  if (value.empty()) return;
  close_tag();
  append_escaped(out_, value, false);
}

void Writer::end(std::string_view name) {
  if (tag_open_) {
    out_.append("/>");
    tag_open_ = false;
    return;
  }
  out_.append("</");
  out_.append(name);
  out_.push_back('>');
}

}  // namespace aws_wire::xml
