# frozen_string_literal: true

# Driver and worker file of Sidekiq: it sends by itself, and becomes the program sidekiq for the commands that work.
require 'json'
require 'redis'
Redis.silence_deprecations = true
require 'sidekiq'

BULK_SIZE = 1_000
WARM_CALLS = 1_000
CALLERS = 16
STEADY_PER_SECOND = 500
THREADS = 10

def now
  Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
end

def say(event, facts = {})
  $stdout.puts({ event: event }.merge(facts).to_json)
  $stdout.flush
end

# Counts what ran in the worker.
module Marks
  LOCK = Mutex.new
  COUNT = ENV['DRIVER_COUNT'].to_i
  WARM = (COUNT / 10.0).ceil
  @seen = 0
  @waits = []

  def self.add(sent)
    at = now
    LOCK.synchronize { ENV['DRIVER_COMMAND'] == 'pickup' ? add_wait((at - sent) / 1e6) : add_count(at) }
  end

  def self.add_wait(wait)
    @waits << wait
    say('done', jobs: COUNT, waits_ms: @waits) if @waits.size == COUNT
  end

  def self.add_count(at)
    @seen += 1
    if @seen == WARM
      @start = at
      say('warm')
    end
    say('done', jobs: COUNT - WARM, seconds: (at - @start) / 1e9) if @seen == COUNT
  end
end

# The job that does nothing.
class Noop
  include Sidekiq::Worker

  def perform(job)
    Marks.add(job['sent'])
  end
end

def new_job(number)
  { 'number' => number, 'sent' => now }
end

def enqueue(count)
  count.times { |number| Noop.perform_async(new_job(number)) }
end

def enqueue_16(count)
  numbers = (0...count).each_slice((count / CALLERS.to_f).ceil)
  numbers.map { |part| Thread.new { part.each { |number| Noop.perform_async(new_job(number)) } } }.each(&:join)
end

def bulk(count)
  (0...count).each_slice(BULK_SIZE) do |numbers|
    Noop.perform_bulk(numbers.map { |number| [new_job(number)] }, batch_size: BULK_SIZE)
  end
end

def paced(count)
  count.times do |number|
    sleep(0.015 + (0.03 * rand))
    Noop.perform_async(new_job(number))
  end
end

def steady(count)
  start = now
  sent = 0
  while sent < count
    due = [count, ((now - start) / 1e9 * STEADY_PER_SECOND).floor + 1].min
    (Noop.perform_async(new_job(sent)); sent += 1) while sent < due
    sleep(0.001)
  end
end

def produce(command, count)
  send(command, WARM_CALLS) if command.start_with?('enqueue')
  bulk(BULK_SIZE) if command == 'bulk'
  say('ready')
  $stdin.gets
  start = now
  send(command, count)
  say('done', jobs: count, seconds: (now - start) / 1e9)
  $stdin.read
end

def work(command, count, address)
  if command == 'drain'
    say('ready')
    $stdin.gets
  end
  environment = { 'DRIVER_COMMAND' => command, 'DRIVER_COUNT' => count.to_s, 'DRIVER_ADDRESS' => address }
  exec(environment, 'sidekiq', '-r', File.expand_path(__FILE__), '-c', THREADS.to_s, '-q', 'default')
end

if __FILE__ == $PROGRAM_NAME
  command, count, address = ARGV
  Sidekiq.configure_client { |config| config.redis = { url: address, size: CALLERS } }
  %w[drain pickup].include?(command) ? work(command, count.to_i, address) : produce(command, count.to_i)
else
  Sidekiq.configure_server do |config|
    config.redis = { url: ENV.fetch('DRIVER_ADDRESS') }
    config.on(:startup) { say('ready') if ENV['DRIVER_COMMAND'] == 'pickup' }
  end
  Sidekiq.logger.level = Logger::ERROR
  Thread.new do
    $stdin.read
    Process.kill('TERM', Process.pid)
  end
end
