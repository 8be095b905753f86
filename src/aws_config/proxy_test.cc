#include <gtest/gtest.h>

#include "aws_config/config.h"

namespace aws_config {
namespace {

std::string https(Environment environment, std::string_view host = "sts.amazonaws.com", int port = 443) {
  return proxy_for(environment, "https", host, port);
}
bool direct(const std::string& no_proxy, std::string_view host, int port = 443) {
  return https({{"HTTPS_PROXY", "http://p"}, {"NO_PROXY", no_proxy}}, host, port).empty();
}

TEST(Proxy, WhichVariable) {
  EXPECT_EQ(https({}), "");
  EXPECT_EQ(https({{"HTTPS_PROXY", "http://p:1"}, {"HTTP_PROXY", "http://q"}}), "http://p:1");
  EXPECT_EQ(https({{"HTTPS_PROXY", "http://p"}, {"https_proxy", "http://q"}}), "http://q");
  EXPECT_EQ(https({{"HTTPS_PROXY", "http://p"}, {"https_proxy", ""}}), "") << "an empty one says: none";
  EXPECT_EQ(https({{"HTTP_PROXY", "http://p"}}), "");
  EXPECT_EQ(https({{"HTTPS_PROXY", "p:3128"}}), "http://p:3128");
  EXPECT_EQ(https({{"HTTPS_PROXY", "//p:3128"}}), "http://p:3128");
  EXPECT_EQ(https({{"HTTPS_PROXY", "https://u:w@p:3128"}}), "https://u:w@p:3128");
}

TEST(Proxy, ACallerOfACgiCannotSetIt) {
  EXPECT_EQ(proxy_for({{"HTTP_PROXY", "http://p"}}, "http", "h", 80), "http://p");
  EXPECT_EQ(proxy_for({{"HTTP_PROXY", "http://evil"}, {"REQUEST_METHOD", "GET"}}, "http", "h", 80), "");
  EXPECT_EQ(proxy_for({{"http_proxy", "http://p"}, {"REQUEST_METHOD", "GET"}}, "http", "h", 80), "http://p");
}

TEST(Proxy, NamesThatAreDirect) {
  EXPECT_TRUE(direct("*", "anything"));
  EXPECT_TRUE(direct("example.com", "example.com"));
  EXPECT_TRUE(direct("example.com", "a.b.Example.COM"));
  EXPECT_FALSE(direct("example.com", "notexample.com"));
  EXPECT_FALSE(direct("example.com", "example.com.evil"));
  EXPECT_TRUE(direct(".example.com", "a.example.com"));
  EXPECT_TRUE(direct(".example.com", "example.com"));
  EXPECT_TRUE(direct("*.example.com", "a.example.com"));
  EXPECT_TRUE(direct("x, .amazonaws.com ,y", "sts.amazonaws.com"));
  EXPECT_TRUE(direct("a b", "b"));
  EXPECT_TRUE(direct("example.com", "example.com."));
  EXPECT_FALSE(direct(".", "example.com"));
  EXPECT_FALSE(direct(",,", "example.com"));
  EXPECT_FALSE(direct("", "example.com"));
  EXPECT_TRUE(https({{"HTTPS_PROXY", "http://p"}, {"NO_PROXY", "x"}, {"no_proxy", "y"}}, "y").empty());
}

TEST(Proxy, PortsThatAreDirect) {
  EXPECT_TRUE(direct("example.com:443", "example.com"));
  EXPECT_FALSE(direct("example.com:80", "example.com"));
  EXPECT_TRUE(direct("[::1]:8443", "::1", 8443));
  EXPECT_FALSE(direct("[::1]:8443", "::1", 443));
  EXPECT_TRUE(direct("127.0.0.1:99", "127.0.0.1", 99));
}

TEST(Proxy, AddressesThatAreDirect) {
  EXPECT_TRUE(direct("169.254.169.254", "169.254.169.254"));
  EXPECT_FALSE(direct("169.254.169.25", "169.254.169.254"));
  EXPECT_FALSE(direct("254.169.254", "169.254.169.254"));
  EXPECT_TRUE(direct("10.0.0.0/8", "10.200.3.4"));
  EXPECT_FALSE(direct("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(direct("192.168.1.128/25", "192.168.1.200"));
  EXPECT_FALSE(direct("192.168.1.128/25", "192.168.1.100"));
  EXPECT_TRUE(direct("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(direct("10.0.0.0/33", "10.0.0.1"));
  EXPECT_FALSE(direct("10.0.0.0/x", "10.0.0.1"));
  EXPECT_FALSE(direct("10.0.0.0/8", "10.example.com"));
  EXPECT_TRUE(direct("fd00::/8", "fd12::1"));
  EXPECT_TRUE(direct("fd00::/8", "[fd12::1]"));
  EXPECT_FALSE(direct("fd00::/8", "fe80::1"));
  EXPECT_TRUE(direct("::1", "0:0:0:0:0:0:0:1"));
  EXPECT_FALSE(direct("::/0", "1.2.3.4"));
}

}  // namespace
}  // namespace aws_config
