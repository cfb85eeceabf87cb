#include "tests/bench/load/batch.h"

#include <string_view>

#include "tests/bench/load/binary_format.h"

namespace larder::bench {
namespace {

// `head`, a key and `tail`, and what is expected for it.
void append_line(std::string_view head, std::string_view tail, Part part, const KeySpace& keys,
                 uint64_t index, Batch& batch) {
  batch.request.append(head);
  batch.parts.push_back({index, static_cast<uint32_t>(batch.request.size()), part});
  keys.append_key(index, &batch.request);
  batch.request.append(tail);
}

void append_set(const KeySpace& keys, uint64_t index, Batch& batch) {
  append_line("set ", " 0 0 ", Part::TextStored, keys, index, batch);
  char digits[20];
  batch.request.append(digits, write_decimal(keys.value_size(), digits));
  batch.request.append("\r\n").append(keys.value(index)).append("\r\n");
}

void append_multiget(uint32_t keys_per_request, const KeySpace& keys, KeyChooser& chooser,
                     Batch& batch) {
  batch.request.append("get");
  for (uint32_t i = 0; i < keys_per_request; ++i) {
    append_line(" ", "", Part::TextItem, keys, chooser.next(), batch);
  }
  batch.request.append("\r\n");
  batch.parts.push_back({0, 0, Part::TextEnd});
}

void append_binary(uint8_t opcode, Part part, const KeySpace& keys, uint64_t index, Batch& batch) {
  const bool is_set = opcode == kBinarySet;
  BinaryHeader header;
  header.magic = kBinaryRequest;
  header.opcode = opcode;
  header.key_size = static_cast<uint16_t>(keys.key_size());
  header.extras_size = is_set ? 8 : 0;
  header.body_size = static_cast<uint32_t>(header.extras_size + keys.key_size() +
                                           (is_set ? keys.value_size() : 0));
  header.opaque = static_cast<uint32_t>(index);

  append_header(header, &batch.request);
  if (is_set) batch.request.append(8, '\0');  // flags 0, no expiry
  batch.parts.push_back({index, static_cast<uint32_t>(batch.request.size()), part});
  keys.append_key(index, &batch.request);
  if (is_set) batch.request.append(keys.value(index));
}

}  // namespace

void append_request(Workload workload, uint32_t keys_per_request, const KeySpace& keys,
                    KeyChooser& chooser, Batch& batch) {
  constexpr uint64_t kMixSetsOneIn = 10;
  switch (workload) {
    case Workload::Get:
      return append_line("get ", "\r\n", Part::TextHit, keys, chooser.next(), batch);
    case Workload::Gets:
      return append_line("gets ", "\r\n", Part::TextHitUnique, keys, chooser.next(), batch);
    case Workload::MetaGet:
      return append_line("mg ", " v\r\n", Part::MetaHit, keys, chooser.next(), batch);
    case Workload::MultiGet: return append_multiget(keys_per_request, keys, chooser, batch);
    case Workload::Set: return append_set(keys, chooser.next(), batch);
    case Workload::Mix90:
      if (chooser.one_in(kMixSetsOneIn)) return append_set(keys, chooser.next(), batch);
      return append_line("get ", "\r\n", Part::TextHit, keys, chooser.next(), batch);
    case Workload::SetGet: {
      if (!batch.written) {
        batch.written = chooser.next();
        return append_set(keys, *batch.written, batch);
      }
      append_line("get ", "\r\n", Part::TextHit, keys, *batch.written, batch);
      return batch.written.reset();
    }
    case Workload::BinaryGet:
      return append_binary(kBinaryGet, Part::BinaryHit, keys, chooser.next(), batch);
    case Workload::BinarySet:
      return append_binary(kBinarySet, Part::BinaryStored, keys, chooser.next(), batch);
  }
}

}  // namespace larder::bench
