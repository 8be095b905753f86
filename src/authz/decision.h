// What was decided, as a value that outlives the facts: the verdict, the reason as a code, and the reason as a sentence
// that a person can act on, for yes and no alike. The sentence is made when it is asked for.
//
//   Threads   a value.

#pragma once

#include <string>
#include <string_view>

#include "authz/rules.h"
#include "base/result.h"

namespace authz {

struct Decision {
  Verdict verdict = Verdict::kHide;
  Reason code = Reason::kNotMember;       // json::name_of(code) is its stable text
  NodeAction action = NodeAction::kRead;  // of kNotNodeOwner and kOwnerLeft
  int bit = 0;
  int least_bit = 0;
  std::string subject;

  Decision() = default;
  explicit Decision(const Ruling& ruling, NodeAction asked = NodeAction::kRead)
      : verdict(ruling.verdict),
        code(ruling.reason),
        action(asked),
        bit(ruling.bit),
        least_bit(ruling.least_bit),
        subject(ruling.subject) {}

  [[nodiscard]] bool allowed() const { return verdict == Verdict::kAllow; }
  // To whom it is about, "You own the node.": for the caller where kAllow or kForbid; for the log where kHide.
  [[nodiscard]] std::string reason() const;
  // To somebody else: "N:user:... owns the node."
  [[nodiscard]] std::string reason_about(std::string_view user_id) const;
  // Nothing where allowed; else kForbidden with the reason, or kNotFound "There is no such <what>.".
  [[nodiscard]] base::Result<void> enforce(std::string_view what) const;

  bool operator==(const Decision&) const = default;
};

}  // namespace authz
