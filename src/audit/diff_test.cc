#include "audit/diff.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "json/encode.h"
#include "json/parse.h"

namespace audit {
namespace {

store::Item item(const std::string& type, const std::string& attributes, const std::string& pk = "pk") {
  return {.key = {pk, "sk"}, .index = {}, .type = type, .attributes = attributes};
}

Difference between(const std::optional<store::Item>& before, const std::optional<store::Item>& after) {
  const store::Change change{before ? &*before : nullptr, after ? &*after : nullptr};
  return difference_of(std::span(&change, 1)).value();
}

std::string text(const Difference& difference) {
  return json::encode(difference.before) + " -> " + json::encode(difference.after);
}

TEST(Difference, WhatIsMadeIsWholeInAfterAlone) {
  const Difference made = between({}, item("node", R"({"uuid":"n1","name":"a","status":"Pending"})"));
  EXPECT_EQ(text(made), R"({} -> {"node":{"uuid":"n1","name":"a","status":"Pending"}})");
  EXPECT_EQ(made.things, std::vector<std::string>{"n1"});
}

TEST(Difference, WhatIsRemovedIsWholeInBeforeAlone) {
  const Difference gone = between(item("enablement", R"({"accountUuid":"a1","workspaceId":"w1"})"), {});
  EXPECT_EQ(text(gone), R"({"enablement":{"accountUuid":"a1","workspaceId":"w1"}} -> {})");
  EXPECT_EQ(gone.things, std::vector<std::string>{"a1"});
}

TEST(Difference, OnlyWhatDiffersIsShown) {
  EXPECT_EQ(text(between(item("node", R"({"uuid":"n1","name":"a","note":"x","same":[1,{"k":2}]})"),
                         item("node", R"({"uuid":"n1","name":"b","same":[1,{"k":2}],"new":null})"))),
            R"({"node":{"name":"a","note":"x"}} -> {"node":{"name":"b","new":null}})");
}

TEST(Difference, AWriteThatChangesNothingIsOfItsThingAllTheSame) {
  const store::Item same = item("node", R"({"uuid":"n1","name":"a"})");
  const Difference nothing = between(same, same);
  EXPECT_EQ(text(nothing), "{} -> {}");
  EXPECT_EQ(nothing.things, std::vector<std::string>{"n1"});
}

TEST(Difference, OfAListOfThingsThoseThatWentAndThoseThatCame) {
  const auto users = [](const std::string& list) {
    return item("permissions", R"({"nodeUuid":"n1","users":)" + list + "}");
  };
  EXPECT_EQ(text(between(users(R"([{"id":"ada","by":1},{"id":"cy","by":1}])"),
                         users(R"([{"id":"ada","by":1},{"id":"ben","by":2},{"id":"cy","by":3}])"))),
            R"({"permissions":{"users":[{"id":"cy","by":1}]}} -> )"
            R"({"permissions":{"users":[{"id":"ben","by":2},{"id":"cy","by":3}]}})");
  EXPECT_EQ(text(between(users("[]"), users(R"([{"id":"ada"}])"))),
            R"({} -> {"permissions":{"users":[{"id":"ada"}]}})");
  EXPECT_EQ(text(between(users(R"([{"id":"ada"}])"), users("[]"))),
            R"({"permissions":{"users":[{"id":"ada"}]}} -> {})");
  // The order alone changed: no element went or came, so both lists stand there.
  EXPECT_EQ(
      text(between(users(R"([{"id":"a"},{"id":"b"}])"), users(R"([{"id":"b"},{"id":"a"}])"))),
      R"({"permissions":{"users":[{"id":"a"},{"id":"b"}]}} -> {"permissions":{"users":[{"id":"b"},{"id":"a"}]}})");
  // The same id twice.
  EXPECT_EQ(text(between(users(R"([{"id":"a"}])"), users(R"([{"id":"a"},{"id":"a"}])"))),
            R"({} -> {"permissions":{"users":[{"id":"a"}]}})");
}

TEST(Difference, APlainListIsShownWhole) {
  EXPECT_EQ(text(between(item("operation", R"({"id":"o","seenBy":["a"]})"),
                         item("operation", R"({"id":"o","seenBy":["a","b"]})"))),
            R"({"operation":{"seenBy":["a"]}} -> {"operation":{"seenBy":["a","b"]}})");
}

TEST(Difference, TheExternalIdNeverAppears) {
  const std::string secret = "S3cr3tS3cr3tS3cr3tS3cr3tS3cr3t12";
  const auto account = [](const std::string& external_id) {
    return item("account", R"({"uuid":"a1","externalId":")" + external_id + R"("})");
  };
  for (const Difference& each :
       {between({}, account(secret)), between(account(secret), {}), between(account(secret), account("another")),
        between(account("x"), account(secret))}) {
    EXPECT_EQ(text(each).find(secret), std::string::npos);
    EXPECT_NE(text(each).find(kSecret), std::string::npos) << "that it was set or changed is shown";
  }
}

TEST(Difference, TwoOfATypeAreToldApart) {
  const store::Item first = item("operation", R"({"id":"o1","status":"Pending"})", "a"),
                    second = item("operation", R"({"id":"o2","status":"Pending"})", "b");
  const std::array changes{store::Change{nullptr, &first}, store::Change{nullptr, &second}};
  const Difference both = difference_of(changes).value();
  EXPECT_TRUE(both.after.contains("operation"));
  EXPECT_TRUE(both.after.contains("operation o2"));
  EXPECT_EQ(both.things, (std::vector<std::string>{"o1", "o2"}));
}

TEST(Difference, OtherTypesAreNotRecorded) {
  for (const std::string type : {"idempotency", "node-link", "registration", "deletion", "audit-event"}) {
    const Difference none = between({}, item(type, R"({"uuid":"x"})"));
    EXPECT_TRUE(none.things.empty());
    EXPECT_EQ(text(none), "{} -> {}");
    EXPECT_FALSE(is_recorded(type));
  }
}

TEST(Difference, DamagedAttributesAreAnErrorAndNoEvent) {
  for (const std::string bad : {"", "[]", "{\"uuid\":", "null"}) {
    const store::Item damaged = item("node", bad);
    const store::Change change{&damaged, nullptr};
    EXPECT_EQ(difference_of(std::span(&change, 1)).error().code, base::Code::kCorrupt) << bad;
  }
}

TEST(Difference, AThousandGrantsAreShownAndWhatIsLargerByItsDigest) {
  const auto permissions = [](std::size_t count, std::size_t padding) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
      list += fmt::format(R"({}{{"id":"N:user:00000000-0000-4000-8000-{:012}","grantedBy":"{}"}})", i > 0 ? "," : "", i,
                          std::string(padding, 'x'));
    return item("permissions", R"({"nodeUuid":"n1","users":[)" + list + "]}");
  };
  const Difference thousand = between(permissions(1000, 100), permissions(0, 0));
  EXPECT_EQ(thousand.before.at("permissions").at("users").as_array().size(), 1000U);
  const Difference huge = between(permissions(1000, 300), permissions(0, 0));
  EXPECT_LT(text(huge).size(), 1000U);
  EXPECT_GT(huge.before.at("permissions").at("bytes").to_number<std::int64_t>(), 300'000);
  EXPECT_EQ(huge.before.at("permissions").at("sha256").as_string().size(), 64U);
  EXPECT_EQ(huge.things, std::vector<std::string>{"n1"});
}

// What went and what came, applied to what was, is what is; and nothing is shown that is in both.
TEST(Difference, AppliedToBeforeItGivesAfter) {
  EXPECT_TRUE(rc::check("went and came are the whole difference", [] {
    const auto list = [] {
      std::map<int, int> grants;
      for (int i = *rc::gen::inRange(0, 12); i > 0; --i) grants[*rc::gen::inRange(0, 15)] = *rc::gen::inRange(0, 3);
      return grants;
    };
    const auto as_item = [](const std::map<int, int>& grants) {
      json::Array users;
      for (const auto& [id, by] : grants) users.push_back(json::Object{{"id", id}, {"by", by}});
      return item("permissions", json::encode(json::Object{{"nodeUuid", "n"}, {"users", users}}));
    };
    const std::map<int, int> before = list(), after = list();
    const Difference difference = between(as_item(before), as_item(after));
    const auto side = [](const json::Object& object) {
      std::set<std::pair<std::int64_t, std::int64_t>> grants;
      if (const json::Value* permissions = object.if_contains("permissions"))
        for (const json::Value& each : permissions->at("users").as_array())
          grants.emplace(each.at("id").as_int64(), each.at("by").as_int64());
      return grants;
    };
    std::set<std::pair<std::int64_t, std::int64_t>> now(before.begin(), before.end());
    const auto went = side(difference.before), came = side(difference.after);
    for (const auto& each : went) RC_ASSERT(now.erase(each) == 1U);
    for (const auto& each : came) RC_ASSERT(now.insert(each).second);
    RC_ASSERT(now == (std::set<std::pair<std::int64_t, std::int64_t>>(after.begin(), after.end())));
  }));
}

}  // namespace
}  // namespace audit
