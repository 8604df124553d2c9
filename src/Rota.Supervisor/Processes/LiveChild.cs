using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>A child from its spawn until it is reaped: its pid is nobody else's in all that time.</summary>
internal sealed class LiveChild
{
    private readonly EventLoop _loop;
    private readonly int _watch;

    /// <param name="onEnd">On the loop thread, once it has ended.</param>
    /// <param name="stdin">Our end of its standard input.</param>
    public LiveChild(int pid, int? stdin, EventLoop loop, Action onEnd)
    {
        (Pid, _loop) = (pid, loop);
        Input = stdin is { } descriptor ? new(loop, descriptor) : null;
        _watch = Children.Watch(pid);
        loop.Watch(_watch, Epoll.Readable, _ => onEnd());
    }

    public int Pid { get; }

    /// <summary>Null where it reads a socket.</summary>
    public ChildInput? Input { get; }

    public bool IsWatched { get; private set; } = true;

    public bool HasEnded => Children.HasEnded(Pid);

    /// <summary>0, or the error.</summary>
    public int Signal(int signal, bool asGroup) => Children.Signal(asGroup ? -Pid : Pid, signal);

    /// <summary>Its end was seen; it stays to be reaped.</summary>
    public void StopWatching()
    {
        if (!IsWatched)
            return;
        IsWatched = false;
        _loop.Forget(_watch);
        Descriptors.Close(_watch);
    }

    /// <summary>How it ended, for the last time; null when somebody else has reaped it.</summary>
    public ChildExit? Reap() => Children.Reap(Pid);

    public void Close()
    {
        StopWatching();
        Input?.Close();
    }
}
