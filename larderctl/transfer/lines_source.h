// The items of a file of JSON lines, or of what memcached-tool dumped.
//
// Threads: one at a time.
#pragma once

#include "larderctl/transfer/endpoint.h"
#include "larderctl/transfer/file_format.h"
#include "larderctl/transfer/input_file.h"

namespace larder::ctl {

class LinesSource : public Source {
 public:
  // `format` is one of lines.
  LinesSource(InputFile file, FileFormat format)
      : file_(std::move(file)), is_json_(format == FileFormat::JsonLines) {}

  base::Outcome deliver(Sink& sink, Context& context) override;
  bool is_done() const override { return is_done_; }
  void watch(Context& context) override;
  base::Outcome advance(Context& context) override;
  Position position(const Context& context) const override;

 private:
  enum class Step : uint8_t { Taken, NeedMore, SinkIsFull, WaitsForTurn };

  base::Result<Step> take(Sink& sink, Context& context);
  base::Result<Step> take_json(std::string_view line, size_t size, Sink& sink, Context& context);
  base::Result<Step> take_tool(InputBuffer::Line line, Sink& sink, Context& context);
  base::Result<Step> pass_on(const Item& item, size_t size, Sink& sink, Context& context);
  void consume(size_t size, size_t line_count);

  InputFile file_;
  bool is_json_;
  Step last_ = Step::NeedMore;
  size_t needed_ = 0;
  uint64_t line_number_ = 1;  // of the line at the front
  bool has_turn_ = false;     // of the item at the front
  bool is_done_ = false;
};

}  // namespace larder::ctl
