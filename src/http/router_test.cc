#include "http/router.h"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"

namespace {

// Keeps the texts that a Spec points at.
struct Texts {
  std::vector<std::unique_ptr<std::string>> all;
  std::string_view keep(std::string text) {
    all.push_back(std::make_unique<std::string>(std::move(text)));
    return *all.back();
  }
};

http::Endpoint route(std::string_view method, std::string_view path, Texts& texts) {
  http::Spec spec{.method = method, .path = path};
  for (std::size_t at = 0; (at = path.find('{', at)) != std::string_view::npos; ++at)
    spec.parameters.push_back({texts.keep(std::string(path.substr(at + 1, path.find('}', at) - at - 1)))});
  return http::endpoint<http::None, http::None>(
      std::move(spec),
      [](http::Call&, http::None, http::None) -> base::Result<http::Reply> { return http::no_content(); });
}

std::string shown(const http::Match& match) {
  std::string text(match.endpoint != nullptr ? match.endpoint->spec.path : match.route.empty() ? "404" : "405");
  for (const http::PathParameter& each : match.parameters)
    text.append(" ").append(each.name).append("=").append(each.text).append(each.sound ? "" : "!");
  return text;
}

class RouterTest : public testing::Test {
 public:
  RouterTest() {
    for (const std::string_view path : {"/a", "/a/{id}", "/a/b", "/a/{id}/c", "/a/b/d", "/{x}/{y}/z", "/"})
      router.add(route("GET", path, texts));
    router.add(route("POST", "/a/{id}", texts));
    router.add(route("DELETE", "/a/{uuid}", texts));
    router.add(route("PUT", "/only", texts));
  }
  std::string get(std::string_view path, std::string_view method = "GET") { return shown(router.match(method, path)); }
  Texts texts;
  http::Router router{{"/base/path", "/base"}};
};

TEST_F(RouterTest, ALiteralWinsAndTheParameterIsTriedAfterIt) {
  EXPECT_EQ(get("/a"), "/a");
  EXPECT_EQ(get("/a/b"), "/a/b");
  EXPECT_EQ(get("/a/x"), "/a/{id} id=x");
  EXPECT_EQ(get("/a/b/d"), "/a/b/d");
  EXPECT_EQ(get("/a/b/c"), "/a/{id}/c id=b");
  EXPECT_EQ(get("/a/b/z"), "/{x}/{y}/z x=a y=b");
  EXPECT_EQ(get("/"), "/");
  EXPECT_EQ(get("/a/x", "DELETE"), "/a/{uuid} uuid=x");
}

TEST_F(RouterTest, NeitherEmptySegmentsNorATrailingSlashMatch) {
  for (const std::string_view path : {"", "a", "//", "/a/", "/a//c", "//a", "/a/x/c/", "/b", "*", "/a?x"})
    EXPECT_EQ(get(path), "404") << path;
  EXPECT_EQ(get("/" + std::string(100, '/')), "404");
  EXPECT_EQ(get("/a" + std::string(10000, '/')), "404");
}

TEST_F(RouterTest, SegmentsAreDecodedAfterTheyAreSplit) {
  EXPECT_EQ(get("/%61/%62"), "/a/b");
  EXPECT_EQ(get("/a/x%20y"), "/a/{id} id=x y");
  EXPECT_EQ(get("/a%2fb"), "404");
  EXPECT_EQ(get("/a/x%2fc"), "/a/{id} id=x/c!");
  EXPECT_EQ(get("/a/%zz"), "/a/{id} id=%zz!");
  EXPECT_EQ(get("/a/%ff/c").back(), '!');
}

TEST_F(RouterTest, KnowsTheMethodsOfAPath) {
  const http::Match match = router.match("PATCH", "/a/x");
  EXPECT_EQ(match.endpoint, nullptr);
  EXPECT_EQ(std::vector<std::string_view>(match.allowed.begin(), match.allowed.end()),
            (std::vector<std::string_view>{"DELETE", "GET", "HEAD", "OPTIONS", "POST"}));
  EXPECT_EQ(get("/only", "HEAD"), "405") << "HEAD is there where GET is";
  EXPECT_EQ(get("/a", "HEAD"), "/a");
  EXPECT_EQ(get("/a", "get"), "405") << "methods are case-sensitive";
}

TEST_F(RouterTest, ServesBelowEachBasePath) {
  EXPECT_EQ(router.match("GET", "/a/b").base_path, "");
  EXPECT_EQ(router.match("GET", "/base/a/b").base_path, "/base");
  EXPECT_EQ(router.match("GET", "/base/path/a/b").base_path, "/base/path");
  EXPECT_EQ(get("/basea/b"), "404");
  // What is no path below the longer base path may be one below the shorter, or at the root.
  EXPECT_EQ(get("/base/path/z"), "/{x}/{y}/z x=base y=path");
}

TEST(RouterDeathTest, MistakesOfOursAreFoundAtTheStart) {
  Texts texts;
  http::Router router;
  router.add(route("GET", "/a/{id}", texts));
  EXPECT_DEATH(router.add(route("GET", "/a/{other}", texts)), "taken once");
  EXPECT_DEATH(router.add(route("GET", "/a/{}", texts)), "whole segment");
  EXPECT_DEATH(router.add(route("GET", "a", texts)), "begins with");
  http::Endpoint undescribed = route("GET", "/b/{id}", texts);
  undescribed.spec.parameters.clear();
  EXPECT_DEATH(router.add(std::move(undescribed)), "described once");
}

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> list(1);
  for (const char c : path.substr(1)) {
    if (c == '/')
      list.emplace_back();
    else
      list.back().push_back(c);
  }
  return list;
}

// The slow reference: of all templates that fit, the one that is literal in the first place where two differ.
std::string naive(const std::set<std::string>& templates, const std::string& path) {
  const std::vector<std::string> wanted = segments(path);
  std::vector<std::pair<std::vector<bool>, std::string>> fitting;
  for (const std::string& each : templates) {
    const std::vector<std::string> parts = segments(each);
    bool fits = parts.size() == wanted.size();
    std::vector<bool> is_parameter;
    for (std::size_t i = 0; fits && i < parts.size(); ++i) {
      is_parameter.push_back(parts[i].starts_with('{'));
      fits = is_parameter.back() ? !wanted[i].empty() : parts[i] == wanted[i];
    }
    if (fits) fitting.emplace_back(is_parameter, each);
  }
  return fitting.empty() ? "" : std::min_element(fitting.begin(), fitting.end())->second;
}

TEST(Router, AgreesWithASlowReference) {
  const auto segment = [](const std::vector<std::string>& of) { return rc::gen::elementOf(of); };
  const std::vector<std::string> of_templates = {"a", "b", "c", "{p}"}, of_paths = {"a", "b", "c", "x", ""};
  EXPECT_TRUE(rc::check("random routes and paths", [&] {
    const auto any = [&](const std::vector<std::string>& of) {
      std::string path;
      const int length = *rc::gen::inRange(1, 5);
      for (int i = 0; i < length; ++i) path.append("/").append(*segment(of));
      return path;
    };
    std::set<std::string> templates;
    const int count = *rc::gen::inRange(0, 25);
    for (int i = 0; i < count; ++i) {
      // Each parameter has a name of its own, by its place.
      std::string path;
      for (std::string& part : segments(any(of_templates)))
        path.append("/").append(part == "{p}" ? "{p" + std::to_string(path.size()) + "}" : part);
      templates.insert(path);
    }
    Texts texts;
    http::Router router;
    std::set<std::string> shapes;  // of templates that differ in the names alone, one
    std::set<std::string> added;
    for (const std::string& path : templates) {
      std::string shape;
      for (const std::string& part : segments(path)) shape.append("/").append(part.starts_with('{') ? "{" : part);
      if (!shapes.insert(shape).second) continue;
      added.insert(path);
      router.add(route("GET", texts.keep(path), texts));
    }
    for (int i = 0; i < 50; ++i) {
      const std::string path = any(of_paths);
      RC_ASSERT(router.match("GET", path).route == naive(added, path));
      RC_ASSERT((router.find("GET", path) != nullptr) == !naive(added, path).empty());
    }
  }));
}

}  // namespace
