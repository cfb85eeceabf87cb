// When snapshots are due: every so often, or once a day at a given time.
//
// Threads: immutable; pure functions of the caller's clock.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

namespace larder::server {

class SnapshotSchedule {
 public:
  SnapshotSchedule() = default;  // never

  static SnapshotSchedule every(int64_t seconds) { return SnapshotSchedule(Every{seconds}); }
  // `minute` of the day, 0 to 1439, in the local time of the process.
  static SnapshotSchedule daily(int minute) { return SnapshotSchedule(Daily{minute}); }

  bool is_on() const noexcept { return !std::holds_alternative<std::monostate>(when_); }

  // The Unix time of the next snapshot after one at `last`, or after the start of the server.
  // Nothing: never.
  std::optional<int64_t> next_after(int64_t last) const;

  // The time between two snapshots; 0: never.
  int64_t interval_seconds() const noexcept;

 private:
  struct Every {
    int64_t seconds;
  };
  struct Daily {
    int minute;
  };
  using When = std::variant<std::monostate, Every, Daily>;
  explicit SnapshotSchedule(When when) : when_(when) {}

  When when_;
};

}  // namespace larder::server
