#include "http/cursor.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/limits.h"

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

http::CursorSealer sealer() { return http::CursorSealer(base::Secret("0123456789abcdef0123456789abcdef")); }

TEST(Cursor, OpensWhatItSealed) {
  EXPECT_TRUE(
      rc::check("any position", [](const std::string& position, const std::string& caller, const std::string& query) {
        const base::Result<std::string> opened = sealer().open(sealer().seal(position, caller, query), caller, query);
        RC_ASSERT(opened.has_value());
        RC_ASSERT(*opened == position);
      }));
}

TEST(Cursor, BelongsToOneCallerOneQueryAndOneKey) {
  const std::string cursor = sealer().seal("gpu-1", "ada", "nodes?w=1");
  EXPECT_FALSE(sealer().open(cursor, "ben", "nodes?w=1"));
  EXPECT_FALSE(sealer().open(cursor, "ada", "nodes?w=2"));
  EXPECT_FALSE(http::CursorSealer(base::Secret("another key")).open(cursor, "ada", "nodes?w=1"));
  // A letter that moves from one field to the next makes another text.
  EXPECT_FALSE(sealer().open(sealer().seal("p", "ab", "c"), "a", "bc"));
  EXPECT_FALSE(sealer().open(sealer().seal("p", "", "ab"), "ab", ""));
}

TEST(Cursor, RefusesEveryChangeOfOneCharacter) {
  const std::string cursor = sealer().seal("gpu-1", "ada", "nodes");
  for (std::size_t at = 0; at < cursor.size(); ++at) {
    for (const char c : kAlphabet) {
      std::string forged = cursor;
      forged[at] = c;
      if (c == cursor[at]) continue;
      EXPECT_FALSE(sealer().open(forged, "ada", "nodes")) << forged;
    }
    std::string shorter = cursor, longer = cursor;
    shorter.erase(at, 1);
    longer.insert(at, 1, 'A');
    EXPECT_FALSE(sealer().open(shorter, "ada", "nodes")) << shorter;
    EXPECT_FALSE(sealer().open(longer, "ada", "nodes")) << longer;
  }
}

TEST(Cursor, RefusesWhatNobodySealedAndSaysWhatToDo) {
  for (const std::string& text : {std::string(), std::string("A"), std::string("!"), std::string(22, 'A'),
                                  std::string(21, 'A'), sealer().seal("", "b", "c") + "=",
                                  std::string(base::limits::kCursorBytesMax + 1, 'A'), std::string(100000, 'A')}) {
    const base::Result<std::string> opened = sealer().open(text, "ada", "nodes");
    ASSERT_FALSE(opened) << text.size();
    EXPECT_EQ(opened.error().code, base::Code::kInvalid);
    ASSERT_EQ(opened.error().fields.size(), 1U);
    EXPECT_EQ(opened.error().fields[0].pointer, "query:cursor");
    EXPECT_NE(opened.error().message.find("rel=\"next\""), std::string::npos);
  }
}

}  // namespace
