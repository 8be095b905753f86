#include "cli/explained.h"

#include <gtest/gtest.h>

#include "json/parse.h"

namespace cli {
namespace {

Explained of(std::string_view answer) {
  return {"Ada Lovelace", "read", "gpu-1", json::parse(answer)->as_object(), [](std::string_view text) {
            std::string named(text);
            for (std::size_t at = 0; (at = named.find("N:user:1")) != std::string::npos;) named.replace(at, 8, "Ben");
            return named;
          }};
}

const Screen kScreen{.columns = 0, .colour = false, .unicode = true};

TEST(ExplainedText, ForNoTellsWhyAndWhatWouldChangeIt) {
  EXPECT_EQ(laid_out(of(R"({"allowed":false,"reason":"The compute node is private.",
    "facts":[{"kind":"node-owner","holds":false,"text":"N:user:1 owns it."},
             {"kind":"membership","holds":true,"text":"She is a member."},
             {"kind":"permission-bit","holds":true,"text":"Her bit is 16."},
             {"kind":"access-scope","holds":false,"text":"The scope is private."}],
    "remedy":{"text":"Share it with her.","steps":[{"text":"Share it with her.","by":["N:user:1"]}]}})"),
                     kScreen),
            "Ada Lovelace may not read gpu-1: the compute node is private.\n"
            "├─ ✗ Ben owns it.\n"
            "├─ ✓ She is a member.\n"
            "│  └─ ✓ Her bit is 16.\n"
            "└─ ✗ The scope is private.\n"
            "\n"
            "What would change it: share it with her.\n"
            "└─ This could be done by: Ben\n");
}

TEST(ExplainedText, OfSeveralStepsNumbersThem) {
  EXPECT_EQ(laid_out(of(R"({"allowed":false,"reason":"N:user:1 alone may.","facts":[],
    "remedy":{"text":"Two things.","steps":[{"text":"Make her a member.","by":[]},
                                            {"text":"Share it.","by":["N:user:1"]}]}})"),
                     kScreen),
            "Ada Lovelace may not read gpu-1: Ben alone may.\n"
            "\n"
            "What would change it, in 2 steps:\n"
            "├─ 1. Make her a member.\n"
            "│  └─ This could be done by: an operator, or whoever keeps the directory\n"
            "└─ 2. Share it.\n"
            "   └─ This could be done by: Ben\n");
}

TEST(ExplainedText, SaysOnceWhoCould) {
  EXPECT_EQ(laid_out(of(R"({"allowed":false,"reason":"No.",
    "remedy":{"text":"Share it (its owner, N:user:1, can).",
              "steps":[{"text":"Share it (its owner, N:user:1, can).","by":["N:user:1"]}]}})"),
                     kScreen),
            "Ada Lovelace may not read gpu-1: no.\n\nWhat would change it: share it (its owner, Ben, can).\n");
  EXPECT_EQ(laid_out(of(R"({"allowed":false,"reason":"No.","remedy":{"text":"Ask the owner.","steps":[]}})"), kScreen),
            "Ada Lovelace may not read gpu-1: no.\n\nWhat would change it: ask the owner.\n");
}

TEST(ExplainedText, ForYesHasNoRemedy) {
  EXPECT_EQ(laid_out(of(R"({"allowed":true,"reason":"You own it."})"), kScreen),
            "Ada Lovelace may read gpu-1: you own it.\n");
  EXPECT_EQ(laid_out(of("{}"), kScreen), "Ada Lovelace may not read gpu-1.\n");
}

TEST(ExplainedText, CannotSteerTheTerminal) {
  const std::string text = laid_out(
      of("{\"allowed\":false,\"reason\":\"\\u001b[2J\",\"facts\":[{\"kind\":\"x\",\"text\":\"\\u009b1m\"}]}"), kScreen);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
}

TEST(Verdict, IsASentence) {
  EXPECT_EQ(verdict(false, "set-scope", "gpu-1"), "may not set the scope of gpu-1");
  EXPECT_EQ(verdict(true, "detach", "gpu-1"), "may detach gpu-1");
}

}  // namespace
}  // namespace cli
