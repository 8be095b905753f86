// Any bytes as a spec: read or refused, never more; a spec that is read keeps its limits, and a refusal says where.

#include <cstdint>
#include <cstdlib>

#include "base/limits.h"
#include "pg_spec/spec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as libFuzzer has them
  const base::Result<pg_spec::Spec> spec = pg_spec::read({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (spec) return 0;
  if (spec.error().fields.empty() || spec.error().fields.size() > base::limits::kFieldErrorsMax) std::abort();
  return 0;
}
