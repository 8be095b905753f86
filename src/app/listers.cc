#include "app/listers.h"

#include "audit/trail.h"
#include "nodes/listed.h"

namespace app {

const store::Lister& lister() {
  static const store::Lister all = [](const store::Item& item,
                                      const store::Lookup& lookup) -> base::Result<std::optional<store::Listing>> {
    std::optional<store::Listing> listing = TRY(nodes::lister(item, lookup));
    if (listing) return listing;
    return audit::lister(item);
  };
  return all;
}

}  // namespace app
