#include "aws_wire/xml.h"

#include <string>

#include <gtest/gtest.h>

#include "aws_wire/xml_root.h"

namespace aws_wire::xml {
namespace {

// The tree in one line: "a{x=1}(b'text' c)".
std::string shown(const Element& element) {
  std::string text(element.name);
  for (const Attribute& attribute : element.attributes)
    text.append("{").append(attribute.name).append("=").append(attribute.value).append("}");
  if (element.child == nullptr && !element.text.empty()) text.append("'").append(element.text).append("'");
  if (element.child == nullptr) return text;
  text.push_back('(');
  for (const Element* child = element.child; child != nullptr; child = child->next) {
    if (child != element.child) text.push_back(' ');
    text.append(shown(*child));
  }
  return text + ")";
}

std::string read(std::string_view text) {
  const base::Result<Document> document = Document::parse(text);
  return document ? shown(document->root()) : "error: " + document.error().message;
}

std::string problem(std::string_view text) {
  const base::Result<Document> document = Document::parse(text);
  if (document) return "none";
  EXPECT_EQ(document.error().code, base::Code::kUnavailable);
  return document.error().message;
}

TEST(Xml, ReadsElementsInTheirOrder) {
  EXPECT_EQ(read("<a><b>1</b><c/><b>2</b><d><e>3</e></d></a>"), "a(b'1' c b'2' d(e'3'))");
  EXPECT_EQ(read("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\n  <b>1</b>\n</a>\n"), "a(b'1')");
  EXPECT_EQ(read("\xEF\xBB\xBF<a/>"), "a");
}

TEST(Xml, NamespacesAndTheirDeclarationsAreNotSeen) {
  EXPECT_EQ(read(R"(<s:a xmlns:s="urn:x" xmlns="urn:y" s:k="v"><s:b>1</s:b></s:a>)"), "a{k=v}(b'1')");
}

TEST(Xml, AttributesOfEachElementAreItsOwn) {
  EXPECT_EQ(read(R"(<a x="1" y="2"><b/><c z="3"/><d/></a>)"), "a{x=1}{y=2}(b c{z=3} d)");
}

TEST(Xml, TextKeepsItsWhiteSpace) {
  EXPECT_EQ(read("<a> </a>"), "a' '");
  EXPECT_EQ(read("<a>\n x\t</a>"), "a'\n x\t'");
  EXPECT_EQ(read("<a>1\r\n2\r3&#xD;</a>"), "a'1\n2\n3\r'");
}

TEST(Xml, TextInPiecesIsOneText) {
  EXPECT_EQ(read("<a> <![CDATA[<b>&amp;]]> x<!-- no --> y<?pi no?></a>"), "a' <b>&amp; x y'");
  EXPECT_EQ(read("<a><![CDATA[]]></a>"), "a");
}

TEST(Xml, TextBesideChildrenEndsAtTheFirst) {
  const auto document = Document::parse("<a>before<b/>after</a>");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().text, "before");
  for (const std::string_view text : {"<a> <b/></a>", "<a><!-- --> <b/></a>"})
    EXPECT_EQ(Document::parse(text).value().root().text, "") << "the same with and without a comment";
}

TEST(Xml, KnownReferencesAreCharacters) {
  EXPECT_EQ(read("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x1;&#x1F600;</a>"), "a'<>&\"'AB\x01\xF0\x9F\x98\x80'");
  EXPECT_EQ(read("<a x='&lt;&#10;'/>"), "a{x=<\n}");
}

TEST(Xml, UnknownReferencesAreRefused) {
  for (const std::string reference : {"&nbsp;", "&", "& ", "&;", "&#;", "&#x;", "&#0;", "&#x0;", "&#xD800;", "&#xDFFF;",
                                      "&#x110000;", "&#99999999999;", "&#-1;", "&#12", "&lt", "&#X41;", "&#12a;"}) {
    EXPECT_EQ(problem("<a>" + reference + "</a>"),
              "The answer is not well-formed XML: an unknown reference, at byte 3.")
        << reference;
    EXPECT_NE(problem("<a b='" + reference + "'/>"), "none") << reference;
  }
}

TEST(Xml, EveryCutOfADocumentIsRefused) {
  const std::string whole =
      "<?xml version='1.0'?><a k=\"v>\"><!-- - --><b>x &amp; y</b><![CDATA[ ]] ]]><c/><?p q?><d>\xC3\xA4</d></a>";
  ASSERT_EQ(problem(whole), "none");
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(problem(whole.substr(0, size)), "none") << size;
}

TEST(Xml, WhatIsNotOneDocumentIsRefused) {
  for (const std::string_view text : {"",         " ",
                                      "text",     "{\"a\":1}",
                                      "<a/><b/>", "<a/>text",
                                      "text<a/>", "<a/><![CDATA[x]]>",
                                      "<a></b>",  "<a><b></a></b>",
                                      "</a>",     "<a",
                                      "<a/",      "<a b></a>",
                                      "<a b=1/>", "<a b='<'/>",
                                      "<a b='1'", "<>",
                                      "< a/>",    "&#xA;<a/>",
                                      "&amp;",    "<!-- only -->",
                                      "<a/></a>", "<a b='<!--'><c/></a>",
                                      "<?xml",    "<![CDATA[x]]>"})
    EXPECT_NE(problem(text), "none") << text;
}

TEST(Xml, DoctypesAreRefusedSoThatNothingExpands) {
  EXPECT_EQ(problem("<!DOCTYPE a [<!ENTITY b \"cccc\">]><a>&b;</a>"),
            "The answer is not well-formed XML: a DOCTYPE, which is not read, at byte 0.");
  EXPECT_NE(problem("<?xml version='1.0'?><!DOCTYPE html><html/>"), "none");
  EXPECT_NE(problem("<a><!DOCTYPE b></a>"), "none");
  EXPECT_NE(problem("<!ENTITY b 'c'><a/>"), "none");
}

TEST(Xml, BytesThatAreNotUtf8AreRefused) {
  EXPECT_EQ(problem("<a>\xFF</a>"), "The answer is not well-formed XML: it is not valid UTF-8.");
  EXPECT_NE(problem("<a>\xC3</a>"), "none");
  EXPECT_NE(problem("<a>\xED\xA0\x80</a>"), "none") << "a surrogate";
  EXPECT_NE(problem(std::string("\xFF\xFE<\0a\0/\0>\0", 10)), "none") << "UTF-16";
  EXPECT_EQ(read("<a>\xE6\x97\xA5\xF0\x9F\x98\x80</a>"), "a'\xE6\x97\xA5\xF0\x9F\x98\x80'");
}

TEST(Xml, NulIsRefusedWhereverItStands) {
  const std::string nul(1, '\0');
  for (const std::string& text : {"<a>" + nul + "</a>", "<a/>" + nul, "<a" + nul + "/>", "<a b='" + nul + "'/>",
                                  nul + "<a/>", "<a/>" + nul + "<b/>"})
    EXPECT_NE(problem(text), "none");
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text.append("<a>");
  for (std::size_t i = 0; i < depth; ++i) text.append("</a>");
  return text;
}

TEST(Xml, DepthHasALimitAndDoesNotCostTheStack) {
  EXPECT_EQ(problem(nested(kDepthMax)), "none");
  EXPECT_NE(problem(nested(kDepthMax + 1)), "none");
  EXPECT_NE(problem(nested(1'000'000)), "none");
}

TEST(Xml, ElementsHaveALimit) {
  std::string text = "<a>";
  for (std::size_t i = 0; i < kElementsMax; ++i) text.append("<b/>");
  EXPECT_NE(problem(text + "</a>").find("too many elements"), std::string::npos);
}

TEST(Xml, MovedDocumentsKeepTheirElements) {
  base::Result<Document> first = Document::parse("<a><b>short</b></a>");
  ASSERT_TRUE(first);
  const Document second = std::move(*first);
  EXPECT_EQ(shown(second.root()), "a(b'short')");
  ASSERT_NE(second.root().find("b"), nullptr);
  EXPECT_EQ(second.root().find("c"), nullptr);
}

TEST(XmlRoot, NameIsReadFromTheFirstBytesAlone) {
  EXPECT_EQ(xml_root_name("<Error><Code>"), "Error");
  EXPECT_EQ(xml_root_name("<?xml version=\"1.0\"?>\n<!-- > --><s:Error xmlns:s=\"u\">"), "Error");
  EXPECT_EQ(xml_root_name("\xEF\xBB\xBF \n<LocationConstraint/>"), "LocationConstraint");
  for (const std::string_view none : {"", "  ", "{}", "<?xml", "<!--", "<!-- -->", "text<a>", "<"})
    EXPECT_EQ(xml_root_name(none), "") << none;
}

TEST(XmlRoot, NamesThatEndInAColonAreNamesInFull) {
  EXPECT_EQ(xml_root_name("<a:/>"), "a:");
  EXPECT_EQ(read("<a:/>"), "a:");
}

TEST(XmlRoot, TextIsThatOfAWholeDocument) {
  EXPECT_EQ(xml_root_text("<LocationConstraint xmlns=\"u\">eu-west-1</LocationConstraint>").value_or("?"), "eu-west-1");
  EXPECT_EQ(xml_root_text("<LocationConstraint/>").value_or("?"), "");
  EXPECT_FALSE(xml_root_text("<LocationConstraint>eu-west"));
}

}  // namespace
}  // namespace aws_wire::xml
