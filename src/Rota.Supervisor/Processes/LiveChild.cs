using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>A child from its spawn until it is reaped: its pid is nobody else's in all that time. One that an earlier
/// daemon has left is not ours to reap: it is watched and signalled through its watch alone.</summary>
internal sealed class LiveChild
{
    private readonly EventLoop _loop;
    private readonly int _watch;

    /// <param name="onEnd">On the loop thread, once it has ended.</param>
    public LiveChild(Spawner.Child ends, bool isForeign, EventLoop loop, Action onEnd)
    {
        (Pid, IsForeign, _loop) = (ends.Pid, isForeign, loop);
        Input = ends.Stdin is { } descriptor ? new(loop, descriptor) : null;
        _watch = Children.Watch(Pid);
        loop.Watch(_watch, Epoll.Readable, _ => onEnd());
    }

    public int Pid { get; }

    public bool IsForeign { get; }

    /// <summary>Null when it was gone at once.</summary>
    public ChildRecord? Record { get; init; }

    /// <summary>Null where it reads a socket.</summary>
    public ChildInput? Input { get; }

    public bool IsWatched { get; private set; } = true;

    /// <summary>Also when somebody else has reaped it already.</summary>
    public bool HasEnded => IsWatched && Descriptors.IsReadable(_watch);

    /// <summary>0, or the error.</summary>
    public int Signal(int signal, bool asGroup) => (asGroup, IsForeign) switch
    {
        (true, _) => Children.Signal(-Pid, signal),
        (false, false) => Children.Signal(Pid, signal),
        (false, true) => IsWatched ? Children.SignalWatched(_watch, signal) : Errno.NoProcess,
    };

    /// <summary>Its end was seen; it stays to be reaped.</summary>
    public void StopWatching()
    {
        if (!IsWatched)
            return;
        IsWatched = false;
        _loop.Forget(_watch);
        Descriptors.Close(_watch);
    }

    /// <summary>How it ended, and it stays to be reaped; unknown when it is not ours, or lives.</summary>
    public ChildExit Peek() => IsForeign ? default : Children.Peek(Pid) ?? default;

    /// <summary>How it ended, for the last time; unknown when somebody else has reaped it.</summary>
    public ChildExit Reap() => IsForeign ? default : Children.Reap(Pid) ?? default;

    public void Close()
    {
        StopWatching();
        Input?.Close();
    }
}
