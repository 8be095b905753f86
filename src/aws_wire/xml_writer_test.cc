#include "aws_wire/xml_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "aws_wire/xml.h"

namespace aws_wire::xml {
namespace {

TEST(XmlWriter, ElementsWithoutContentAreShort) {
  Writer writer;
  writer.begin("a");
  writer.begin("b");
  writer.end("b");
  writer.begin("c");
  writer.text("");
  writer.end("c");
  writer.end("a");
  EXPECT_EQ(writer.take(), "<a><b/><c/></a>");
}

TEST(XmlWriter, NamespacesAndAttributesStandInTheTag) {
  Writer writer;
  writer.begin("a");
  writer.namespace_of({});
  writer.namespace_of({"", "urn:x"});
  writer.namespace_of({"xsi", "urn:y"});
  writer.attribute("xsi:type", "A \"quoted\" <&>\n\t");
  writer.text("t");
  writer.end("a");
  EXPECT_EQ(writer.take(),
            "<a xmlns=\"urn:x\" xmlns:xsi=\"urn:y\" xsi:type=\"A &quot;quoted&quot; &lt;&amp;&gt;&#xA;&#x9;\">t</a>");
}

TEST(XmlWriter, LineEndsAndControlCharactersGoByNumber) {
  Writer writer;
  writer.begin("a");
  writer.text("1\r\n2\t\x01\x1F\x7F\xC2\x85\xE2\x80\xA8\"'\xC3\xA4");
  writer.end("a");
  EXPECT_EQ(writer.take(), "<a>1&#xD;&#xA;2\t&#x1;&#x1F;&#x7F;&#x85;&#x2028;\"'\xC3\xA4</a>");
}

TEST(XmlWriter, WhatIsWrittenIsWhatIsRead) {
  EXPECT_TRUE(rc::check("any text without NUL", [] {
    std::string text;
    for (const char32_t c : *rc::gen::container<std::u32string>(
             rc::gen::oneOf(rc::gen::inRange<char32_t>(1, 0x80), rc::gen::inRange<char32_t>(0x80, 0xD800),
                            rc::gen::inRange<char32_t>(0x10000, 0x110000)))) {
      if (c < 0x80) {
        text.push_back(static_cast<char>(c));
      } else if (c < 0x800) {
        text.push_back(static_cast<char>(0xC0 | (c >> 6)));
        text.push_back(static_cast<char>(0x80 | (c & 0x3F)));
      } else if (c < 0x10000) {
        text.push_back(static_cast<char>(0xE0 | (c >> 12)));
        text.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
        text.push_back(static_cast<char>(0x80 | (c & 0x3F)));
      } else {
        text.push_back(static_cast<char>(0xF0 | (c >> 18)));
        text.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
        text.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
        text.push_back(static_cast<char>(0x80 | (c & 0x3F)));
      }
    }
    Writer writer;
    writer.begin("a");
    writer.attribute("b", text);
    writer.text(text);
    writer.end("a");
    const base::Result<Document> document = Document::parse(writer.take());
    RC_ASSERT(document.has_value());
    RC_ASSERT(document->root().text == text);
    RC_ASSERT(document->root().attributes.front().value == text);
  }));
}

}  // namespace
}  // namespace aws_wire::xml
