// The keys that encrypt snapshots: the first is for new files, all are tried for reading.
//
// The text of a key file, or what a key command prints: either exactly 32 bytes, which are one key,
// or lines of 64 hexadecimal digits each, one key a line; empty lines and lines that begin with #
// are ignored.  To rotate keys, put the new one before the old ones.
//
// Threads: immutable once made; read by any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "snapshot/format.h"
#include "snapshot/secret.h"

namespace larder::snapshot {

class KeyRing {
 public:
  KeyRing() = default;  // empty: files are not encrypted

  static base::Result<KeyRing> parse(std::string_view text);
  // Refuses a file that others than its owner and group may read or its group may write.
  static base::Result<KeyRing> from_file(const std::string& path);
  // Runs `command` with /bin/sh and reads its standard output.  Waits for it to end.
  static base::Result<KeyRing> from_command(const std::string& command);

  bool empty() const noexcept { return keys_.empty(); }
  size_t size() const noexcept { return keys_.size(); }

  // The key for new files.  Precondition: !empty().
  const Secret& first() const noexcept { return keys_.front().secret; }
  KeyId first_id() const noexcept { return keys_.front().id; }
  // Null: none of the keys has this id.
  const Secret* find(const KeyId& id) const noexcept;

 private:
  struct Entry {
    KeyId id;
    Secret secret;
  };
  std::vector<Entry> keys_;
};

// The id of a key: the first 8 bytes of HMAC-SHA256(key, "id").
KeyId id_of(const Secret& key);

}  // namespace larder::snapshot
