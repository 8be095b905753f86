#include "store/memory_table.h"

#include "store/conformance.h"

namespace store {
namespace {

INSTANTIATE_TEST_SUITE_P(Memory, Conformance,
                         testing::Values(Implementation{"memory", [] { return std::make_unique<MemoryTable>(); }}),
                         name_of_implementation);

}  // namespace
}  // namespace store
