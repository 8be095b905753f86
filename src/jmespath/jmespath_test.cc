// What would go wrong: a waiter that never sees its state, a page that is lost, a --query that gives something else
// than the stock command line. Each row is one rule of the specification, or an edge of it.

#include "jmespath/jmespath.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/limits.h"
#include "json/encode.h"
#include "json/parse.h"

namespace {

using base::Result;
using jmespath::Expression;

json::Value parsed(std::string_view text) {
  Result<json::Value> value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : json::Value();
}

Result<json::Value> search(std::string_view expression, const json::Value& document) {
  const Expression compiled = TRY(Expression::compile(expression));
  return compiled.evaluate(document);
}

struct Row {
  std::string_view document, expression, wanted;
};

void expect_rows(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    const Result<json::Value> found = search(row.expression, parsed(row.document));
    ASSERT_TRUE(found) << row.expression << ": " << found.error().message;
    EXPECT_EQ(json::encode(*found), json::encode(parsed(row.wanted))) << row.expression << " of " << row.document;
  }
}

struct Refusal {
  std::string_view expression, part;  // of the message
};

void expect_refusals(std::string_view document, std::initializer_list<Refusal> rows) {
  for (const Refusal& row : rows) {
    const Result<json::Value> found = search(row.expression, parsed(document));
    ASSERT_FALSE(found) << row.expression << " gave " << json::encode(*found);
    EXPECT_EQ(found.error().code, base::Code::kInvalid);
    EXPECT_NE(found.error().message.find(row.part), std::string::npos)
        << row.expression << ": " << found.error().message;
  }
}

TEST(Jmespath, NamesAndParts) {
  expect_rows({
      {R"({"a":1})", "a", "1"},
      {R"({"a":{"b":{"c":2}}})", "a.b.c", "2"},
      {R"({"a":1})", "b", "null"},
      {R"({"a":1})", "a.b", "null"},
      {R"([1])", "a", "null"},
      {R"("text")", "length", "null"},
      {R"({"with space":1,"é":2,"a\"b":3})", R"(["with space","é","a\"b","\u00e9"])", "[1,2,3,2]"},
      {R"({"a":[1,2,3]})", "[a[0],a[2],a[-1],a[-3],a[3],a[-4]]", "[1,3,3,1,null,null]"},
      {R"({"a":{"0":1}})", "a[0]", "null"},
      {R"({"a":1})", "@", R"({"a":1})"},
      {R"({"a":1})", "@.a", "1"},
      {R"([[1,2],[3]])", "[0][1]", "2"},
      {R"({"a":1})", " a\t|\n@ ", "1"},
  });
}

TEST(Jmespath, Slices) {
  expect_rows({
      {"[0,1,2,3,4]", "[1:3]", "[1,2]"},
      {"[0,1,2,3,4]", "[:2]", "[0,1]"},
      {"[0,1,2,3,4]", "[3:]", "[3,4]"},
      {"[0,1,2,3,4]", "[:]", "[0,1,2,3,4]"},
      {"[0,1,2,3,4]", "[::]", "[0,1,2,3,4]"},
      {"[0,1,2,3,4]", "[::2]", "[0,2,4]"},
      {"[0,1,2,3,4]", "[::-1]", "[4,3,2,1,0]"},
      {"[0,1,2,3,4]", "[-2:]", "[3,4]"},
      {"[0,1,2,3,4]", "[:-2]", "[0,1,2]"},
      {"[0,1,2,3,4]", "[10:]", "[]"},
      {"[0,1,2,3,4]", "[-10:10]", "[0,1,2,3,4]"},
      {"[0,1,2,3,4]", "[10:-10:-2]", "[4,2,0]"},
      {"[0,1,2,3,4]", "[3:1]", "[]"},
      {"[0,1]", "[0:2:9223372036854775807]", "[0]"},
      {"[0,1]", "[::-9223372036854775808]", "[1]"},
      {"[]", "[::-1]", "[]"},
      {R"("text")", "[0:1]", "null"},
      {R"([{"a":1},{"b":1},{"a":3}])", "[0:3].a", "[1,3]"},  // a slice is a projection
  });
}

TEST(Jmespath, Projections) {
  expect_rows({
      {R"({"a":[{"b":1},{"b":2},{}]})", "a[*].b", "[1,2]"},  // null is left out
      {R"({"a":[{"b":1},{"b":2}]})", "a[*].b | [0]", "1"},
      {R"({"a":[{"b":[1]},{"b":[2]}]})", "a[*].b[0]", "[1,2]"},
      {R"({"a":{"x":{"b":1},"y":{"b":2},"z":3}})", "a.*.b", "[1,2]"},
      {R"({"a":[1]})", "a.*", "null"},
      {R"({"a":{"b":1}})", "a[*]", "null"},
      {R"([[1,[2]],[3],4,[]])", "[]", "[1,[2],3,4]"},
      {R"([[1,[2]],[3]])", "[][]", "[1,2,3]"},
      {R"({"r":[{"i":[{"n":1},{"n":2}]},{"i":[{"n":3}]}]})", "r[].i[].n", "[1,2,3]"},
      {R"({"r":[{"i":[{"n":1},{"n":2}]},{"i":[{"n":3}]}]})", "r[*].i[*].n", "[[1,2],[3]]"},
      {R"({"a":[]})", "a[*].b", "[]"},
      {R"({"a":{"x":[1,2],"y":[3]}})", "a.*[0]", "[1,3]"},
      {R"({"a":[{"n":1,"m":2}]})", "a[*].[n,m]", "[[1,2]]"},
      {R"({"a":[{"n":1,"m":2}]})", "a[].{x:n,\"y z\":m}", R"([{"x":1,"y z":2}])"},
      {R"({"a":[{"b":1}]})", "(a[*].b)[0]", "1"},  // parentheses end a projection
      {R"({"a":null})", "a.[b]", "null"},
      {R"({"a":1})", "*", "[1]"},
      {R"({"a":{"b":1}})", "*.b", "[1]"},
  });
}

TEST(Jmespath, FiltersAndLogic) {
  expect_rows({
      {R"([{"s":"on","n":1},{"s":"off","n":2}])", "[?s=='on'].n", "[1]"},
      {R"([{"s":"on","n":1},{"s":"off","n":2}])", "[?s==`on`].n", "[1]"},  // deprecated, and seen everywhere
      {R"([{"s":"on","n":1},{"s":"off","n":2}])", R"([?s!=`"on"`].n)", "[2]"},
      {R"([{"n":1},{"n":2},{"n":3}])", "[?n>`1` && n<=`2`].n", "[2]"},
      {R"([{"n":1},{"n":2},{"n":3}])", "[?n<`2` || n>=`3`].n", "[1,3]"},
      {R"([{"n":1},{"n":2}])", "[?!(n==`1`)].n", "[2]"},
      {R"(["a","b","c"])", "[?@>'a']", R"(["b","c"])"},
      {R"([1,"1",true,null,1.0])", "[?@==`1`]", "[1,1.0]"},
      {R"([{"a":[1,{"b":2}]}])", R"([?a==`[1,{"b":2}]`] | length(@))", "1"},
      {"{}", "`1`<'a'", "null"},
      {"{}", "`true`<`2`", "null"},
      {R"({"a":"","b":[],"c":{},"d":false,"e":0})", "[!a,!b,!c,!d,!e,!f]", "[true,true,true,true,false,true]"},
      {R"({"a":[],"b":2})", "[a||b, b||a, a&&b, b&&a]", "[2,2,[],[]]"},
      {R"({"a":1,"b":2,"c":3})", "z || y && a || c", "3"},  // && before ||
      {R"({"a":1})", "a == `1` && a", "1"},
      {R"({"n":{"b":1}})", "n[?b]", "null"},
      {"{}", "`18446744073709551615` > `9223372036854775807`", "true"},
      {"{}", "`-1` < `18446744073709551615`", "true"},
      {"{}", "`9007199254740993` == `9007199254740992.0`", "false"},  // exact, not by way of a double
      {"{}", "'it\\'s \\\\ `'", R"("it's \\\\ `")"},
      {"{}", R"(`"a\`b"`)", R"("a`b")"},
  });
}

TEST(Jmespath, FunctionsOfNumbers) {
  expect_rows({
      {"[-1,1.5,-2.5]", "[*].abs(@)", "[1,1.5,2.5]"},
      {"{}", "abs(`-9223372036854775808`)", "9223372036854775808"},
      {"[1,2,3]", "avg(@)", "2.0"},
      {"[]", "[avg(@),sum(@),max(@),min(@)]", "[null,0,null,null]"},
      {"[9223372036854775807,1]", "sum(@)", "9223372036854775808.0"},
      {"[1,2.5]", "sum(@)", "3.5"},
      {"[1.2,-1.2,3]", "[[*].ceil(@),[*].floor(@)]", "[[2,-1,3],[1,-2,3]]"},
      {"{}", "floor(`1e300`)", "1e300"},
      {R"([3,1.5,2])", "[max(@),min(@)]", "[3,1.5]"},
      {R"(["b","é","a"])", "[max(@),min(@)]", R"(["é","a"])"},
      {R"(["1","-0.5","1e2","01","1.","","nan"," 1","18446744073709551615",[1],null,true,7])", "map(&to_number(@),@)",
       "[1,-0.5,100.0,null,null,null,null,null,18446744073709551615,null,null,null,7]"},
  });
}

TEST(Jmespath, FunctionsOfTextsAndLists) {
  expect_rows({
      {R"(["ab","é","😀x",""])", "[*].length(@)", "[2,1,2,0]"},
      {R"([[1],{"a":1,"b":2}])", "[*].length(@)", "[1,2]"},
      {R"("añ😀")", "reverse(@)", R"("😀ña")"},
      {"[1,2,3]", "reverse(@)", "[3,2,1]"},
      {R"(["a","b"])", "[join('-',@),join('',@),join('-',`[]`)]", R"(["a-b","ab",""])"},
      {R"("stewardry")", "[starts_with(@,'stew'),ends_with(@,'ry'),contains(@,'ward'),contains(@,'x'),contains(@,`1`)]",
       "[true,true,true,false,false]"},
      {R"([1,"a",{"b":2}])", R"([contains(@,`1.0`),contains(@,'1'),contains(@,`{"b":2}`)])", "[true,false,true]"},
      {R"({"a":1,"b":[2]})", "[keys(@),values(@)]", R"([["a","b"],[1,[2]]])"},
      {R"([{"a":1,"b":1},{"b":2}])", "merge([0],[1],`{\"c\":3}`)", R"({"a":1,"b":2,"c":3})"},
      {R"({"b":false})", "[not_null(a,b,`1`),not_null(a)]", "[false,null]"},
      {R"([1,"a",[1],{"a":[null,true]}])", "[[*].to_array(@),[*].to_string(@)]",
       R"([[[1],["a"],[1],[{"a":[null,true]}]],["1","a","[1]","{\"a\":[null,true]}"]])"},
      {R"([1,1.5,"a",true,[],{},null])", "map(&type(@),@)",
       R"(["number","number","string","boolean","array","object","null"])"},
      {R"([{"n":1},{}])", "map(&n,@)", "[1,null]"},
      {R"(["b","a","é","Z"])", "sort(@)", R"(["Z","a","b","é"])"},
      {"[3,1.5,2]", "sort(@)", "[1.5,2,3]"},
  });
}

TEST(Jmespath, FunctionsOfExpressions) {
  constexpr std::string_view kPeople = R"([{"n":"b","a":2,"i":0},{"n":"a","a":3,"i":1},{"n":"c","a":2,"i":2}])";
  expect_rows({
      {kPeople, "sort_by(@,&a)[*].i", "[0,2,1]"},  // stable
      {kPeople, "sort_by(@,&n)[*].i", "[1,0,2]"},
      {kPeople, "[max_by(@,&a).i,min_by(@,&a).i,max_by(@,&n).i]", "[1,0,2]"},  // the first of equals
      {"[]", "[sort_by(@,&a),max_by(@,&a),min_by(@,&a)]", "[[],null,null]"},
      {kPeople, "sort_by([?a==`2`],&to_string(n))[-1].n", R"("c")"},
      {R"({"t":[{"k":"x","v":[1,2]}]})", "t[*].{k:k,v:sum(v)}", R"([{"k":"x","v":3}])"},
  });
}

TEST(Jmespath, WhatCannotBeReadSaysWhere) {
  expect_refusals("{}", {
                            {"", "column 1: it is empty"},
                            {"   ", "column 1"},
                            {"a.", "column 3: a name, *, [ or { is missing"},
                            {"a..b", "column 3: . stands where"},
                            {"a b", "column 3: b stands where an operator or the end"},
                            {"é", "column 1"},
                            {"'é'.'x'", "column 5"},  // characters, not bytes
                            {"a[", "column 3"},
                            {"a[0", "column 4: ] is missing"},
                            {"a[b]", "column 3"},
                            {"[0:1:0]", "column 6: the step of a slice"},
                            {"[1:2:3:4]", "column 7"},
                            {"a[99999999999999999999]", "column 3: the number is out of"},
                            {"a[-]", "column 3: a digit must follow"},
                            {"a = b", "column 3: a single ="},
                            {"a # b", "column 3"},
                            {"'abc", "column 1: the closing '"},
                            {"`1", "column 1: the closing `"},
                            {"\"a", "column 1: the closing \""},
                            {"\"\\x\"", "column 1: the name in double quotes"},
                            {"`{\"a\":}`", "column 1: the literal is not JSON"},
                            {"{a}", "column 3"},
                            {"{a:b", "column 5"},
                            {"{}", "column 2: } stands where a name"},
                            {"[]]", "column 3"},
                            {"&a", "column 1: an expression with &"},
                            {"*a", "column 2"},
                            {"a.[0]", "column 4"},
                            {"(a", "column 3: ) is missing"},
                            {"a\xc2\xa0|b", "column 2: a no-break space"},
                            {"\xff", "not valid UTF-8"},
                        });
}

TEST(Jmespath, WhatCannotBeCalledSaysWhy) {
  expect_refusals(R"({"a":[1,"x"],"s":"t"})",
                  {
                      {"lenght(s)", "column 1: there is no function lenght(); did you mean length()?"},
                      {"a | nothing_at_all(@)", "column 5: there is no function nothing_at_all()."},
                      {"length()", "column 1: length() takes 1 argument; 0 were given"},
                      {"length(a,s)", "length() takes 1 argument; 2 were given"},
                      {"merge()", "at least 1 argument"},
                      {"length(s,)", "column 10"},
                      {"length(s", "column 9"},
                      {"contains(s s)", "column 12"},
                      {"sort_by(a, s)", "column 12: sort_by() takes an expression here; write & before it"},
                      {"map(a, &s)", "map() takes an expression here"},
                      {"length(&s)", "column 8: an expression with &"},
                      {"\"length\"(s)", "the name of a function has no quotes"},
                      {"abs(s)", "column 1: abs(): argument 1 is string; it takes a number"},
                      {"sum(a)", "sum(): argument 1 is array of other things; it takes an array of numbers"},
                      {"max(a)", "it takes an array of numbers or an array of strings"},
                      {"s | length(b)", "length(): argument 1 is null"},
                      {"sort_by(a, &@)", "gives string for element 1 and number for the first"},
                      {"max_by(a, &x)", "gives null for element 0"},
                      {"a(b)(c)", "column 1: there is no function a()"},
                  });
}

TEST(Jmespath, DepthAndLengthAreLimited) {
  const auto repeated = [](std::string_view part, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out.append(part);
    return out;
  };
  for (const std::string_view open : {"(", "[", "!", "a[?", "{a:", "to_array(", "a||(", "*.*."}) {
    const Result<Expression> deep = Expression::compile(repeated(open, 5000));
    ASSERT_FALSE(deep) << open;
    EXPECT_NE(deep.error().message.find("nested too deeply"), std::string::npos) << deep.error().message;
  }
  for (const std::string_view link : {".a", "[0]", "|a", "||a", "[]", ".*", "[*]", "==a", "[1:]"}) {
    EXPECT_TRUE(Expression::compile("a" + repeated(link, 50))) << link;
    EXPECT_FALSE(Expression::compile("a" + repeated(link, 5000))) << link;
  }
  EXPECT_FALSE(Expression::compile('\'' + std::string(base::limits::kJmespathBytesMax, 'x') + '\''));
}

// Each pipe doubles: without a limit, 2^60 values.
TEST(Jmespath, WhatIsMadeIsLimited) {
  std::string doubling = "@";
  for (int i = 0; i < 60; ++i) doubling += "|[@,@]";
  const Result<json::Value> values = search(doubling, parsed("1"));
  ASSERT_FALSE(values);
  EXPECT_NE(values.error().message.find("makes too much"), std::string::npos);

  std::string joined = "@";
  for (int i = 0; i < 60; ++i) joined += "|join('',[@,@])";
  EXPECT_FALSE(search(joined, parsed(R"("0123456789012345678901234567890123456789")")));

  // A large document is no reason to refuse.
  json::Array many;
  for (int i = 0; i < 600'000; ++i) many.push_back(json::Object{{"k", i}});
  const Result<json::Value> sorted = search("sort_by(@,&k)[?k>=`0`].k | [-1]", many);
  ASSERT_TRUE(sorted) << sorted.error().message;
  EXPECT_EQ(*sorted, json::Value(599'999));
}

// A compiled expression is shared: what one evaluation gives does not change the next.
TEST(Jmespath, EvaluationsDoNotTouchExpressionOrDocument) {
  const Expression expression = *Expression::compile("[`[3,1]`, [a,a] | [0].b, sort(a.c), `{\"x\":[1]}`.x[0]]");
  const json::Value document = parsed(R"({"a":{"b":"long enough to live on the heap","c":[2,1]}})");
  const json::Value before = document;
  const std::string first = json::encode(*expression.evaluate(document));
  EXPECT_EQ(first, R"([[3,1],"long enough to live on the heap",[1,2],1])");
  EXPECT_EQ(json::encode(*expression.evaluate(document)), first);
  EXPECT_EQ(document, before);
}

TEST(Jmespath, PipingIsEvaluatingTwice) {
  const std::vector<std::string> parts = {
      "a",     "[0]",     "[*]",         "*",  "[]",   "a.b",  "[?@]",      "[::-1]",       "[@,@]",
      "{a:@}", "type(@)", "to_array(@)", "!@", "a||@", "@&&a", "@==`null`", "to_string(@)", "map(&@,to_array(@))"};
  const std::vector<std::string> documents = {
      "null", "1", "[]", R"({"a":[1,{"b":2},null]})", R"([[1],[2,[3]]])", R"({"a":{"b":{"a":"x"}}})", R"("text")"};
  EXPECT_TRUE(rc::check("(x | y)(d) == y(x(d))", [&] {
    const std::string left = *rc::gen::elementOf(parts);
    const std::string right = *rc::gen::elementOf(parts);
    const json::Value document = parsed(*rc::gen::elementOf(documents));
    const Result<json::Value> both = search(left + " | " + right, document);
    const Result<json::Value> first = search(left, document);
    RC_ASSERT(first);
    const Result<json::Value> second = search(right, *first);
    RC_ASSERT(both);
    RC_ASSERT(second);
    RC_ASSERT(*both == *second);
  }));
}

}  // namespace
