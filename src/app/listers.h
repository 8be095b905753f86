// In which sets each item of the state table stands, whichever module wrote it: what `store check` compares the sets
// with, and what they are made anew from. A pure function of the table's items.

#pragma once

#include "store/maintenance.h"

namespace app {

const store::Lister& lister();

}  // namespace app
