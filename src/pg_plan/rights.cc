#include "pg_plan/rights.h"

#include <algorithm>

namespace pg_plan {

using pg_model::Grant;
using pg_model::Oid;
using pg_model::Privileges;

namespace {

constexpr Wish kNothing{};

Privileges without(Privileges from, Privileges what) { return static_cast<Privileges>(from & ~what); }

class Comparison {
 public:
  Comparison(std::vector<Grant>& present, const std::vector<Wish>& wishes, const Rules& rules)
      : present_(present), wishes_(wishes), rules_(rules) {}

  Difference run(const std::vector<Taking>& lost_before) {
    if (!std::ranges::is_sorted(present_, {}, &Grant::grantee)) std::ranges::stable_sort(present_, {}, &Grant::grantee);
    keep_ = present_;
    for (const Taking& each : lost_before) lose(each);
    take();
    cascade();
    give();
    record_takings();
    result_.after.reserve(keep_.size() + result_.gifts.size());
    for (const Grant& grant : keep_) {
      if (grant.privileges != 0) result_.after.push_back(grant);
    }
    kept_ = result_.after.size();
    for (const Gift& gift : result_.gifts) add(gift);
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool absent(Oid role) const { return rules_.absent && rules_.absent(rules_.context, role); }
  [[nodiscard]] bool external(Oid role) const { return rules_.external && rules_.external(rules_.context, role); }

  [[nodiscard]] const Wish& wish_of(Oid grantee) const {
    auto found = std::ranges::lower_bound(wishes_, grantee, {}, &Wish::grantee);
    return found == wishes_.end() || found->grantee != grantee ? kNothing : *found;
  }

  // Gone already with something else: not to be taken here, but to be given again where it shall stay.
  void lose(const Taking& taken) {
    for (std::size_t at = 0; at < keep_.size(); ++at) {
      Grant& grant = keep_[at];
      if (grant.grantee != taken.grantee || grant.grantor != taken.grantor) continue;
      Privileges& base = taken.option_only ? grant.with_grant_option : grant.privileges;
      regrant(grant, base & taken.privileges, 0);
      base = without(base, taken.privileges);
      grant.with_grant_option &= grant.privileges;
      present_[at] = grant;
    }
  }

  void take() {
    for (Grant& grant : keep_) {
      if (grant.grantee == rules_.owner) continue;
      const Wish& wish = wish_of(grant.grantee);
      Privileges excess = without(grant.privileges, wish.need | wish.allowed | wish.forbidden);
      Privileges option = without(grant.with_grant_option, wish.need_option | wish.allowed_option);
      if (rules_.report && (excess | option) != 0 && !external(grant.grantee)) {
        result_.excess.push_back({grant.grantee, grant.grantor, static_cast<Privileges>(excess | option), option});
      }
      bool exactly = rules_.exactly && !external(grant.grantee);
      Privileges gone = wish.forbidden;
      if (exactly) gone |= excess;
      if (absent(grant.grantee)) gone = static_cast<Privileges>(~0);
      grant.privileges = without(grant.privileges, gone);
      if (exactly) grant.with_grant_option = without(grant.with_grant_option, option);
      grant.with_grant_option &= grant.privileges;
    }
  }

  // What was given by those who may give it no longer.
  void cascade() {
    if (std::ranges::all_of(keep_, [&](const Grant& grant) { return grant.grantor == rules_.owner; })) return;
    for (bool again = true; again;) {
      again = false;
      for (Grant& grant : keep_) {
        if (grant.grantor == rules_.owner || grant.privileges == 0) continue;
        Privileges lost = without(options(present_, grant.grantor), options(keep_, grant.grantor));
        if (absent(grant.grantor)) lost = static_cast<Privileges>(~0);
        if ((grant.privileges & lost) == 0) continue;
        again = true;
        regrant(grant, grant.privileges & lost, grant.with_grant_option & lost);
        grant.privileges = without(grant.privileges, lost);
        grant.with_grant_option &= grant.privileges;
      }
    }
  }

  static Privileges options(const std::vector<Grant>& grants, Oid grantee) {
    Privileges found = 0;
    for (auto at = std::ranges::lower_bound(grants, grantee, {}, &Grant::grantee);
         at != grants.end() && at->grantee == grantee; ++at) {
      found |= at->with_grant_option;
    }
    return found;
  }

  // It stays with its grantee, given by the owner, unless it is to go for another reason.
  void regrant(const Grant& grant, Privileges privileges, Privileges option) {
    const Wish& wish = wish_of(grant.grantee);
    if (rules_.exactly && !external(grant.grantee)) {
      privileges &= static_cast<Privileges>(wish.need | wish.allowed);
      option &= static_cast<Privileges>(wish.need_option | wish.allowed_option);
    }
    Privileges keep = without(privileges, wish.forbidden);
    if (absent(grant.grantee) || keep == 0) return;
    again_.push_back({.grantee = grant.grantee, .need = keep, .need_option = static_cast<Privileges>(option & keep)});
  }

  void give() {
    std::vector<Wish> both;
    const std::vector<Wish>* wishes = &wishes_;
    if (!again_.empty()) {
      both = wishes_;
      both.insert(both.end(), again_.begin(), again_.end());
      merge(both);
      wishes = &both;
    }
    auto at = keep_.begin();
    for (const Wish& wish : *wishes) {
      if (wish.need == 0 || wish.grantee == rules_.owner) continue;
      Privileges has = 0, option = 0;
      while (at != keep_.end() && at->grantee < wish.grantee) ++at;
      for (auto each = at; each != keep_.end() && each->grantee == wish.grantee; ++each) {
        has |= each->privileges;
        option |= each->with_grant_option;
      }
      Privileges with = without(wish.need_option, option);
      Privileges plain = without(wish.need, has | with);
      if (with != 0) result_.gifts.push_back({wish.grantee, with, true});
      if (plain != 0) result_.gifts.push_back({wish.grantee, plain, false});
    }
  }

  void record_takings() {
    for (std::size_t at = 0; at < keep_.size(); ++at) {
      const Grant &was = present_[at], &is = keep_[at];
      Privileges gone = without(was.privileges, is.privileges);
      Privileges option = without(was.with_grant_option, is.with_grant_option | gone);
      if ((gone | option) == 0) continue;
      int depth = depth_of(was.grantor);
      if (gone != 0) result_.takings.push_back({was.grantee, was.grantor, gone, false, depth});
      if (option != 0) result_.takings.push_back({was.grantee, was.grantor, option, true, depth});
    }
  }

  [[nodiscard]] int depth_of(Oid grantor) const {
    int depth = 0;
    while (grantor != rules_.owner && depth < 90) {
      ++depth;
      auto from = std::ranges::lower_bound(present_, grantor, {}, &Grant::grantee);
      while (from != present_.end() && from->grantee == grantor && from->with_grant_option == 0) ++from;
      if (from == present_.end() || from->grantee != grantor) break;
      grantor = from->grantor;
    }
    return depth;
  }

  // Gifts come by grantee: one entry more at most, save where the owner gave to that grantee before.
  void add(const Gift& gift) {
    std::vector<Grant>& after = result_.after;
    auto kept_end = after.begin() + static_cast<std::ptrdiff_t>(kept_);
    auto same = std::ranges::lower_bound(after.begin(), kept_end, gift.grantee, {}, &Grant::grantee);
    while (same != kept_end && same->grantee == gift.grantee && same->grantor != rules_.owner) ++same;
    if (same == kept_end || same->grantee != gift.grantee) {
      if (after.size() == kept_ || after.back().grantee != gift.grantee) {
        after.push_back({gift.grantee, rules_.owner, 0, 0});
      }
      same = after.end() - 1;
    }
    same->privileges |= gift.privileges;
    if (gift.option) same->with_grant_option |= gift.privileges;
  }

  std::vector<Grant>& present_;
  const std::vector<Wish>& wishes_;
  const Rules& rules_;
  std::vector<Grant> keep_;
  std::vector<Wish> again_;
  Difference result_;
  std::size_t kept_ = 0;
};

}  // namespace

Difference compare(std::vector<Grant>& present, const std::vector<Wish>& wishes, const Rules& rules,
                   const std::vector<Taking>& lost_before) {
  return Comparison(present, wishes, rules).run(lost_before);
}

void merge(std::vector<Wish>& wishes) {
  std::ranges::stable_sort(wishes, {}, &Wish::grantee);
  std::vector<Wish> merged;
  merged.reserve(wishes.size());
  for (const Wish& wish : wishes) {
    if (merged.empty() || merged.back().grantee != wish.grantee) {
      merged.push_back(wish);
      continue;
    }
    Wish& same = merged.back();
    same.need |= wish.need;
    same.need_option |= wish.need_option;
    same.allowed |= wish.allowed;
    same.allowed_option |= wish.allowed_option;
    same.forbidden |= wish.forbidden;
  }
  // What is declared both ways is refused by the reader; where patterns meet, "must not be" wins.
  for (Wish& wish : merged) {
    wish.need &= static_cast<Privileges>(~wish.forbidden);
    wish.need_option &= static_cast<Privileges>(~wish.forbidden);
  }
  wishes = std::move(merged);
}

}  // namespace pg_plan
