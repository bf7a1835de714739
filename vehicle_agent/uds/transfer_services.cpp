// 34 and 35 begin a transfer, 36 moves its blocks, 37 ends it (ISO 14229-1:2020 §14).
#include <algorithm>

#include "vehicle_agent/uds/server.hpp"

namespace motorcade::uds {
namespace {

std::uint64_t integer(ByteView bytes) {
  std::uint64_t v = 0;
  for (const auto byte : bytes) v = v << 8 | byte;
  return v;
}

}  // namespace

Outcome UdsServer::begin_transfer(ByteView request, bool upload) {
  const auto size_width = static_cast<std::size_t>(request[2] >> 4);
  const auto address_width = static_cast<std::size_t>(request[2] & 0x0F);
  if (size_width < 1 || size_width > 8 || address_width < 1 || address_width > 8)
    return refused(Nrc::request_out_of_range);
  if (request.size() != 3 + size_width + address_width) return refused(Nrc::incorrect_length);
  if (request[1] != 0x00)
    return refused(Nrc::request_out_of_range);  // no compression, no encryption
  if (transfer_) return refused(Nrc::conditions_not_correct);
  const auto address = integer(request.subspan(3, address_width));
  const auto size_bytes = integer(request.subspan(3 + address_width, size_width));
  if (size_bytes == 0) return refused(Nrc::request_out_of_range);
  const auto nrc = upload ? ports_.memory.begin_upload(address, size_bytes)
                          : ports_.memory.begin_download(address, size_bytes);
  if (nrc != Nrc::none) return refused(nrc);
  transfer_ = Transfer{upload, size_bytes};
  const auto max = settings_.max_block_bytes;
  return {Nrc::none,
          {0x40, static_cast<std::uint8_t>(max >> 24), static_cast<std::uint8_t>(max >> 16),
           static_cast<std::uint8_t>(max >> 8), static_cast<std::uint8_t>(max)},
          {}};
}

Outcome UdsServer::transfer_data(ByteView request) {
  if (!transfer_) return refused(Nrc::request_sequence_error);
  if (request.size() > settings_.max_block_bytes) return refused(Nrc::incorrect_length);
  const auto counter = request[1];
  const auto previous = static_cast<std::uint8_t>(transfer_->counter - 1);
  const bool repeated = transfer_->started && counter == previous;
  if (counter != transfer_->counter && !repeated) return refused(Nrc::wrong_block_counter);
  if (transfer_->upload) {
    if (request.size() != 2) return refused(Nrc::incorrect_length);
    if (!repeated) return upload_block(counter);
    Bytes data{counter};
    data.insert(data.end(), transfer_->last_block.begin(), transfer_->last_block.end());
    return {Nrc::none, std::move(data), {}};
  }
  if (repeated) return {Nrc::none, {counter}, {}};  // the answer was lost: written already
  return download_block(counter, request.subspan(2));
}

Outcome UdsServer::download_block(std::uint8_t counter, ByteView block) {
  if (block.empty()) return refused(Nrc::incorrect_length);
  if (block.size() > transfer_->size_bytes - transfer_->done_bytes)
    return refused(Nrc::transfer_suspended);
  auto outcome = ports_.memory.write_block(transfer_->done_bytes, block);
  if (outcome.nrc != Nrc::none) return outcome;
  transfer_->done_bytes += block.size();
  transfer_->started = true;
  ++transfer_->counter;  // 0xFF wraps to 0x00
  outcome.data = {counter};
  return outcome;
}

Outcome UdsServer::upload_block(std::uint8_t counter) {
  const auto left = transfer_->size_bytes - transfer_->done_bytes;
  if (left == 0) return refused(Nrc::request_sequence_error);
  const auto size = std::min<std::uint64_t>(left, settings_.max_block_bytes - 2);
  auto block = ports_.memory.read_block(transfer_->done_bytes, static_cast<std::size_t>(size));
  if (!block) return refused(block.error());
  transfer_->done_bytes += block->size();
  transfer_->started = true;
  ++transfer_->counter;
  Bytes data{counter};
  data.insert(data.end(), block->begin(), block->end());
  transfer_->last_block = std::move(*block);
  return {Nrc::none, std::move(data), {}};
}

Outcome UdsServer::transfer_exit(ByteView request) {
  if (!transfer_) return refused(Nrc::request_sequence_error);
  if (request.size() != 1) return refused(Nrc::incorrect_length);
  if (transfer_->done_bytes != transfer_->size_bytes) return refused(Nrc::request_sequence_error);
  const bool upload = transfer_->upload;
  transfer_.reset();
  if (upload) return {};
  const auto nrc = ports_.memory.end_download();
  return nrc == Nrc::none ? Outcome{} : refused(nrc);
}

}  // namespace motorcade::uds
