#include "server/auth/sasl_service.h"

#include <pthread.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/assertions.h"

namespace larder::server {
namespace {

SaslReply answer(const SaslJob& job) {
  switch (job.kind) {
    case protocol::SaslRequest::Kind::List: return job.session->list();
    case protocol::SaslRequest::Kind::Start: return job.session->start(job.mechanism, job.data);
    case protocol::SaslRequest::Kind::Step: return job.session->step(job.data);
  }
  UNREACHABLE();
}

}  // namespace

SaslService::SaslService()
    : thread_([this] {
        ::pthread_setname_np(::pthread_self(), "sasl");
        run();
      }) {}

SaslService::~SaslService() { stop(); }

void SaslService::stop() {
  if (!thread_.joinable()) return;
  {
    std::unique_lock lock(mutex_);
    is_stopping_ = true;
    changed_.notify_all();
    const auto patience = std::chrono::seconds(kStopSeconds);
    if (!changed_.wait_for(lock, patience, [this] { return has_ended_; })) {
      // A thread cannot be stopped from outside, and what it is waiting for may never happen.
      std::fprintf(stderr, "SASL does not answer: ending without it\n");
      std::_Exit(EXIT_FAILURE);
    }
  }
  thread_.join();
}

void SaslService::submit(SaslJob job) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void SaslService::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_stopping_ || !jobs_.empty(); });
    if (is_stopping_) break;
    const SaslJob job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job.on_done(answer(job));
    lock.lock();
  }
  has_ended_ = true;
  changed_.notify_all();
}

}  // namespace larder::server
