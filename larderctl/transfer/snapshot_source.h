// The items of a snapshot file.
//
// Threads: one at a time.
#pragma once

#include <optional>
#include <string>

#include "larderctl/transfer/endpoint.h"
#include "snapshot/reader.h"
#include "snapshot/record_source.h"

namespace larder::ctl {

class SnapshotSource : public Source {
 public:
  // `allows_partial`: damage ends the items, and is no error.
  static base::Result<SnapshotSource> open(const std::string& path, const snapshot::KeyRing& keys,
                                           bool allows_partial);

  const snapshot::FileHeader& header() const noexcept { return reader_.header(); }
  // What ended the items early, if something did.
  const std::optional<base::Error>& damage() const noexcept { return damage_; }

  base::Outcome deliver(Sink& sink, Context& context) override;
  bool is_done() const override { return is_done_; }
  void watch(Context& context) override;
  Position position(const Context& context) const override;

 private:
  enum class Step : uint8_t { Taken, SinkIsFull, WaitsForTurn };

  SnapshotSource(snapshot::Reader reader, snapshot::GroupRecords records, bool allows_partial)
      : reader_(std::move(reader)), records_(std::move(records)), allows_partial_(allows_partial) {}

  base::Outcome next_record();
  base::Result<Step> take(const snapshot::Record& record, Sink& sink, Context& context);
  base::Outcome end_with(const base::Error& error);

  snapshot::Reader reader_;
  snapshot::GroupRecords records_;
  bool allows_partial_;
  std::optional<snapshot::Record> record_;  // the one at the front
  std::optional<base::Error> damage_;
  Step last_ = Step::Taken;
  bool has_group_ = false;
  bool has_turn_ = false;
  bool is_done_ = false;
};

}  // namespace larder::ctl
