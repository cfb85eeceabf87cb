#include "server/cluster/etcd_http.h"

#include <curl/curl.h>

#include <algorithm>
#include <utility>

#include "base/assertions.h"
#include "server/support/clock_driver.h"

namespace larder::server {
namespace {

constexpr long kConnectMillisecondsMax = 1000;
// A stream may be silent for long; TCP keepalive detects a dead peer.
constexpr long kProbeAfterSeconds = 5;
// The longest poll, so that give_up_at() is noticed even if an earlier poll consumed its wakeup.
constexpr int64_t kTurnMicrosecondsMax = 200'000;

void prepare_library() {
  static const CURLcode prepared = curl_global_init(CURL_GLOBAL_DEFAULT);
  ASSERT(prepared == CURLE_OK);
}

}  // namespace

struct EtcdHttp::Transfer {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  std::string url;
  std::string body;
  std::string received;
  char error[CURL_ERROR_SIZE] = {};
  CURLcode result = CURLE_OK;
  bool is_on = false;    // begun and not ended
  bool is_over = false;  // libcurl has completed it

  Transfer() : easy(curl_easy_init()) { ASSERT(easy != nullptr); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }

  void add_header(const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers, line.c_str());
    ASSERT(longer != nullptr);
    headers = longer;
  }

  int status() const {
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    return static_cast<int>(code);
  }

  std::string complaint() const {
    return url + ": " + (error[0] != '\0' ? error : curl_easy_strerror(result));
  }

  static size_t receive(char* bytes, size_t, size_t size, void* context) {
    auto& received = static_cast<Transfer*>(context)->received;
    if (received.size() + size > kReplySizeMax) return 0;  // ends the transfer
    received.append(bytes, size);
    return size;
  }
};

EtcdHttp::EtcdHttp(TlsFiles files) : files_(std::move(files)) {
  prepare_library();
  multi_ = curl_multi_init();
  ASSERT(multi_ != nullptr);
  call_ = std::make_unique<Transfer>();
  stream_ = std::make_unique<Transfer>();
}

EtcdHttp::~EtcdHttp() {
  end(*call_);
  end(*stream_);
  call_.reset();
  stream_.reset();
  curl_multi_cleanup(multi_);
}

void EtcdHttp::begin(Transfer& transfer, const Request& request, uint32_t milliseconds_max) {
  end(transfer);
  transfer.url = request.url;
  transfer.body = request.body;
  transfer.received.clear();
  transfer.error[0] = '\0';
  transfer.result = CURLE_OK;
  transfer.is_over = false;
  CURL* const easy = transfer.easy;
  curl_easy_reset(easy);
  curl_slist_free_all(std::exchange(transfer.headers, nullptr));
  transfer.add_header("Content-Type: application/json");
  transfer.add_header("Expect:");
  if (!request.token.empty()) transfer.add_header("Authorization: " + request.token);
  curl_easy_setopt(easy, CURLOPT_URL, transfer.url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
  // After a timeout, do not wait for a resolver thread that hangs.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, kProbeAfterSeconds);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, kProbeAfterSeconds);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectMillisecondsMax);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(milliseconds_max));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(transfer.body.size()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::receive);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error);
  if (!files_.authority.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, files_.authority.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  if (!files_.certificate.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSLCERT, files_.certificate.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY, files_.key.c_str());
    curl_easy_setopt(easy, CURLOPT_KEYPASSWD, "");  // no passphrase prompt on a terminal
  }
  transfer.is_on = true;
  ASSERT(curl_multi_add_handle(multi_, easy) == CURLM_OK);
}

void EtcdHttp::end(Transfer& transfer) {
  if (!std::exchange(transfer.is_on, false)) return;
  curl_multi_remove_handle(multi_, transfer.easy);
}

void EtcdHttp::turn(int64_t microseconds_max) {
  int running = 0;
  curl_multi_perform(multi_, &running);
  int left = 0;
  bool has_ended = false;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    void* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    static_cast<Transfer*>(transfer)->result = message->data.result;
    static_cast<Transfer*>(transfer)->is_over = true;
    has_ended = true;
  }
  if (has_ended || microseconds_max <= 0) return;
  const int64_t microseconds = std::min(microseconds_max, kTurnMicrosecondsMax);
  curl_multi_poll(multi_, nullptr, 0, static_cast<int>((microseconds + 999) / 1000), nullptr);
}

base::Result<EtcdHttp::Reply> EtcdHttp::post(const Request& request, uint32_t milliseconds_max) {
  const int64_t allowed_us = int64_t{milliseconds_max} * 1000;
  const auto left_us = [&, until_us = monotonic_microseconds() + allowed_us] {
    return std::min(until_us, give_up_at_us_.load()) - monotonic_microseconds();
  };
  if (left_us() <= 0) return base::fail(request.url + ": there is no time left for it");
  begin(*call_, request, milliseconds_max);
  while (!call_->is_over) {
    const int64_t left = left_us();
    if (left <= 0) {
      end(*call_);
      return base::fail(request.url + ": no answer in time");
    }
    turn(left);
  }
  end(*call_);
  if (call_->result != CURLE_OK) return base::fail(call_->complaint());
  return Reply{call_->status(), std::move(call_->received)};
}

void EtcdHttp::open_stream(const Request& request) { begin(*stream_, request, 0); }

void EtcdHttp::close_stream() { end(*stream_); }

base::Result<std::optional<std::string>> EtcdHttp::wait(uint32_t milliseconds) {
  const int64_t until_us = monotonic_microseconds() + int64_t{milliseconds} * 1000;
  for (;;) {
    if (stream_->is_on) {
      std::string& received = stream_->received;
      if (const size_t end_of_line = received.find('\n'); end_of_line != std::string::npos) {
        std::string line = received.substr(0, end_of_line);
        received.erase(0, end_of_line + 1);
        return std::optional(std::move(line));
      }
      if (stream_->is_over) {
        end(*stream_);
        if (stream_->result != CURLE_OK) return base::fail(stream_->complaint());
        return base::fail(stream_->url + ": ended, with status " +
                          std::to_string(stream_->status()) + " " + received.substr(0, 200));
      }
    }
    const int64_t left_us = until_us - monotonic_microseconds();
    if (is_woken_.exchange(false) || left_us <= 0) return std::optional<std::string>();
    turn(left_us);
  }
}

void EtcdHttp::wake() noexcept {
  is_woken_.store(true);
  curl_multi_wakeup(multi_);
}

void EtcdHttp::give_up_at(int64_t monotonic_us) noexcept {
  give_up_at_us_.store(monotonic_us);
  curl_multi_wakeup(multi_);
}

}  // namespace larder::server
