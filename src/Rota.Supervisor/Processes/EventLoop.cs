using System.Collections.Concurrent;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>One thread that reacts to descriptors, to work from other threads and to timers, and owns what they touch.
/// </summary>
/// <remarks>
/// One pass: what descriptors report, then posted work, then due timers, then one piece of background work. Descriptors
/// come first, so that an exit which happened before a timer was due is also seen before it. Background work is what
/// takes a millisecond (a spawn) and may come a thousandfold: between two pieces everything else has its turn.
/// An error in a callback is a bug here; it is reported, and the loop goes on, for the processes depend on it.
/// </remarks>
internal sealed class EventLoop : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Action<Exception> _report;
    private readonly Epoll _epoll = new();
    private readonly WakeUp _wake = new();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Queue<Action> _background = new();
    private readonly PriorityQueue<LoopTimer, long> _timers = new();
    private readonly ManualResetEventSlim _room = new(initialState: true);
    private readonly Thread _thread;

    /// <summary>By descriptor.</summary>
    private Watcher?[] _watchers = new Watcher?[64];
    private long _pass;
    private int _isWoken;
    private volatile bool _isEnding;

    /// <param name="report">Told of errors in callbacks, on the loop's thread.</param>
    public EventLoop(string name, TimeProvider time, Action<Exception> report)
    {
        _time = time;
        _report = report;
        Watch(_wake.Descriptor, Epoll.Readable, _ => _wake.Clear());
        _thread = new(Run, maxStackSize: 256 * 1024) { Name = name, IsBackground = true };
    }

    public void Start() => _thread.Start();

    /// <summary>Runs what is posted before now, then ends; waits for that.</summary>
    public void Dispose()
    {
        if (Thread.CurrentThread == _thread)
            throw new InvalidOperationException("a loop cannot wait for its own end");
        Post(() => _isEnding = true);
        if (_thread.IsAlive)
            _thread.Join();
        _epoll.Dispose();
        _wake.Dispose();
    }

    /// <summary>From any thread: runs it on the loop's, in the order of posting.</summary>
    public void Post(Action work)
    {
        _posted.Enqueue(work);
        if (Interlocked.Exchange(ref _isWoken, 1) == 0)
            _wake.Set();
    }

    /// <summary>As <see cref="Post"/>, and waits first while a thousand pieces wait already. Not for the loop itself.
    /// </summary>
    public void PostWithRoom(Action work)
    {
        const int most = 1000;
        if (_posted.Count >= most)
        {
            _room.Reset();
            if (_posted.Count >= most && !_isEnding)
                _room.Wait(TimeSpan.FromSeconds(1));
        }
        Post(work);
    }

    /// <summary>As <see cref="Post"/>, with the outcome.</summary>
    public Task<T> AskAsync<T>(Func<T> work)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                answer.SetResult(work());
            }
            catch (Exception error)
            {
                answer.SetException(error);
            }
        });
        return answer.Task;
    }

    /// <summary>The rest is for the loop's own thread, or before it starts. Calls back whenever one of the events is
    /// there.</summary>
    public void Watch(int descriptor, uint events, Action<uint> callback)
    {
        if (descriptor >= _watchers.Length)
            Array.Resize(ref _watchers, Math.Max(descriptor + 1, _watchers.Length * 2));
        _epoll.Watch(descriptor, events, known: _watchers[descriptor] is not null);
        _watchers[descriptor] = new(callback, _pass);
    }

    /// <summary>To be called before the descriptor is closed.</summary>
    public void Forget(int descriptor)
    {
        if (descriptor >= _watchers.Length || _watchers[descriptor] is null)
            return;
        _watchers[descriptor] = null;
        _epoll.Forget(descriptor);
    }

    /// <summary>Calls back once, after that long.</summary>
    public LoopTimer After(TimeSpan delay, Action callback)
    {
        var timer = new LoopTimer(callback, Now() + (long)(delay.TotalSeconds * _time.TimestampFrequency));
        _timers.Enqueue(timer, timer.DueAt);
        return timer;
    }

    /// <summary>Asked after a pass that had descriptors to serve: how long the next one may be put off, so that more is
    /// there at once.</summary>
    public Func<TimeSpan>? Pace { get; set; }

    /// <summary>Runs it when its turn comes: one piece in each pass.</summary>
    public void InBackground(Action work) => _background.Enqueue(work);

    /// <param name="Since">The pass in which it was set. What that pass had found ready before is not for it: its
    /// number may have been another descriptor's, which a callback has closed since. What is ready stays so, and the
    /// next pass tells.</param>
    private sealed record Watcher(Action<uint> Callback, long Since);

    private long Now() => _time.GetTimestamp();

    private void Run()
    {
        while (!_isEnding)
        {
            _pass++;
            var ready = _epoll.Wait(TimeoutMs());
            for (var index = 0; index < ready; index++)
            {
                var (descriptor, events) = _epoll[index];
                if (_watchers[descriptor] is { } watcher && watcher.Since < _pass)
                    Guard(() => watcher.Callback(events));
            }
            RunPosted();
            RunTimers();
            if (_background.TryDequeue(out var work))
                Guard(work);
            if (ready > 0 && Pace?.Invoke() is { Ticks: > 0 } pause)
                Epoll.Pause(pause);
        }
    }

    private void RunPosted()
    {
        // The flag first: what is posted from here on wakes the next pass.
        Interlocked.Exchange(ref _isWoken, 0);
        for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var work); left--)
            Guard(work);
        if (!_posted.IsEmpty && Interlocked.Exchange(ref _isWoken, 1) == 0)
            _wake.Set();
        _room.Set();
    }

    private void RunTimers()
    {
        var now = Now();
        while (_timers.TryPeek(out var timer, out var due) && (due <= now || timer.IsCanceled))
        {
            _timers.Dequeue();
            if (!timer.IsCanceled)
                Guard(timer.Callback);
        }
    }

    private int TimeoutMs()
    {
        if (_background.Count > 0)
            return 0;
        while (_timers.TryPeek(out var canceled, out _) && canceled.IsCanceled)
            _timers.Dequeue();
        if (!_timers.TryPeek(out _, out var due))
            return -1;
        // Rounded up: a timer never comes early, which `startsecs` depends on.
        var ms = (due - Now()) * 1000.0 / _time.TimestampFrequency;
        return ms <= 0 ? 0 : (int)Math.Min(Math.Ceiling(ms), int.MaxValue);
    }

    private void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error)
        {
            _report(error);
        }
    }
}

/// <summary>A callback that is still to come.</summary>
/// <param name="dueAt">By the monotonic clock.</param>
internal sealed class LoopTimer(Action callback, long dueAt)
{
    public Action Callback => callback;

    public long DueAt => dueAt;

    public bool IsCanceled { get; private set; }

    /// <summary>On the loop's thread: it will not come any more.</summary>
    public void Cancel() => IsCanceled = true;
}
